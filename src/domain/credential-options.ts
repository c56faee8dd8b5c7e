import { formatAmount, inUsdc, max, USDC_DECIMALS } from './amounts.ts'
import { LEAST_TOP_UP } from './funding-options.ts'
import { type Action, action } from './next-action.ts'
import { lackFor, missingStake } from './plan.ts'
import type { CredentialKind } from './request.ts'
import type { WalletState } from './wallet-state.ts'

/**
 * The action with which a wallet that holds USDC pays for calls by itself, with the least credit that can be bought.
 */
export const PAY_AS_WALLET = action('run', {
  credential: 'wallet',
  fund: `x402:${formatAmount(LEAST_TOP_UP, { decimals: USDC_DECIMALS })}`,
})

/** One funding method, as an action, and what the wallet lacks for it. Amounts are decimal text. */
export interface CredentialOption extends Action {
  credential: CredentialKind
  /** The wallet holds all that this needs. */
  isOpen: boolean
  /** What to send to the wallet first, e.g. `5 USDC`; empty if it is open. */
  missing: readonly string[]
  costs: string
  takes: string
  leadsTo: string
}

/**
 * Both methods for a wallet: open ones first, then the one that needs the fewest coins sent. Pure.
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
  const key = option('key', action('run'), {
    missing: [
      ...(lack.vvv > 0n ? [`${formatAmount(lack.vvv)} VVV`] : []),
      ...(lack.eth > 0n ? [`${formatAmount(lack.eth, { maxFraction: 9 })} ETH`] : []),
    ],
    costs: `${formatAmount(stake)} VVV staked, and at most ${formatAmount(feeCeiling, { maxFraction: 9 })} ETH in fees`,
    takes: 'some seconds',
    leadsTo: 'an API key, which spends DIEM or credit of its account',
  })
  const wallet = option('wallet', PAY_AS_WALLET, {
    missing: usdcLack > 0n ? [inUsdc(usdcLack)] : [],
    costs: `${inUsdc(LEAST_TOP_UP)} for the same amount of credit, which pays for calls`,
    takes: 'some seconds',
    leadsTo: 'calls that the wallet signs in for, without a key, VVV or ETH',
  })
  const isFirst = wallet.missing.length < key.missing.length
  return isFirst ? [wallet, key] : [key, wallet]
}

const option = (
  credential: CredentialKind,
  how: Action,
  rest: Omit<CredentialOption, 'credential' | 'isOpen' | keyof Action>,
): CredentialOption => ({
  credential,
  ...how,
  isOpen: rest.missing.length === 0,
  ...rest,
})
