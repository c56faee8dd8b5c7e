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

/** The parts of a request that a user gives. Missing parts have defaults. */
export interface Wanted {
  /** Base units: the sVVV that the wallet is to hold. Default 1 VVV. */
  stakeAmount?: bigint
  key?: Partial<KeyRequest>
  /** The credential that pays for calls. It may be changed at any time. Default `key`. */
  credential?: CredentialKind
  /** The funding. It may be requested or changed at any time; null cancels it. */
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
 * The part of the recorded request that still counts when a new one comes. Parts that were never signed do not, so a
 * stake that failed for lack of funds can be changed. A funding method counts after it has begun, or while its run is
 * unfinished.
 *
 * @param wanted - undefined: the run continues with the recorded request.
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
 * The credential of a run while credit of the wallet is bought: a run with a key keeps it, and a run that is about to
 * get a key still gets it.
 *
 * @throws {RunInFlightError} it has no key yet, but transactions that may still be mined.
 */
export function credentialToTopUp(envelope: Envelope | null): CredentialKind {
  if (envelope === null) return 'wallet'
  const { key, attempts } = recordOf(envelope)
  if (key !== null) return 'key'
  const open = attempts.filter(isOpen).map(({ hash }) => hash)
  if (open.length > 0) throw new RunInFlightError(open)
  return 'wallet'
}

/** A wallet that pays by itself signs no transaction. A payment that it has begun counts until it is decided. */
function standingPayment(
  { payments }: RunRecord,
  { fund }: Pick<OnboardingRequest, 'fund'>,
  wanted: Wanted,
): Pick<OnboardingRequest, 'fund'> | null {
  const isUnderWay = payments.some(({ status }) => status === 'open')
  const isPaid = wanted.credential === 'wallet' && payments.some(({ status }) => status === 'settled')
  return fund !== undefined && (isUnderWay || isPaid) ? { fund } : null
}

/** Base units: the recorded stake, or what was signed of it if the run failed before signing it. */
function standingStake(envelope: Envelope): string {
  const { stakeAmount } = requestOf(envelope)
  const { exit } = envelope.snapshot.context.failure ?? {}
  if (exit !== 'funds' && exit !== 'refused') return stakeAmount
  const signed = recordOf(envelope)
    .attempts.filter(({ purpose, status }) => purpose === 'stake' && status !== 'superseded')
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  return signed > 0n && signed < BigInt(stakeAmount) ? signed.toString() : stakeAmount
}

/** Nothing of the request has been signed yet, so it may still change. */
export const isUntouched = ({ attempts, mints, key }: RunRecord): boolean =>
  attempts.every(({ purpose, status }) => purpose === 'revoke' || status === 'superseded') &&
  mints.length === 0 &&
  key === null

/** Part of the funding is signed, so its outcome must be found out. */
export const hasBegunToPay = ({ attempts, payments }: RunRecord, { way, amount }: FundRequest): boolean =>
  way === 'x402'
    ? payments.some(({ status, toward }) => status !== 'void' && toward === amount)
    : attempts.some(({ purpose, status }) => DIEM_STEPS.has(purpose) && status !== 'superseded')

const DIEM_STEPS: ReadonlySet<Purpose> = new Set(['mintDiem', 'stakeDiem'])

/**
 * Refuses a new expiry that has passed or is not a valid time. An expiry that is already recorded may pass.
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
 * How `wanted` differs from `recorded`, a line each.
 *
 * @param minter - the address that is to mint in the wallet's place, if given.
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
