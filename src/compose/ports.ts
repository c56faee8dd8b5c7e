import { systemClock } from '../adapters/clock.ts'
import { serverClock } from '../adapters/venice/server-clock.ts'
import type { Ports } from '../driver/effects/io.ts'
import { MintAsUnusableError } from '../errors/wallet.ts'
import { signInWithX } from '../gate/sign-in.ts'
import type { Signer } from '../ports/signer.ts'
import { type ChainParts, composeChain } from './chain.ts'
import { composeVenice } from './venice.ts'

export interface PortParts extends ChainParts {
  apiUrl: string
  /** Its signatures are checked already; see `verifyingSigner`. */
  signer: Signer
  /** The EOA that `signer` stakes for, and that mints. Default: none. */
  minter?: Signer | undefined
  sinks: Required<Pick<Ports, 'sink' | 'fallbackSinks'>>
}

/**
 * The ports of one wallet: chain, Venice, signer, sinks and clock. What the wallet signs to sign in has Venice's time. Asks
 * nothing of the network.
 *
 * @throws {MissingOptionError} no RPC endpoint can be asked anything.
 * @throws {MintAsUnusableError} `signer` stakes for nobody else, or `minter` has no key of its own.
 */
export function composePorts({ apiUrl, signer, minter, sinks, clock = systemClock, ...chain }: PortParts): Ports {
  if (minter !== undefined) requireMinter(minter, signer)
  const time = serverClock(clock)
  const signIn = () => signInWithX(signer, time)
  return {
    chain: composeChain({ ...chain, clock, smart: smartOf(signer), calls: callsOf(signer) }, signIn),
    venice: composeVenice({ apiUrl, clock, serverClock: time, signIn }),
    signer,
    ...(minter && { minter }),
    ...sinks,
    clock,
  }
}

const callsOf = ({ address, calls: account }: Signer): ChainParts['calls'] => account && { address, account }

function requireMinter(minter: Signer, { address, operations, calls }: Signer): void {
  if (operations === undefined && calls === undefined)
    throw new MintAsUnusableError(`${address} is not a smart account.`)
  if (minter.operations !== undefined || minter.calls !== undefined)
    throw new MintAsUnusableError(`${minter.address} is a smart account itself.`)
}

/** What the chain has to know of a wallet that acts through user operations. */
const smartOf = ({ address, operations: account }: Signer): ChainParts['smart'] => account && { address, account }
