import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import type { Budget } from '../domain/budget.ts'
import { recordOf } from '../driver/envelope.ts'
import { NoKeyToFundError } from '../errors/run.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import { type RunOptions, runOnboarding } from '../operations/run-onboarding.ts'
import type { Refill } from './credit.ts'

export interface TopUpOptions extends Pick<RunOptions, 'ports' | 'chainId' | 'stateDir' | 'redactor'> {
  /** Base units of USDC: the credit that there shall be. */
  to: bigint
  /** Likewise: credit from here on is not filled up. */
  floor: bigint
  /** Of all refills, and of those within a day; the payments that the run made before count. */
  budget: Required<Pick<Budget, 'maxUsd'>> & Pick<Budget, 'maxUsdPerDay'>
}

/**
 * Fills up the wallet's credit through its run, as `fund x402` does: recorded before it is signed, under the wallet's lock,
 * paid once wherever it is killed. A payment that an earlier refill left open is settled first, and counts.
 *
 * Side effects: those of a run that has its key: at most one payment of USDC. No transaction is signed.
 *
 * @returns why there is no credit after it, or null.
 * @throws {NoKeyToFundError} no run of this wallet has a key. {LockedError}, and the other classes of `runOnboarding`.
 */
export async function topUp({ to, floor, budget, ...run }: TopUpOptions): Promise<Refill['failure']> {
  const { ports, chainId, stateDir } = run
  const { address } = ports.signer
  const envelope = await recordedRun({ stateDir, chainId, address })
  if (envelope === null || recordOf(envelope).key === null) {
    throw new NoKeyToFundError({ address, fund: `x402:${formatAmount(to, { decimals: USDC_DECIMALS })}` })
  }
  const { funding, failure } = await runOnboarding({
    ...run,
    wanted: { fund: { way: 'x402', amount: to.toString() } },
    mustLook: true,
    settings: { budget: { ...budget, maxVvv: 0n, maxFeeWei: 0n }, creditFloor: floor },
  })
  if (failure !== null) return { code: failure.code, message: failure.message }
  if (funding?.wallet?.canConsume === true) return null
  return {
    code: 'venice/wallet-credit-too-low',
    message: funding?.wallet?.reason ?? 'Venice shows no credit for the wallet.',
  }
}
