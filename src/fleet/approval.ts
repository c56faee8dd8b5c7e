import type { Address } from '../domain/addresses.ts'
import { formatAmount, toUnits } from '../domain/amounts.ts'
import type { Budget } from '../domain/budget.ts'
import type { FundRequest } from '../domain/fund.ts'
import type { KeyType } from '../domain/key.ts'
import { setting } from '../domain/next-action.ts'
import type { OnboardingRequest } from '../domain/request.ts'
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
  /** What may be paid for the wallet. Workers pay for nothing. */
  fund: FundRequest | null
  acceptImplementation: Address | null
}

/** As much as a run stakes where nothing is said. */
export const DEFAULT_MAX_STAKE = toUnits('1')

/** The worker's limits, narrowed by those of the order. Pure. */
export function approvalFor(
  { maxVvv, maxFeeWei }: Pick<Order, 'maxVvv' | 'maxFeeWei'>,
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
    fund: null,
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
  { stakeAmount, key, fund }: Pick<OnboardingRequest, 'stakeAmount' | 'key' | 'fund'>,
  { maxStake, keyTypes }: OrderApproval,
): void {
  requireStake(stakeAmount, maxStake)
  if (!keyTypes.includes(key.type)) {
    const allowed = `keys of type ${keyTypes.join(' or ')}`
    throw new FleetOrderRefusedError({ asked: `a key of type ${key.type}`, allowed, option: setting('allowAdminKeys') })
  }
  if (fund !== undefined) {
    throw new FleetOrderRefusedError({ asked: `a payment by ${fund.way}`, allowed: 'no payments', option: null })
  }
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
