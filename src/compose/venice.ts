import { systemClock } from '../adapters/clock.ts'
import { createVeniceClient, type VeniceClientOptions } from '../adapters/venice/client.ts'
import type { ServerClock } from '../adapters/venice/server-clock.ts'
import { signInWithX } from '../gate/sign-in.ts'
import type { Signer } from '../ports/signer.ts'
import type { Venice } from '../ports/venice.ts'

/** Venice at `apiUrl`. Asks nothing of the network. Without `signIn`, nothing can be asked as the wallet. */
export const composeVenice = (
  parts: Omit<VeniceClientOptions, 'clock'> & Partial<Pick<VeniceClientOptions, 'clock'>>,
): Venice => createVeniceClient({ clock: systemClock, ...parts })

/** Venice at `apiUrl`, without a chain, for a wallet that signs in with Venice's time. Asks nothing of the network. */
export const composeWalletVenice = (
  apiUrl: string,
  signer: Signer,
  time: ServerClock,
  sending: Pick<VeniceClientOptions, 'timeoutMs' | 'fetch' | 'sharedTerms'> = {},
): Venice => composeVenice({ apiUrl, serverClock: time, signIn: () => signInWithX(signer, time), ...sending })
