import type { RunRecord } from '../../machines/onboarding/context.ts'
import type { Address } from '../domain/addresses.ts'
import { formatAmount, toUnits } from '../domain/amounts.ts'
import { isOpen, type Purpose } from '../domain/attempt.ts'
import type { FundRequest } from '../domain/fund.ts'
import type { KeyRequest } from '../domain/key.ts'
import { type CredentialKind, minterIn, type OnboardingRequest } from '../domain/request.ts'
import { expiryProblem } from '../domain/rfc3339.ts'
import { type Envelope, isFinished, recordOf, requestOf } from '../driver/envelope.ts'
import { ExpiryUnusableError } from '../errors/keys.ts'
import { RunInFlightError } from '../errors/run.ts'

/** The parts of a request a person names. What is missing has a default. */
export interface Wanted {
  /** Base units: the sVVV the wallet shall hold. Default 1 VVV. */
  stakeAmount?: bigint
  key?: Partial<KeyRequest>
  /** What calls are to be paid with. May be asked for, or otherwise, at any time. Default `key`. */
  credential?: CredentialKind
  /** What to pay with. May be asked for, or otherwise, at any time; null: no more. */
  fund?: FundRequest | null
}

/** One VVV: Venice's guide says that any amount above zero is enough to mint. */
const DEFAULT_STAKE = toUnits('1')

export function withDefaults(
  { stakeAmount, key, fund: wantedFund, credential }: Wanted,
  recorded: Partial<OnboardingRequest> | null,
): Pick<OnboardingRequest, 'stakeAmount' | 'key' | 'fund' | 'credential' | 'mintAs'> {
  const fund = wantedFund === undefined ? (recorded?.fund ?? null) : wantedFund
  return {
    stakeAmount: stakeAmount?.toString() ?? recorded?.stakeAmount ?? DEFAULT_STAKE.toString(),
    key: { type: 'INFERENCE', ...recorded?.key, ...key },
    ...(fund !== null && { fund }),
    ...((credential ?? recorded?.credential) === 'wallet' && { credential: 'wallet' as const }),
    ...(recorded?.mintAs && { mintAs: recorded.mintAs }),
  }
}

/**
 * What of the recorded request still counts where something is asked for: what was asked for once and never signed does not.
 * So a stake that failed for want of funds is not insisted on. A way to pay counts once it has begun, or while its run is
 * under way.
 *
 * @param wanted - undefined: the run is to be continued as it is recorded.
 */
export function standingRequest(
  envelope: Envelope | null,
  wanted: Wanted | undefined,
): Partial<OnboardingRequest> | null {
  if (envelope === null) return null
  const { credential, ...request } = requestOf(envelope)
  if (wanted === undefined) return { ...request, ...(credential && { credential }) }
  const record = recordOf(envelope)
  if (isUntouched(record)) return standingPayment(record, request, wanted)
  const hasFailed = envelope.snapshot.status === 'done' && !isFinished(envelope)
  if (!hasFailed) return request
  const { fund, ...others } = { ...request, stakeAmount: standingStake(envelope) }
  return fund !== undefined && hasBegunToPay(record, fund) ? { ...others, fund } : others
}

/**
 * What the run of a wallet is for while credit of the wallet is bought: one that has its key keeps it, and one that is on the
 * way to a key is not led away from it.
 *
 * @throws {RunInFlightError} it has no key yet, and transactions that may still be mined.
 */
export function credentialToTopUp(envelope: Envelope | null): CredentialKind {
  if (envelope === null) return 'wallet'
  const { key, attempts } = recordOf(envelope)
  if (key !== null) return 'key'
  const open = attempts.filter(isOpen).map(({ hash }) => hash)
  if (open.length > 0) throw new RunInFlightError(open)
  return 'wallet'
}

/** A wallet that pays by itself signs no transaction: what it has begun to pay still counts, until that is decided. */
function standingPayment(
  { payments }: RunRecord,
  { fund }: Pick<OnboardingRequest, 'fund'>,
  wanted: Wanted,
): Pick<OnboardingRequest, 'fund'> | null {
  const isUnderWay = payments.some(({ status }) => status === 'open')
  const isPaid = wanted.credential === 'wallet' && payments.some(({ status }) => status === 'settled')
  return fund !== undefined && (isUnderWay || isPaid) ? { fund } : null
}

/** Base units: what is recorded, or where that failed before it was signed, what was. */
function standingStake(envelope: Envelope): string {
  const { stakeAmount } = requestOf(envelope)
  const { exit } = envelope.snapshot.context.failure ?? {}
  if (exit !== 'funds' && exit !== 'refused') return stakeAmount
  const signed = recordOf(envelope)
    .attempts.filter(({ purpose, status }) => purpose === 'stake' && status !== 'superseded')
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  return signed > 0n && signed < BigInt(stakeAmount) ? signed.toString() : stakeAmount
}

/** Nothing that was asked for has been signed yet, so that something else may be asked for. */
export const isUntouched = ({ attempts, mints, key }: RunRecord): boolean =>
  attempts.every(({ purpose, status }) => purpose === 'revoke' || status === 'superseded') &&
  mints.length === 0 &&
  key === null

/** Something of it is signed, so that what became of it must be found out. */
export const hasBegunToPay = ({ attempts, payments }: RunRecord, { way, amount }: FundRequest): boolean =>
  way === 'x402'
    ? payments.some(({ status, toward }) => status !== 'void' && toward === amount)
    : attempts.some(({ purpose, status }) => DIEM_STEPS.has(purpose) && status !== 'superseded')

const DIEM_STEPS: ReadonlySet<Purpose> = new Set(['mintDiem', 'stakeDiem'])

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

/**
 * What `wanted` names differently from `recorded`, a line each.
 *
 * @param minter - who is to mint in the wallet's place, where one is named.
 */
export function changedFields(
  recorded: OnboardingRequest,
  { stakeAmount, key = {} }: Wanted,
  minter?: Address,
): string[] {
  const changes: string[] = []
  if (minter !== undefined && minter.toLowerCase() !== minterIn(recorded).toLowerCase())
    changes.push(`mint as: ${minterIn(recorded)} in the run, ${minter} asked for`)
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
