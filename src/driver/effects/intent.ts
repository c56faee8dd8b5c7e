import type { Hex } from '../../domain/addresses.ts'
import type { Attempt } from '../../domain/attempt.ts'
import { NotNextNonceError, SendOutcomeUnknownError, SentOtherwiseError } from '../../errors/wallet.ts'
import type { Gate } from '../../gate/gate.ts'
import type { Whereabouts } from '../../ports/chain.ts'
import { REPLICA_LAG_MS } from './evidence.ts'
import { unlessPaused } from './guard.ts'
import type { Ports as AllPorts } from './io.ts'

type Ports = Pick<AllPorts, 'chain' | 'signer' | 'clock'> & { gate: Gate }

/** Milliseconds until it is told that earlier transactions are to be mined first: it is tried again later. */
const TURN_MS = 6_000
/** Milliseconds between checks, at least; a pause is this part of what was waited before it, or more. */
const LEAST_PAUSE_MS = 2_000
const SHARE = 1 / 3
/**
 * Has the wallet sign and send what is recorded, unless that is out already, and returns the hash it has: that of the
 * intent, where no endpoint shows it yet. A wallet not known to keep to nonces is asked when the nonce is its next one,
 * and never for what it may have been asked for before.
 *
 * Side effects: a transaction. Safe to run again, after a crash too.
 *
 * @param asks - called when the wallet is asked.
 * @param signal - where it aborts, a wallet that keeps to nonces is waited for no more: what it sends yet is found by its
 * nonce, and asked for again it is the same. For another wallet, a pause waits until it has answered.
 * @throws {NonceUsedError} {SendOutcomeUnknownError} {NotNextNonceError} {SentOtherwiseError} {RpcError}, and the signer's.
 */
export async function sendIntent(
  attempt: Attempt,
  ports: Ports,
  { asks, signal }: { asks: () => void; signal: AbortSignal },
): Promise<Hex> {
  const { chain, signer, gate } = ports
  const { sending } = signer
  const seen = await pollBefore(attempt, ports, signal)
  const isReplacement = seen.status === 'pending' && seen.isCheaper && sending?.honoursNonces !== false
  if (seen.status !== 'free' && !isReplacement) return seen.hash ?? attempt.hash
  asks()
  if (sending === undefined) return broadcastSigned(attempt, ports)
  const sends = gate.send(attempt)
  const hash = await (sending.honoursNonces ? unlessPaused(sends, signal) : sends)
  // It is out under this hash, whatever an endpoint says, or does not say, of it now.
  const found = await chain.whereabouts({ ...attempt, hash }).catch(() => null)
  if (found === null || found.status === 'free') return hash
  if (found.differs.length > 0) throw new SentOtherwiseError({ address: attempt.from, hash, fields: found.differs })
  return found.hash ?? hash
}

/** What shows of it, once that is enough to decide by. */
async function pollBefore(
  attempt: Attempt,
  { chain, clock, signer: { sending } }: Ports,
  signal: AbortSignal,
): Promise<Whereabouts> {
  // A wallet that signs without sending signs under the nonce it is given.
  const isSafe = sending === undefined || sending.honoursNonces
  const isUnsent = sending?.isUnsent(attempt.hash) === true
  if (isSafe && isUnsent) return { status: 'free', isNext: true }
  const sinceMs = clock.now()
  // That nothing is out ends the run, so it must show for longer than a replica lags.
  const until = sinceMs + (isUnsent ? TURN_MS : REPLICA_LAG_MS)
  for (;;) {
    const seen = await chain.whereabouts(attempt)
    if (seen.status !== 'free' || isSafe || (isUnsent && seen.isNext)) return seen
    if (clock.now() >= until) throw isUnsent ? new NotNextNonceError(attempt) : new SendOutcomeUnknownError(attempt)
    const pauseMs = Math.max(LEAST_PAUSE_MS, (clock.now() - sinceMs) * SHARE)
    await unlessPaused(clock.sleepUntil(Math.min(clock.now() + pauseMs, until), signal), signal)
  }
}

/** The run started with a wallet that sends, and continues with one that signs: the nonce is the same. */
async function broadcastSigned(attempt: Attempt, { chain, gate }: Ports): Promise<Hex> {
  const { raw, hash } = await gate.intent(attempt)
  await chain.broadcast({ ...attempt, raw, hash })
  return hash
}
