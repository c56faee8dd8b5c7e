import { isOpen, newestPerNonce } from '../../domain/attempt.ts'
import { type Plan, planOf } from '../../domain/plan.ts'
import type { Position } from '../../domain/position.ts'
import type { OnboardingRequest } from '../../domain/request.ts'
import { type Envelope, recordOf, requestOf } from '../../driver/envelope.ts'
import type { RunOptions } from './run.ts'
import { type Wanted, withDefaults } from './wanted.ts'

/** What a run would do now, and what the wallet holds. */
export interface PlannedRun {
  request: OnboardingRequest
  plan: Plan
  position: Position
}

/**
 * The plan of a wallet, as every host shows it: with what is asked for, what is recorded, and, where DIEM is asked for, what
 * is locked for it. Reads the chain; signs nothing.
 *
 * @param envelope - of the recorded run, or null.
 * @throws the classes of `Chain.survey` and `Chain.surveyDiem`.
 */
export async function planRun(
  { chain, address, chainId }: Pick<RunOptions['ports'], 'chain'> & Pick<OnboardingRequest, 'address' | 'chainId'>,
  wanted: Wanted,
  envelope: Envelope | null,
): Promise<PlannedRun> {
  const attempts = envelope === null ? [] : recordOf(envelope).attempts
  const open = newestPerNonce(attempts.filter(isOpen))
  const request: OnboardingRequest = {
    ...withDefaults(wanted, envelope && requestOf(envelope)),
    runId: 'plan',
    address,
    chainId,
  }
  const { fund, stakeAmount } = request
  const surveyed = await chain.survey({ address, stakeAmount: BigInt(stakeAmount), open })
  const position =
    fund?.way === 'diem'
      ? withDiem(surveyed, await chain.surveyDiem({ address, diem: BigInt(fund.amount), open }))
      : surveyed
  return { request, plan: await planOf(request, position, attempts), position }
}

/** What comes first is drafted; of what follows, what it takes and what it may cost is told. */
const withDiem = (surveyed: Position, { diem, drafts, feeCeiling }: Position): Position => ({
  ...surveyed,
  drafts: surveyed.drafts.length > 0 || surveyed.feeCeiling !== '0' ? surveyed.drafts : drafts,
  feeCeiling: (BigInt(surveyed.feeCeiling) + BigInt(feeCeiling)).toString(),
  ...(diem !== undefined && { diem }),
})
