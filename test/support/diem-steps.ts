import type { Purpose } from '../../src/domain/attempt.ts'
import type { DiemState } from '../../src/domain/fund.ts'

/** sVVV for one DIEM, in worlds with a constant price. */
export const DIEM_PRICE = 500n

/** Base units. */
export interface DiemWallet {
  vvv: bigint
  sVvv: bigint
  allowance: bigint
  /** sVVV locked for DIEM. */
  locked?: bigint
  diem?: bigint
  stakedDiem?: bigint
}

export interface DiemStep {
  purpose: Extract<Purpose, 'approve' | 'stake' | 'mintDiem' | 'stakeDiem'>
  amount: bigint
  expected: bigint
  /** For mintDiem: the minimum of DIEM. */
  least: bigint
}

export interface DiemSteps {
  diem: DiemState
  steps: DiemStep[]
  /** Steps after those. */
  later: number
}

/** The next steps towards `asked` staked DIEM, like `Chain.surveyDiem`. No steps: done, or the VVV is missing. */
export function diemSteps(wallet: DiemWallet, asked: bigint): DiemSteps {
  const { vvv, sVvv, allowance, locked = 0n, diem: liquid = 0n, stakedDiem: staked = 0n } = wallet
  const unlocked = sVvv - locked
  const shown = (lock: bigint, steps: readonly Omit<DiemStep, 'least'>[], { later = 0, least = 0n } = {}) => ({
    diem: {
      asked: asked.toString(),
      staked: staked.toString(),
      liquid: liquid.toString(),
      unlockedSVvv: unlocked.toString(),
      lock: lock.toString(),
    },
    steps: steps.map((step) => ({ ...step, least })),
    later,
  })
  if (staked >= asked) return shown(0n, [])
  const toStake = asked - staked
  if (liquid >= toStake) return shown(0n, [{ purpose: 'stakeDiem', amount: toStake, expected: asked }])
  const toMint = toStake - liquid
  const least = toMint * DIEM_PRICE
  const roomy = (least * 102n) / 100n
  if (unlocked >= least) {
    const amount = unlocked < roomy ? unlocked : roomy
    return shown(amount, [{ purpose: 'mintDiem', amount, expected: asked }], { later: 1, least: toMint })
  }
  const stake = roomy - unlocked
  if (vvv < stake) return shown(roomy, [], { later: 4 })
  const steps: Omit<DiemStep, 'least'>[] = [
    ...(allowance < stake ? [{ purpose: 'approve', amount: stake, expected: stake } as const] : []),
    { purpose: 'stake', amount: stake, expected: sVvv + stake },
  ]
  return shown(roomy, steps, { later: 2 })
}

/** The wallet after a step, or null when it reverts. */
export function afterDiemStep(
  wallet: DiemWallet,
  { purpose, amount, least }: Pick<DiemStep, 'amount' | 'least'> & { purpose: 'mintDiem' | 'stakeDiem' },
): Partial<DiemWallet> | null {
  const { sVvv, locked = 0n, diem = 0n, stakedDiem = 0n } = wallet
  if (purpose === 'stakeDiem') return diem < amount ? null : { diem: diem - amount, stakedDiem: stakedDiem + amount }
  const out = amount / DIEM_PRICE
  if (sVvv - locked < amount || out < least) return null
  return { locked: locked + amount, diem: diem + out }
}
