import type { PublicClient } from 'viem'
import type { Attempt } from '../../domain/attempt.ts'
import type { OnboardingError } from '../../errors/base.ts'
import { CannotPayGasError, NonceUsedError, RpcError, RpcRefusedError } from '../../errors/chain.ts'
import { isTransient, nodeText, readError } from './rpc-errors.ts'

/** geth, op-geth, erigon, anvil. The bytes are in the pool, or in a block. */
const KNOWN = /already known|already imported|known transaction|already in mempool|transaction already exists/i
const NONCE_USED = /nonce too low|nonce has already been used|replacement transaction underpriced|old nonce/i
const CANNOT_PAY = /insufficient funds/i
/** A delegated account may have one transaction in flight. @see https://eips.ethereum.org/EIPS/eip-7702 */
const ONE_IN_FLIGHT = /in-flight transaction limit|gapped-nonce/i
/** Signed in cheaper times: the same bytes may do once the base fee has come down. */
const FEES_TOO_LOW = /less than block base fee|transaction underpriced|fee too low/i

/**
 * See `Chain.broadcast`. Asks the endpoints one by one until one has the transaction. An endpoint that took it and
 * whose answer was lost makes the next one say "already known", which is success.
 */
export async function broadcast(writers: readonly PublicClient[], attempt: Attempt): Promise<void> {
  const refusals: OnboardingError[] = []
  for (const writer of writers) {
    try {
      await writer.sendRawTransaction({ serializedTransaction: attempt.raw })
      return
    } catch (error) {
      if (KNOWN.test(nodeText(error))) return
      refusals.push(refusalOf(error, attempt))
    }
  }
  throw mostTelling(refusals)
}

function refusalOf(error: unknown, attempt: Attempt): OnboardingError {
  const text = nodeText(error)
  if (NONCE_USED.test(text)) return new NonceUsedError(attempt.nonce, { facts: [`The node said: ${text}`] })
  if (CANNOT_PAY.test(text)) return new CannotPayGasError(attempt.from, { facts: [`The node said: ${text}`] })
  if (ONE_IN_FLIGHT.test(text) || FEES_TOO_LOW.test(text)) return new RpcError(text)
  return isTransient(error) ? readError(error) : new RpcRefusedError(text)
}

/** A used nonce says most: another endpoint may have had, and mined, the transaction. Then doubt, then refusals. */
function mostTelling(refusals: readonly OnboardingError[]): OnboardingError {
  const isOf = (recovery: OnboardingError['recovery']) => refusals.find((refusal) => refusal.recovery === recovery)
  return (
    isOf('replan') ?? isOf('retry') ?? isOf('fund') ?? refusals[0] ?? new RpcRefusedError('no endpoint is configured')
  )
}
