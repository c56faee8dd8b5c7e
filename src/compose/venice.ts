import { systemClock } from '../adapters/clock.ts'
import { createVeniceClient, type VeniceClientOptions } from '../adapters/venice/client.ts'
import type { Venice } from '../ports/venice.ts'

/** Venice at `apiUrl`. Asks nothing of the network. Without `signIn`, nothing can be asked as the wallet. */
export const composeVenice = (
  parts: Omit<VeniceClientOptions, 'clock'> & Partial<Pick<VeniceClientOptions, 'clock'>>,
): Venice => createVeniceClient({ clock: systemClock, ...parts })
