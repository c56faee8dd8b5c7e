import type { Budget } from '../domain/budget.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import { placeOf, type RunKeeping } from '../hosts/file/run-place.ts'
import { type RunOptions, runOnboarding } from '../operations/run-onboarding.ts'
import { credentialToTopUp } from '../operations/wanted.ts'
import type { Refill } from './credit.ts'

export interface TopUpOptions extends Pick<RunOptions, 'ports' | 'chainId' | 'redactor'>, RunKeeping {
  /** Base units of USDC: the credit that there shall be. */
  to: bigint
  /** Likewise: credit from here on is not filled up. */
  floor: bigint
  /** Of all refills, and of those within a day; the payments that the run made before count. */
  budget: Required<Pick<Budget, 'maxUsd'>> & Pick<Budget, 'maxUsdPerDay'>
}

/**
 * Fills up the wallet's credit through its run, as `fund x402` and `run --credential wallet` do: recorded before it is
 * signed, under the wallet's lock, paid once wherever it is killed. A payment that an earlier refill left open is settled
 * first, and counts.
 *
 * Side effects: at most one payment of USDC. No transaction is signed, and no key minted.
 *
 * @returns why there is no credit after it, or null.
 * @throws {RunInFlightError} the run has no key yet, and transactions that may still be mined. {LockedError}, and the other
 *   classes of `runOnboarding`.
 */
export async function topUp({ to, floor, budget, ...run }: TopUpOptions): Promise<Refill['failure']> {
  const envelope = await recordedRun(placeOf(run))
  const { funding, failure } = await runOnboarding({
    ...run,
    wanted: { credential: credentialToTopUp(envelope), fund: { way: 'x402', amount: to.toString() } },
    mustCheckAgain: true,
    settings: { budget: { ...budget, maxVvv: 0n, maxFeeWei: 0n }, creditFloor: floor },
  })
  if (failure !== null) return { code: failure.code, message: failure.message }
  if (funding?.wallet?.canConsume === true) return null
  return {
    code: 'venice/wallet-credit-too-low',
    message: funding?.wallet?.reason ?? 'Venice shows no credit for the wallet.',
  }
}
