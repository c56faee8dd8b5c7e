import type { Address } from '../domain/addresses.ts'
import { formatAmount, inDollars, toUnits } from '../domain/amounts.ts'
import type { Budget } from '../domain/budget.ts'
import type { FundRequest } from '../domain/fund.ts'
import type { KeyType } from '../domain/key.ts'
import { setting } from '../domain/next-action.ts'
import { type OnboardingRequest, paysAsWallet } from '../domain/request.ts'
import { FleetOrderRefusedError } from '../errors/fleet.ts'
import type { Order } from './order.ts'

/** What a worker lets each of its wallets do, whatever is submitted and whatever a record says. */
export interface WalletLimits {
  /** Caps of the whole run. Default: none of its own. */
  budget?: Budget
  /** Base units: most sVVV that an order may ask for. Default: `budget.maxVvv`, else 1 VVV. */
  maxStake?: bigint
  /** Default: INFERENCE only. */
  keyTypes?: readonly KeyType[]
  /** A staking implementation other than the one of record. */
  acceptImplementation?: Address
}

/** What a worker approves of one order. Nothing of it comes from a record. */
export interface OrderApproval {
  budget: Budget
  maxStake: bigint
  keyTypes: readonly KeyType[]
  /** What is to be paid for the wallet, by its order. */
  fund: FundRequest | null
  acceptImplementation: Address | null
}

/** As much as a run stakes where nothing is said. */
export const DEFAULT_MAX_STAKE = toUnits('1')

/** The worker's limits, narrowed by those of the order. Pure. */
export function approvalFor(
  { maxVvv, maxFeeWei, fund }: Pick<Order, 'maxVvv' | 'maxFeeWei' | 'fund'>,
  { budget = {}, maxStake, keyTypes = ['INFERENCE'], acceptImplementation }: WalletLimits,
): OrderApproval {
  const own = maxStake ?? budget.maxVvv ?? DEFAULT_MAX_STAKE
  const [vvv, feeWei] = [narrowed(budget.maxVvv, maxVvv), narrowed(budget.maxFeeWei, maxFeeWei)]
  return {
    budget: {
      ...budget,
      ...(vvv !== undefined && { maxVvv: vvv }),
      ...(feeWei !== undefined && { maxFeeWei: feeWei }),
    },
    maxStake: narrowed(own, maxVvv) ?? own,
    keyTypes,
    fund: fund ?? null,
    acceptImplementation: acceptImplementation ?? null,
  }
}

/** The lower of a cap and what is asked for in its place. */
export const narrowed = (own: bigint | undefined, asked: string | undefined): bigint | undefined =>
  asked === undefined || (own !== undefined && own <= BigInt(asked)) ? own : BigInt(asked)

/**
 * Holds a request, of an order or of a record, to what the worker approves.
 *
 * @throws {FleetOrderRefusedError}
 */
export function requireApproved(
  { stakeAmount, key, fund, credential }: Pick<OnboardingRequest, 'stakeAmount' | 'key' | 'fund' | 'credential'>,
  approval: OrderApproval,
): void {
  const { maxStake, keyTypes } = approval
  if (fund !== undefined) requirePayment(fund, approval)
  // Nothing is staked or minted.
  if (paysAsWallet({ ...(credential && { credential }) })) return
  requireStake(stakeAmount, maxStake)
  if (!keyTypes.includes(key.type)) {
    const allowed = `keys of type ${keyTypes.join(' or ')}`
    throw new FleetOrderRefusedError({ asked: `a key of type ${key.type}`, allowed, option: setting('allowAdminKeys') })
  }
}

/** A payment that an order names, for at most the dollars that a wallet may pay. @throws {FleetOrderRefusedError} */
function requirePayment(
  { way, amount }: FundRequest,
  { fund, budget: { maxUsd } }: Pick<OrderApproval, 'fund' | 'budget'>,
): void {
  if (fund?.way !== way || fund.amount !== amount)
    throw new FleetOrderRefusedError({ asked: `a payment by ${way}`, allowed: 'no such payment', option: null })
  if (maxUsd !== undefined && BigInt(amount) <= maxUsd) return
  throw new FleetOrderRefusedError({
    asked: `credit of ${inDollars(BigInt(amount))}`,
    allowed: maxUsd === undefined ? 'no payments' : `credit of ${inDollars(maxUsd)}`,
    option: setting('maxUsd'),
  })
}

/** @throws {FleetOrderRefusedError} */
export function requireStake(amount: string, maxStake: bigint): void {
  if (BigInt(amount) <= maxStake) return
  throw new FleetOrderRefusedError({
    asked: `a stake of ${formatAmount(amount)} VVV`,
    allowed: `a stake of ${formatAmount(maxStake)} VVV`,
    option: setting('maxVvv'),
  })
}
