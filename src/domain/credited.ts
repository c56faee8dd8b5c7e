import type { Attempt, ChainReport } from './attempt.ts'

/**
 * Whether balances show what `attempt` was to bring. What it brought may have been used up since, as an allowance is by its
 * stake: then they do not show it, and prove nothing.
 */
export function isCreditedIn(
  { sVvv, allowance, diem }: Pick<ChainReport, 'sVvv' | 'allowance' | 'diem'>,
  { purpose, expected, batch }: Pick<Attempt, 'purpose' | 'expected' | 'batch'>,
): boolean {
  const least = BigInt(expected)
  switch (purpose) {
    case 'approve':
      return BigInt(allowance) >= least
    case 'revoke':
      return allowance === '0'
    case 'stake':
      return BigInt(sVvv) >= least
    case 'mintDiem':
      if (diem == null) return false
      // DIEM that is staked along with its lock shows there, and nowhere else.
      return BigInt(diem.staked) + (batch?.stakeDiem === undefined ? BigInt(diem.liquid) : 0n) >= least
    case 'stakeDiem':
      return diem != null && BigInt(diem.staked) >= least
    case 'sponsor':
      return false
    case 'fillNonce':
      return true
  }
}
