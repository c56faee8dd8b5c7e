import { formatAmount, inUsdc, max } from './amounts.ts'
import { LEAST_TOP_UP } from './funding-options.ts'
import { lackFor, missingStake } from './plan.ts'
import type { CredentialKind } from './request.ts'
import type { WalletState } from './wallet-state.ts'

/** One way to come to pay for calls, and what the wallet lacks for it. Amounts are decimal text. */
export interface CredentialOption {
  credential: CredentialKind
  /** The wallet holds all that this takes. */
  isOpen: boolean
  /** What to send to the wallet first, e.g. `5 USDC`; empty where it is open. */
  missing: readonly string[]
  costs: string
  takes: string
  leadsTo: string
}

/**
 * Both ways for a wallet: those that are open first, then the one for which the fewest coins must be sent. Pure.
 *
 * @param usdc - base units that the wallet holds.
 */
export function credentialOptions(
  walletState: WalletState,
  { stakeAmount, usdc }: { stakeAmount: bigint; usdc: bigint },
): CredentialOption[] {
  const { sVvv, feeCeiling } = walletState
  const stake = missingStake(stakeAmount, BigInt(sVvv))
  const lack = lackFor(walletState, stakeAmount)
  const usdcLack = max(LEAST_TOP_UP - usdc, 0n)
  const key = option('key', {
    missing: [
      ...(lack.vvv > 0n ? [`${formatAmount(lack.vvv)} VVV`] : []),
      ...(lack.eth > 0n ? [`${formatAmount(lack.eth, { maxFraction: 9 })} ETH`] : []),
    ],
    costs: `${formatAmount(stake)} VVV staked, and at most ${formatAmount(feeCeiling, { maxFraction: 9 })} ETH in fees`,
    takes: 'some seconds',
    leadsTo: 'an API key, which spends DIEM or credit of its account',
  })
  const wallet = option('wallet', {
    missing: usdcLack > 0n ? [inUsdc(usdcLack)] : [],
    costs: `${inUsdc(LEAST_TOP_UP)} for as much credit, of which calls are paid`,
    takes: 'some seconds',
    leadsTo: 'calls that the wallet signs in for, without a key, VVV or ETH',
  })
  const isFirst = wallet.missing.length < key.missing.length
  return isFirst ? [wallet, key] : [key, wallet]
}

const option = (
  credential: CredentialKind,
  rest: Omit<CredentialOption, 'credential' | 'isOpen'>,
): CredentialOption => ({
  credential,
  isOpen: rest.missing.length === 0,
  ...rest,
})
