import type { Address } from '../domain/addresses.ts'
import { isOpen, newestPerNonce } from '../domain/attempt.ts'
import { LEAST_DIEM } from '../domain/funding-options.ts'
import { type Plan, planOf, withDiem } from '../domain/plan.ts'
import { type OnboardingRequest, paysAsWallet } from '../domain/request.ts'
import { type WalletState, WITHOUT_TRANSACTIONS } from '../domain/wallet-state.ts'
import { type Envelope, recordOf } from '../driver/envelope.ts'
import type { RunOptions } from './run-onboarding.ts'
import { standingRequest, type Wanted, withDefaults } from './wanted.ts'

/** What a wallet holds, in base units. `usdc` is null if it could not be read and is not needed. */
interface WalletHoldings {
  eth: bigint
  vvv: bigint
  sVvv: bigint
  usdc: bigint | null
}

/** What a run would do now, and what the wallet holds. */
export interface PlannedRun {
  request: OnboardingRequest
  plan: Plan
  /** Empty if the wallet is to pay by itself: then no transaction is planned. */
  walletState: WalletState
  holdings: WalletHoldings
}

/**
 * The plan of a wallet, as every host shows it: from the request, the record and, if DIEM is requested, the lock for
 * it. Reads the chain even if no transaction is planned; signs nothing.
 *
 * @param wanted - undefined: the recorded request.
 * @param envelope - of the recorded run, or null.
 * @param digests - of plans that were shown before. The same plan keeps its digest while its ceilings are enough.
 * @throws the classes of `Chain.survey`, `Chain.surveyDiem` and `Chain.fundingQuotes`.
 */
export async function planRun(
  {
    chain,
    address,
    mintAs,
    chainId,
  }: Pick<RunOptions['ports'], 'chain'> &
    Pick<OnboardingRequest, 'address' | 'chainId'> & { mintAs?: Address | undefined },
  wanted: Wanted | undefined,
  envelope: Envelope | null,
  digests: Iterable<string> = [],
): Promise<PlannedRun> {
  const attempts = envelope === null ? [] : recordOf(envelope).attempts
  const open = newestPerNonce(attempts.filter(isOpen))
  const request: OnboardingRequest = {
    ...withDefaults(wanted ?? {}, standingRequest(envelope, wanted)),
    ...(mintAs !== undefined && { mintAs }),
    runId: 'plan',
    address,
    chainId,
  }
  const [walletState, holdings] = await Promise.all([walletStateFor(request), heldFor(request)])
  async function walletStateFor({ fund, stakeAmount }: OnboardingRequest): Promise<WalletState> {
    if (paysAsWallet(request)) return WITHOUT_TRANSACTIONS
    const surveyed = await chain.survey({ address, mintAs: request.mintAs, stakeAmount: BigInt(stakeAmount), open })
    return fund?.way === 'diem'
      ? withDiem(surveyed, await chain.surveyDiem({ address, diem: BigInt(fund.amount), open }))
      : surveyed
  }

  /** The holdings that `survey` does not read; for a wallet that pays by itself, all of them. */
  async function heldFor(request: OnboardingRequest): Promise<Partial<WalletHoldings>> {
    if (paysAsWallet(request)) return chain.fundingQuotes({ address, diem: LEAST_DIEM })
    return chain.holdings(address).catch(() => ({}))
  }
  const planned = {
    request,
    walletState,
    holdings: {
      eth: holdings.eth ?? BigInt(walletState.eth),
      vvv: holdings.vvv ?? BigInt(walletState.vvv),
      sVvv: holdings.sVvv ?? BigInt(walletState.sVvv),
      usdc: holdings.usdc ?? null,
    },
  }

  for (const digest of digests) {
    const plan = await planOf(request, walletState, attempts, { digest })
    if (plan.digest === digest) return { ...planned, plan }
  }
  return { ...planned, plan: await planOf(request, walletState, attempts) }
}
