import type { Hex } from '../../domain/addresses.ts'
import type { Attempt } from '../../domain/attempt.ts'
import type { OnboardingError } from '../../errors/base.ts'
import { RpcRefusedError } from '../../errors/chain/endpoints.ts'
import {
  FeeTooLowError,
  GasRefusedError,
  InFlightLimitError,
  NonceContestedError,
  NonceUsedError,
} from '../../errors/chain/transactions.ts'
import { CannotPayGasError } from '../../errors/wallet.ts'
import { firstGood } from './first-good.ts'
import type { Link } from './link.ts'
import type { Pool } from './pool.ts'
import type { Outcome, RpcCall } from './rpc-call.ts'
import { isBusy, isDenied, isTransient, nodeCode, nodeText, readError } from './rpc-errors.ts'

/** geth, op-geth, erigon, anvil. The bytes are in the pool, or in a block. */
const KNOWN = /already known|already imported|\bknown transaction|already in mempool|transaction already exists/i
const NONCE_USED = /nonce too low|nonce has already been used|old nonce/i
const NONCE_CONTESTED = /replacement (?:transaction underpriced|fee too low)/i
const CANNOT_PAY = /insufficient funds/i
const ONE_IN_FLIGHT = /in-flight transaction limit|gapped-nonce/i
const FEES_TOO_LOW = /less than block base fee|transaction underpriced|fee too low/i
const GAS_REFUSED = /maximum per-transaction gas limit|intrinsic gas too low|exceeds block gas limit/i

/** Milliseconds beyond what a node was told to wait. */
const GRACE_MS = 500

const SYNC = 'eth_sendRawTransactionSync'
const OF_THE_TRANSACTION = [
  KNOWN,
  NONCE_USED,
  NONCE_CONTESTED,
  CANNOT_PAY,
  ONE_IN_FLIGHT,
  FEES_TOO_LOW,
  GAS_REFUSED,
] as const

/** The endpoints, to be asked one by one. */
export type Writers = Pick<Pool, 'inOrder' | 'rest' | 'hedgeMs'>

/**
 * See `Chain.broadcast`. Asks the endpoints one by one until one has the transaction; where one does not answer in time,
 * the next one as well, since the bytes are the same. An endpoint that took it and whose answer was lost makes the next
 * one say "already known", which is success.
 *
 * @param waiting - `waitMs`: the first endpoint may answer with the receipt, so many milliseconds later at most; then
 *   `onMined` is told. Default: 0, as soon as it has the transaction.
 */
export async function broadcast(
  { inOrder, rest, hedgeMs }: Writers,
  attempt: Attempt,
  { waitMs = 0, onMined = () => {} }: { waitMs?: number; onMined?: () => void } = {},
): Promise<void> {
  const { raw } = attempt
  if (raw === null) throw new Error(`${attempt.hash} is for the wallet to send.`)
  const [first] = inOrder()
  if (waitMs > 0 && first?.isPrompt && first.abilities.methods?.[SYNC] !== false) {
    const became = await sendAndWait({ link: first, waitMs, rest }, attempt)
    if (became === 'mined') onMined()
    if (became !== 'unknown') return
  }
  const links = inOrder()
  const over = new AbortController()
  try {
    await firstGood(
      links.map((link) => () => send(link, raw, over.signal)),
      {
        afterMs: (index) => (links[index]?.isPrompt && index + 1 < links.length ? hedgeMs : null),
        onLate: (index) => {
          const late = links[index]
          if (late !== undefined) rest(late)
        },
      },
    )
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors : [error]
    throw mostTelling(reasons.map((reason) => refusalOf(reason, attempt)))
  } finally {
    over.abort()
  }
}

/**
 * Of a time-out: EIP-7966's, and reth's, which others have for other things. The transaction is in the pool.
 * @see https://eips.ethereum.org/EIPS/eip-7966 (checked 2026-12-01)
 */
const SENT_CODES: ReadonlySet<number | null> = new Set([4, -32_002])
const SENT = /\btime|within|interval/i

/**
 * Sends with `eth_sendRawTransactionSync`, which answers with the receipt. Whatever is not certain is `unknown`: the same
 * bytes then go out plainly, and a node that has them says so. An endpoint that refuses the method is not asked again.
 */
async function sendAndWait(
  { link, waitMs, rest }: { link: Link; waitMs: number; rest: Writers['rest'] },
  { raw, hash }: Attempt,
): Promise<'mined' | 'sent' | 'unknown'> {
  const signal = AbortSignal.timeout(waitMs + GRACE_MS)
  const outcome = await ask(link, { method: SYNC, params: [raw, waitMs] }, signal)
  if ('result' in outcome) {
    const { transactionHash, blockNumber } = (outcome.result ?? {}) as Record<string, unknown>
    return transactionHash === hash && typeof blockNumber === 'string' ? 'mined' : 'unknown'
  }
  const { error } = outcome
  if (signal.aborted) rest(link)
  else if (SENT_CODES.has(nodeCode(error)) && SENT.test(nodeText(error))) return 'sent'
  else if (isOfMethod(error)) link.abilities.methods = { ...link.abilities.methods, [SYNC]: false }
  return 'unknown'
}

/** Neither of the transaction nor of the moment. */
const isOfMethod = (error: Error): boolean =>
  isDenied(error) || (!isBusy(error) && !OF_THE_TRANSACTION.some((pattern) => pattern.test(nodeText(error))))

const ask = (link: Link, call: RpcCall, signal: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => void link.ask([call], { signal, settle: (_, answer) => resolve(answer) }))

async function send(link: Link, raw: Hex, signal: AbortSignal): Promise<void> {
  const outcome = await ask(link, { method: 'eth_sendRawTransaction', params: [raw] }, signal)
  if ('error' in outcome && !KNOWN.test(nodeText(outcome.error))) throw outcome.error
}

function refusalOf(error: unknown, attempt: Attempt): OnboardingError {
  const text = nodeText(error)
  const facts = [`The node said: ${text}`]
  if (NONCE_USED.test(text)) return new NonceUsedError(attempt.nonce, { facts })
  if (NONCE_CONTESTED.test(text)) return new NonceContestedError(attempt.nonce, { facts })
  if (CANNOT_PAY.test(text)) return new CannotPayGasError(attempt.from, { facts })
  if (ONE_IN_FLIGHT.test(text)) return new InFlightLimitError(text)
  if (FEES_TOO_LOW.test(text)) return new FeeTooLowError(text)
  if (GAS_REFUSED.test(text)) return new GasRefusedError(text)
  return isTransient(error) ? readError(error) : new RpcRefusedError(text)
}

/** A used nonce says most: another endpoint may have had, and mined, the transaction. Then doubt, then refusals. */
function mostTelling(refusals: readonly OnboardingError[]): OnboardingError {
  const isOf = (recovery: OnboardingError['recovery']) => refusals.find((refusal) => refusal.recovery === recovery)
  return (
    isOf('replan') ??
    isOf('retry') ??
    isOf('replace') ??
    isOf('fund') ??
    refusals[0] ??
    new RpcRefusedError('no endpoint is configured')
  )
}
