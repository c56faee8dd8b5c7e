import { ADDRESSES, BASE_CHAIN_ID, isSameAddress } from '../domain/addresses.ts'
import { inDollars, max } from '../domain/amounts.ts'
import { type Budget, ofToday, paid } from '../domain/budget.ts'
import type { FundRequest } from '../domain/fund.ts'
import { setting } from '../domain/next-action.ts'
import { LONGEST_LIFE_S, type Payment } from '../domain/payment.ts'
import { BudgetExceededError } from '../errors/policy.ts'
import { RecordChangedError } from '../errors/store.ts'
import { PaymentTermsRefusedError } from '../errors/x402.ts'
import type { Wallet } from './transactions.ts'

type DollarBudget = Pick<Budget, 'maxUsd' | 'maxUsdPerDay'>

/** The approved payments. */
export interface PaymentApproval {
  /** The requested credit; absent: nothing is paid. */
  fund: FundRequest | undefined
  budget: DollarBudget
  /** The payments of the run. This one, or an older state of it, may be among them. */
  payments: readonly Payment[]
  /** Payments of the wallet's other records that may have moved money or still may. Default: none. */
  elsewhere?: readonly Payment[]
}

/** Milliseconds that our clock or another may be off before a payment is refused for its times. */
const SKEW_MS = 15 * 60_000

/** Recipients that are a mistake or an attack: money sent there is lost. */
const NOBODY: readonly string[] = [
  '0x0000000000000000000000000000000000000000',
  ...[ADDRESSES.usdc, ADDRESSES.vvv, ADDRESSES.staking, ADDRESSES.diem, ADDRESSES.multicall3].map((address) =>
    address.toLowerCase(),
  ),
]

/**
 * Checks that `payment` is what was approved: USDC on Base, from this wallet, to a possible recipient, within the
 * requested credit and the budget, valid for minutes. It is checked each time before it is signed, since a record is
 * only data.
 *
 * @throws {RecordChangedError} this program does not draw up such a payment.
 * @throws {PaymentTermsRefusedError} the recipient cannot be paid.
 * @throws {BudgetExceededError} it pays more than the request or `--max-usd` allows.
 */
export function requirePayable(
  payment: Payment,
  { address, chainId }: Wallet,
  { approval: { fund, budget, payments, elsewhere = [] }, nowMs }: { approval: PaymentApproval; nowMs: number },
): void {
  const { asset, from, to, value, toward, validAfter, validBefore, nonce } = payment
  const wrong: string[] = []
  if (payment.chainId !== chainId || chainId !== BASE_CHAIN_ID) wrong.push('chainId')
  if (!isSameAddress(asset, ADDRESSES.usdc)) wrong.push('asset')
  if (!isSameAddress(from, address)) wrong.push('from')
  if (!/^[1-9]\d{0,29}$/.test(value)) wrong.push('value')
  if (!/^0x[0-9a-f]{64}$/i.test(nonce)) wrong.push('nonce')
  const life = validBefore - validAfter
  const isTimely =
    Number.isSafeInteger(life) && life > 0 && validBefore * 1_000 <= nowMs + LONGEST_LIFE_S * 1_000 + SKEW_MS
  if (!isTimely) wrong.push('validBefore')
  if (fund?.way !== 'x402' || fund.amount !== toward) wrong.push('toward')
  if (wrong.length > 0)
    throw new RecordChangedError(`payment ${nonce} is not one that was asked for`, {
      facts: [`Fields that differ: ${wrong.join(', ')}`],
    })
  if (NOBODY.includes(to.toLowerCase()) || isSameAddress(to, address) || !/^0x[0-9a-f]{40}$/i.test(to))
    throw new PaymentTermsRefusedError([`The recipient ${to} cannot be paid.`])
  requireDollars(payment, { asked: BigInt(toward), budget, payments, elsewhere, nowMs })
}

/**
 * @param payments - those that may have moved money or still may; `payment` itself counts once.
 * @param elsewhere - the same, of other records; they count only for the day.
 * @throws {BudgetExceededError}
 */
export function requireDollars(
  { nonce, value }: Pick<Payment, 'nonce' | 'value'>,
  {
    asked,
    budget: { maxUsd, maxUsdPerDay },
    payments,
    elsewhere = [],
    nowMs,
  }: { asked: bigint; budget: DollarBudget; nowMs: number } & Pick<PaymentApproval, 'payments' | 'elsewhere'>,
): void {
  // A payment counts as void only if its time is over by our clock as well.
  const isVoid = ({ status, validBefore }: Payment) => status === 'void' && validBefore * 1_000 <= nowMs
  const others = payments.filter((other) => other.nonce !== nonce && !isVoid(other)).map(asOpen)
  // A settled payment has brought its credit, which may be used up. One that may still be settled will bring it.
  const open = paid(others.filter(({ status }) => status !== 'settled'))
  if (BigInt(value) + open > asked)
    throw new BudgetExceededError({
      cap: setting('fund'),
      limit: inDollars(asked),
      needed:
        open === 0n
          ? `a payment of ${inDollars(BigInt(value))}`
          : `payments of ${inDollars(BigInt(value) + open)}, earlier ones that may still be settled among them`,
    })
  const needed = paid(others) + BigInt(value)
  if (maxUsd !== undefined && needed > maxUsd)
    throw new BudgetExceededError({
      cap: setting('maxUsd'),
      limit: inDollars(maxUsd),
      needed: inDollars(max(needed, 0n)),
    })
  if (maxUsdPerDay === undefined) return
  // The cap holds for the wallet, over all its records.
  const neededToday = paid(ofToday([...others, ...elsewhere], nowMs)) + BigInt(value)
  if (neededToday > maxUsdPerDay)
    throw new BudgetExceededError({
      cap: setting('maxUsdPerDay'),
      limit: inDollars(maxUsdPerDay),
      needed: `${inDollars(neededToday)} within 24 hours`,
    })
}

const asOpen = (payment: Payment): Payment => (payment.status === 'void' ? { ...payment, status: 'open' } : payment)
