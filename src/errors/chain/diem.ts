import { formatAmount } from '../../domain/amounts.ts'
import { action, say } from '../../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from '../base.ts'

/** The staking contract does not mint this much DIEM for sVVV: its price curve has an end. */
export class DiemNotAvailableError extends OnboardingError {
  override readonly name = 'DiemNotAvailableError'
  readonly code = 'chain/diem-not-available'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint = say`No sVVV was locked. Ask for less DIEM, or see the other ways with ${action('fund.options')}.`

  /** @param diem - base units that were asked for. */
  constructor(diem: bigint, options: ErrorOptions = {}) {
    super(`The staking contract has no price for ${formatAmount(diem)} DIEM.`, options)
  }
}

/** DIEM became more expensive between quote and block, so the lock would have given too little. Nothing was locked. */
export class DiemPriceMovedError extends OnboardingError {
  override readonly name = 'DiemPriceMovedError'
  readonly code = 'chain/diem-price-moved'
  readonly recovery = 'replan'
  readonly exit = 'transient'
  readonly hint = 'Nothing was locked. Run the same command again; it requests a new price.'

  /** @param where - the transaction that reverted, or the check that showed it. */
  constructor(where: string, options: ErrorOptions = {}) {
    super(`The price of DIEM has moved: ${where}`, options)
  }
}

/** The node says that locking sVVV or staking DIEM would revert, although the wallet holds enough. */
export class DiemWouldRevertError extends OnboardingError {
  override readonly name = 'DiemWouldRevertError'
  readonly code = 'chain/diem-would-revert'
  readonly recovery = 'stop'
  readonly exit = 'refused'
  readonly hint =
    say`It was not sent. The contract may be paused or changed; the other ways: ${action('fund.options')}.`

  constructor(what: 'Locking sVVV for DIEM' | 'Staking DIEM', reason: string, options: ErrorOptions = {}) {
    super(`${what} would revert: ${reason}`, options)
  }
}
