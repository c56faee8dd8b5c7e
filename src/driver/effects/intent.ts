import type { Hex } from '../../domain/addresses.ts'
import type { Attempt } from '../../domain/attempt.ts'
import { NotNextNonceError, SendOutcomeUnknownError, SentOtherwiseError } from '../../errors/wallet.ts'
import type { Gate } from '../../gate/gate.ts'
import type { Whereabouts } from '../../ports/chain.ts'
import { REPLICA_LAG_MS } from './evidence.ts'
import { unlessPaused } from './guard.ts'
import type { Ports as AllPorts } from './io.ts'

type Ports = Pick<AllPorts, 'chain' | 'signer' | 'clock'> & { gate: Gate }

/** Milliseconds until the failure "earlier transactions must be mined first", which is tried again later. */
const TURN_MS = 6_000
/** The least milliseconds between checks. The pause grows with the time waited so far. */
const LEAST_PAUSE_MS = 2_000
const SHARE = 1 / 3
/**
 * Has the wallet sign and send the recorded intent, unless it was sent already. Returns its hash, or the id of the
 * intent if no endpoint shows it yet. A wallet that may change nonces is asked only when the nonce is its next one, and
 * never twice for the same transaction.
 *
 * Side effects: a transaction. Safe to run again, after a crash too.
 *
 * @param asks - called when the wallet is asked.
 * @param signal - on abort, a wallet that keeps to nonces is not waited for: a late transaction is found by its nonce,
 * and asking again gives the same one. For any other wallet, a pause waits for the answer.
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
  // It was sent with this hash, whatever an endpoint now says of it.
  const found = await chain.whereabouts({ ...attempt, hash }).catch(() => null)
  if (found === null || found.status === 'free') return hash
  if (found.differs.length > 0) throw new SentOtherwiseError({ address: attempt.from, hash, fields: found.differs })
  return found.hash ?? hash
}

/** Polls until there is enough to decide. */
async function pollBefore(
  attempt: Attempt,
  { chain, clock, signer: { sending } }: Ports,
  signal: AbortSignal,
): Promise<Whereabouts> {
  // A wallet that signs without sending uses the nonce that it is given.
  const isSafe = sending === undefined || sending.honoursNonces
  const isUnsent = sending?.isUnsent(attempt.hash) === true
  if (isSafe && isUnsent) return { status: 'free', isNext: true }
  const sinceMs = clock.now()
  // "Nothing was sent" ends the run, so it must last longer than a replica lags.
  const until = sinceMs + (isUnsent ? TURN_MS : REPLICA_LAG_MS)
  for (;;) {
    const seen = await chain.whereabouts(attempt)
    if (seen.status !== 'free' || isSafe || (isUnsent && seen.isNext)) return seen
    if (clock.now() >= until) throw isUnsent ? new NotNextNonceError(attempt) : new SendOutcomeUnknownError(attempt)
    const pauseMs = Math.max(LEAST_PAUSE_MS, (clock.now() - sinceMs) * SHARE)
    await unlessPaused(clock.sleepUntil(Math.min(clock.now() + pauseMs, until), signal), signal)
  }
}

/** The run started with a wallet that sends, and continues with one that signs. The nonce is the same. */
async function broadcastSigned(attempt: Attempt, { chain, gate }: Ports): Promise<Hex> {
  const { raw, hash } = await gate.intent(attempt)
  await chain.broadcast({ ...attempt, raw, hash })
  return hash
}
