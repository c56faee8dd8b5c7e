import { formatAmount, toUnits } from '../../domain/amounts.ts'
import type { FundRequest } from '../../domain/fund.ts'
import type { KeyRequest } from '../../domain/key.ts'
import type { OnboardingRequest } from '../../domain/request.ts'
import { expiryProblem } from '../../domain/rfc3339.ts'
import { ExpiryUnusableError } from '../../errors/keys.ts'

/** The parts of a request a person names. What is missing has a default. */
export interface Wanted {
  /** Base units: the sVVV the wallet shall hold. Default 1 VVV. */
  stakeAmount?: bigint
  key?: Partial<KeyRequest>
  /** What to pay with. May be asked for, or otherwise, at any time; null: no more. */
  fund?: FundRequest | null
}

/** One VVV: Venice's guide says that any amount above zero is enough to mint. */
const DEFAULT_STAKE = toUnits('1')

export function withDefaults(
  { stakeAmount, key, fund: wantedFund }: Wanted,
  recorded: OnboardingRequest | null,
): Pick<OnboardingRequest, 'stakeAmount' | 'key' | 'fund'> {
  const fund = wantedFund === undefined ? (recorded?.fund ?? null) : wantedFund
  return {
    stakeAmount: stakeAmount?.toString() ?? recorded?.stakeAmount ?? DEFAULT_STAKE.toString(),
    key: { type: 'INFERENCE', ...recorded?.key, ...key },
    ...(fund !== null && { fund }),
  }
}

/**
 * Refuses an expiry that is newly asked for and has passed, or is no time. One that the run is recorded with may pass.
 *
 * @throws {ExpiryUnusableError}
 */
export function requireExpiryAhead(
  expiresAt: string | undefined,
  { recorded, nowMs }: { recorded: string | undefined; nowMs: number },
): void {
  if (expiresAt === undefined || expiresAt === recorded) return
  const problem = expiryProblem(expiresAt, nowMs)
  if (problem !== null) throw new ExpiryUnusableError(problem)
}

/** What `wanted` names differently from `recorded`, a line each. */
export function changedFields(recorded: OnboardingRequest, { stakeAmount, key = {} }: Wanted): string[] {
  const changes: string[] = []
  if (stakeAmount !== undefined && stakeAmount.toString() !== recorded.stakeAmount) {
    changes.push(`stake: ${formatAmount(recorded.stakeAmount)} VVV in the run, ${formatAmount(stakeAmount)} asked for`)
  }
  for (const [name, value] of Object.entries(key)) {
    const before = JSON.stringify(recorded.key[name as keyof KeyRequest]) ?? 'not set'
    if (before !== JSON.stringify(value))
      changes.push(`${name}: ${before} in the run, ${JSON.stringify(value)} asked for`)
  }
  return changes
}
