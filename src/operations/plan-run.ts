import { isOpen, newestPerNonce } from '../domain/attempt.ts'
import { type Plan, planOf, withDiem } from '../domain/plan.ts'
import { type OnboardingRequest, paysAsWallet } from '../domain/request.ts'
import { type WalletState, WITHOUT_TRANSACTIONS } from '../domain/wallet-state.ts'
import { type Envelope, recordOf } from '../driver/envelope.ts'
import type { RunOptions } from './run-onboarding.ts'
import { standingRequest, type Wanted, withDefaults } from './wanted.ts'

/** What a run would do now, and what the wallet holds. */
export interface PlannedRun {
  request: OnboardingRequest
  plan: Plan
  walletState: WalletState
}

/**
 * The plan of a wallet, as every host shows it: with what is asked for, what is recorded, and, where DIEM is asked for, what
 * is locked for it. Reads the chain; signs nothing.
 *
 * @param wanted - undefined: as it is recorded.
 * @param envelope - of the recorded run, or null.
 * @param digests - of plans that were shown before: the same plan keeps its digest while its ceilings are enough.
 * @throws the classes of `Chain.survey` and `Chain.surveyDiem`.
 */
export async function planRun(
  { chain, address, chainId }: Pick<RunOptions['ports'], 'chain'> & Pick<OnboardingRequest, 'address' | 'chainId'>,
  wanted: Wanted | undefined,
  envelope: Envelope | null,
  digests: Iterable<string> = [],
): Promise<PlannedRun> {
  const attempts = envelope === null ? [] : recordOf(envelope).attempts
  const open = newestPerNonce(attempts.filter(isOpen))
  const request: OnboardingRequest = {
    ...withDefaults(wanted ?? {}, standingRequest(envelope, wanted)),
    runId: 'plan',
    address,
    chainId,
  }
  const position = await positionFor(request)
  async function positionFor({ fund, stakeAmount }: OnboardingRequest): Promise<WalletState> {
    if (paysAsWallet(request)) return WITHOUT_TRANSACTIONS
    const surveyed = await chain.survey({ address, stakeAmount: BigInt(stakeAmount), open })
    return fund?.way === 'diem'
      ? withDiem(surveyed, await chain.surveyDiem({ address, diem: BigInt(fund.amount), open }))
      : surveyed
  }

  for (const digest of digests) {
    const plan = await planOf(request, position, attempts, { digest })
    if (plan.digest === digest) return { request, plan, walletState: position }
  }
  return { request, plan: await planOf(request, position, attempts), walletState: position }
}
