import type { Attempt } from '../../src/domain/attempt.ts'
import { leastBump } from '../../src/domain/fees.ts'
import type { AccountKind } from '../../src/domain/wallet-state.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { RpcError, RpcRefusedError } from '../../src/errors/chain/endpoints.ts'
import { FeeTooLowError, NonceContestedError, NonceUsedError } from '../../src/errors/chain/transactions.ts'
import { CannotPayGasError } from '../../src/errors/wallet.ts'
import { ADDRESS } from '../support/samples.ts'
import type { Chaos } from './chaos.ts'
import type { Endpoint } from './endpoints.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import { callOf, decode, type Transaction } from './transaction.ts'

/** Maximum number of blocks that a reorganisation undoes. */
const MAX_REORG = 3
/** Seconds. */
const MAX_STUCK = 600
const MAX_SPIKE = 400
/** Wei per gas; more than any of our transactions pays. */
const FOREIGN_FEE = 10n ** 9n

export interface MempoolOptions {
  ledger: Ledger
  chaos: Chaos
  account: AccountKind
}

/** The path of a transaction from an endpoint to a block, and other events there. */
export function createMempool({ ledger, chaos, account: kind }: MempoolOptions) {
  let foreigners = 0

  function foreignTransaction(nonce: number, random: Random): Transaction {
    foreigners += 1
    const call = random.chance(0.5) ? callOf('approve', ADDRESS, 0n) : ({ to: ADDRESS, data: '0x' } as const)
    const hash = `0xf0${foreigners.toString(16).padStart(62, '0')}` as const
    const fees = { maxFeePerGas: FOREIGN_FEE, maxPriorityFeePerGas: FOREIGN_FEE }
    return { ...call, hash, nonce, gas: 0n, ...fees, l1Fee: 0n }
  }

  /** A delegated account may have one transaction in flight, and none with a gap before it. */
  const mayTake = (nonce: number): boolean => kind !== 'delegated' || nonce === ledger.at(ledger.head()).nonce

  /** A node's error for the bytes, or null when it accepts them. */
  function take(attempt: Attempt, endpoint: Endpoint): OnboardingError | null {
    const transaction = decode(attempt.raw ?? '0x')
    const { nonce, gas, maxFeePerGas, l1Fee, hash } = transaction
    if (ledger.pool.has(hash)) return null
    const { account } = endpoint.view()
    if (nonce < account.nonce) return new NonceUsedError(nonce)
    const rival = ledger.pendingAt(nonce)
    if (rival !== null && !outbids(transaction, rival)) return new NonceContestedError(nonce)
    if (maxFeePerGas < ledger.baseFeeAt(ledger.head()) && chaos.strikes('fee-refused'))
      return new FeeTooLowError('max fee per gas less than block base fee')
    if (gas * maxFeePerGas + l1Fee > account.eth) return new CannotPayGasError(attempt.from)
    // A lagging node accepts transactions that can never be mined.
    if (chaos.strikes('send-forgotten') || nonce < ledger.at(ledger.head()).nonce) return null
    if (!mayTake(nonce)) return new RpcError('in-flight transaction limit reached')
    if (rival !== null) ledger.evict(rival.hash)
    const stuck = chaos.strikes('transaction-stuck')
    const isDoomed = chaos.strikes('transaction-reverted') !== null
    ledger.accept(transaction, {
      delay: stuck === null ? 0 : ledger.blocksIn(stuck.int(1, MAX_STUCK) * 1_000),
      isDoomed,
    })
    return null
  }

  return {
    /** Sends the bytes to one endpoint after the other, like the adapter. */
    send(attempt: Attempt, endpoints: readonly Endpoint[]): void {
      const refusals: OnboardingError[] = []
      for (const endpoint of endpoints) {
        const refusal = refusedUnseen(chaos) ?? take(attempt, endpoint)
        const lost = chaos.strikes('send-answer-lost')
        if (refusal === null && lost === null) return
        refusals.push(lost ? new RpcError('connection reset') : (refusal ?? new RpcError('no answer')))
      }
      const isOf = (recovery: OnboardingError['recovery']) => refusals.find((refusal) => refusal.recovery === recovery)
      const [first] = refusals
      throw isOf('replan') ?? isOf('retry') ?? isOf('replace') ?? isOf('fund') ?? first ?? new RpcRefusedError('none')
    },

    /** Brings the chain up to the present time, with other events. */
    disturb(): void {
      ledger.advance()
      const spike = chaos.strikes('fee-spike')
      if (spike !== null)
        ledger.spike(ledger.blocksIn(spike.int(1, MAX_SPIKE) * 1_000), BigInt(spike.int(1, 80)) * 2_000_000n)
      const [waiting] = ledger.pool.values()
      if (waiting !== undefined) {
        const { hash, nonce } = waiting.transaction
        if (chaos.strikes('transaction-evicted')) ledger.evict(hash)
        const replaced = chaos.strikes('foreign-replacement')
        if (replaced !== null && ledger.evict(hash)) ledger.accept(foreignTransaction(nonce, replaced))
      }
      const nonce = ledger.nextNonce(ledger.head())
      const next = mayTake(nonce) ? chaos.strikes('foreign-next') : null
      if (next !== null) ledger.accept(foreignTransaction(nonce, next))
      if (!ledger.hasRecent(MAX_REORG)) return
      const behind = ledger.mined.at(-1)
      if (
        behind !== undefined &&
        isForeign(behind.transaction) &&
        ledger.pendingAt(behind.transaction.nonce + 1) !== null
      ) {
        if (chaos.strikes('foreign-undone')) ledger.reorganise({ depth: MAX_REORG, isLoss: true })
      }
      const reorg = chaos.strikes('reorg')
      if (reorg !== null) ledger.reorganise({ depth: reorg.int(1, MAX_REORG), isLoss: false })
      const loss = chaos.strikes('reorg-loss')
      if (loss !== null) ledger.reorganise({ depth: loss.int(1, MAX_REORG), isLoss: true })
    },
  }
}

const isForeign = ({ hash }: Transaction): boolean => hash.startsWith('0xf000000000')

/** Whether a node accepts `transaction` in place of `rival`. */
function outbids(transaction: Transaction, rival: Transaction): boolean {
  const least = leastBump({
    maxFeePerGas: rival.maxFeePerGas.toString(),
    maxPriorityFeePerGas: rival.maxPriorityFeePerGas.toString(),
  })
  return (
    transaction.maxFeePerGas >= least.maxFeePerGas && transaction.maxPriorityFeePerGas >= least.maxPriorityFeePerGas
  )
}

/** An endpoint that does not check the bytes. */
function refusedUnseen(chaos: Chaos): OnboardingError | null {
  const limited = chaos.strikes('send-limited')
  if (limited !== null)
    return new RpcError('over rate limit', { retryAfterMs: limited.pick([undefined, 1_000, 30_000]) })
  return chaos.strikes('send-refused') && new RpcRefusedError('transaction type not supported')
}
