import type { Address, Hex } from '../domain/addresses.ts'
import { formatAmount } from '../domain/amounts.ts'
import type { Attempt } from '../domain/attempt.ts'
import { action, type Setting, say, setting, type Told } from '../domain/next-action.ts'
import type { SignatureRequest } from '../domain/signature-request.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

const limitOf = (cap: Setting | string): string => {
  if (typeof cap === 'string') return cap
  return cap.setting === 'fund' ? 'the request' : 'the budget'
}

/**
 * The plan would exceed a cap of the budget. Nothing was signed.
 *
 * @hint Nothing was signed for it. Allow more with the cap of the budget, or ask for less.
 */
export class BudgetExceededError extends OnboardingError {
  override readonly name = 'BudgetExceededError'
  readonly code = 'policy/budget-exceeded'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: Told

  /** @param cap - the setting that allows more, or what else limits it. @param hint - Default: to allow more by `cap`. */
  constructor(
    { cap, limit, needed, hint }: { cap: Setting | string; limit: string; needed: string; hint?: Told },
    options: ErrorOptions = {},
  ) {
    super(`This needs ${needed}, but ${limitOf(cap)} allows ${limit}.`, options)
    this.hint = hint ?? say`Nothing was signed for this step. Allow more with ${cap}, or ask for less.`
  }

  /** Base units. */
  static vvv(limit: bigint, needed: bigint): BudgetExceededError {
    const [most, needs] = [`${formatAmount(limit)} VVV`, `${formatAmount(needed)} VVV`]
    return new BudgetExceededError({ cap: setting('maxVvv'), limit: most, needed: needs })
  }

  /** Wei. Without a cap of the budget, the limit is the ceiling that the plan showed. */
  static fee(limit: bigint, needed: bigint, { maxFeeWei }: { maxFeeWei?: bigint }): BudgetExceededError {
    const [most, needs] = [`${formatAmount(limit)} ETH`, `up to ${formatAmount(needed)} ETH for fees`]
    if (maxFeeWei !== undefined)
      return new BudgetExceededError({ cap: setting('maxGasEth'), limit: most, needed: needs })
    return new BudgetExceededError({
      cap: 'the fee ceiling of the plan',
      limit: most,
      needed: needs,
      hint: say`Nothing was signed for this step. Fees may be high at the moment, or the endpoint overestimates. Run the same command again later, or allow more with ${setting('maxGasEth')}.`,
    })
  }
}

/** The transaction would move more than was approved. Nothing was signed. */
export class UnapprovedSpendingError extends OnboardingError {
  override readonly name = 'UnapprovedSpendingError'
  readonly code = 'policy/unapproved-spending'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`Nothing was signed for this step. Read ${action('plan')}, then run again with the amounts that you approve.`

  /** Base units of 18 decimals. */
  constructor({ what, needed, most }: { what: string; needed: bigint; most: bigint }, options: ErrorOptions = {}) {
    super(`This would move ${formatAmount(needed)} ${what}, but only ${formatAmount(most)} was approved.`, options)
  }
}

/**
 * A transaction that was signed earlier may still be mined, although an endpoint says that its nonce is used. Signing
 * another one could spend twice.
 */
export class SignedBytesAliveError extends OnboardingError {
  override readonly name = 'SignedBytesAliveError'
  readonly code = 'policy/signed-bytes-alive'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    'Nothing more was signed. Run the same command again once the transaction that used the nonce is final, with an RPC endpoint that shows it.'

  constructor(attempts: readonly Attempt[], options: ErrorOptions = {}) {
    super('A transaction that was signed earlier may still be mined. Signing another one could spend twice.', {
      ...options,
      facts: attempts.map(({ purpose, nonce, hash }) => `${purpose} with nonce ${nonce}: ${hash}`),
    })
  }
}

/**
 * An endpoint says that a stake reverted, and a new stake would need another approve. One endpoint can invent a receipt: if both
 * pairs were mined later, twice the approved amount would be staked. A stake that really reverted leaves its allowance in place.
 */
export class RevertUnprovenError extends OnboardingError {
  override readonly name = 'RevertUnprovenError'
  readonly code = 'policy/revert-unproven'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`Nothing more was signed. Check the transactions above with another RPC endpoint. If they did revert, put the record aside with ${action('wipe', { force: true })}, or ${action('wipe', { sponsor: true })} for a treasury, and run again.`

  constructor(attempts: readonly Pick<Attempt, 'purpose' | 'nonce' | 'hash'>[], options: ErrorOptions = {}) {
    super('The endpoint says that a stake reverted, but its allowance is gone.', {
      ...options,
      facts: attempts.map(({ purpose, nonce, hash }) => `${purpose} with nonce ${nonce}: ${hash}`),
    })
  }
}

/** The gas limit is higher than any transaction of this purpose needs. Nothing was signed. */
export class GasLimitRefusedError extends OnboardingError {
  override readonly name = 'GasLimitRefusedError'
  readonly code = 'policy/gas-limit-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Nothing was signed. The RPC endpoint overestimates, or the contract was changed. Use another endpoint.'

  constructor({ purpose, gas, most }: { purpose: string; gas: string; most: bigint }, options: ErrorOptions = {}) {
    super(`The endpoint asks for ${gas} gas for the ${purpose}; this program signs at most ${most}.`, options)
  }
}

/**
 * The library of the smart account puts the calls together in a form that is not known, or adds to them. Nothing was
 * signed.
 */
export class CallDataRefusedError extends OnboardingError {
  override readonly name = 'CallDataRefusedError'
  readonly code = 'policy/call-data-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Nothing was signed. The account may want to install a module, or to be deployed with other code: do that by itself first. Otherwise use an account of a kind that is listed in docs/accounts.md.'

  constructor(account: Address, data: Hex, options: ErrorOptions = {}) {
    super(`The call data for the account ${account} would not do exactly what is to be signed.`, {
      ...options,
      facts: [`Function: ${data.slice(0, 10)}`],
    })
  }
}

/** This product never sends to the recipient of the transaction. Nothing was signed. */
export class CounterpartyRefusedError extends OnboardingError {
  override readonly name = 'CounterpartyRefusedError'
  readonly code = 'policy/counterparty-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Nothing was signed. This is a bug or an attack. Report it with the facts above.'

  constructor(to: Address, options: ErrorOptions = {}) {
    super(`A transaction to ${to} was refused.`, options)
  }
}

/** The plan to sign is not the plan that was approved. Nothing was signed. */
export class PlanChangedError extends OnboardingError {
  override readonly name = 'PlanChangedError'
  readonly code = 'policy/plan-changed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = say`Nothing was signed. Read ${action('plan')}, then give the digest that it prints.`

  /** The approved digest is not shown, because a private key looks the same. */
  constructor({ actual }: { actual: string }, options: ErrorOptions = {}) {
    super('The plan is not the one that was approved.', { ...options, facts: [`Digest now: ${actual}`] })
  }
}

/** The person declined a payment. Earlier steps may have been approved. */
export class PaymentDeclinedError extends OnboardingError {
  override readonly name = 'PaymentDeclinedError'
  readonly code = 'policy/payment-declined'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`No USDC was paid. Run the same command again to be asked again, or run it without ${setting('fund')} to skip the payment.`

  constructor(options: ErrorOptions = {}) {
    super('The payment was declined.', options)
  }
}

/**
 * The person declined the plan.
 *
 * @hint Nothing was signed. Run the same command again to be asked again.
 */
export class DeclinedError extends OnboardingError {
  override readonly name = 'DeclinedError'
  readonly code = 'policy/declined'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: Told

  /** @param hint - default: how to be asked again. */
  constructor({ hint, ...options }: ErrorOptions & { hint?: string } = {}) {
    super('The plan was declined.', options)
    this.hint = hint ?? 'Nothing was signed. Run the same command again to be asked again.'
  }
}

/** The host's approval callback did not approve a signature. The signer was not asked. */
export class SignatureDeclinedError extends OnboardingError {
  override readonly name = 'SignatureDeclinedError'
  readonly code = 'policy/signature-declined'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Nothing was signed. Run again, and approve the request.'

  constructor({ purpose, summary }: Pick<SignatureRequest, 'purpose' | 'summary'>, options: ErrorOptions = {}) {
    super(`A signature (${purpose}) was declined.`, { ...options, facts: [summary] })
  }
}

/**
 * The call would sign or delete something, and carries no person's approval of it.
 *
 * @hint Approve the plan in the way that the hint names: `confirm`, `planDigest` or `autoApprove` of the host.
 */
export class ApprovalNeededError extends OnboardingError {
  override readonly name = 'ApprovalNeededError'
  readonly code = 'policy/approval-needed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: Told

  /** @param hint - how to approve it. */
  constructor(what: string, hint: Told, options: ErrorOptions = {}) {
    super(`${what} needs an approval. Nothing was signed.`, options)
    this.hint = hint
  }
}

/**
 * The tool would spend, and the model's host has set no cap for that.
 *
 * @hint Set a cap as the host: `createTools({ budget: … })`, or `--max-vvv`, `--max-gas-eth`, `--max-usd` of `venice-onboard mcp`.
 */
export class BudgetNeededError extends OnboardingError {
  override readonly name = 'BudgetNeededError'
  readonly code = 'policy/budget-needed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: Told

  /** @param caps - names of `budget` that are missing. */
  constructor(caps: readonly ('maxVvv' | 'maxGasEth' | 'maxUsd')[], options: ErrorOptions = {}) {
    super(`This call spends, but the host has set no ${caps.join(' and no ')}. Nothing was signed.`, options)
    const fields = caps.map((cap) => `${cap}: '…'`).join(', ')
    this.hint = `Only the host can set caps: createTools({ budget: { ${fields} } }), or the same options of its MCP server.`
  }
}

/** The tool would mint an ADMIN key, which can make and delete keys, and the host has not allowed that. */
export class AdminKeyNotAllowedError extends OnboardingError {
  override readonly name = 'AdminKeyNotAllowedError'
  readonly code = 'policy/admin-key-not-allowed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Only the host can allow it: createTools({ allowAdminKeys: true }), or the same option of its MCP server.'

  constructor(options: ErrorOptions = {}) {
    super('This call would mint an ADMIN key, and the host does not allow that. Nothing was signed.', options)
  }
}

/** The host asked its person, and no answer came in time. The question stays open: the same call waits for the answer again. */
export class NotAnsweredError extends OnboardingError {
  override readonly name = 'NotAnsweredError'
  readonly code = 'policy/not-answered'
  readonly recovery = 'refuse'
  readonly exit = 'waiting'
  readonly hint = 'Tell the person that a question is open, and make the same call again once they are there.'

  /** @param waitedMs - milliseconds. */
  constructor(waitedMs: number, options: ErrorOptions = {}) {
    super(`Nobody answered within ${Math.round(waitedMs / 1_000)} s. Nothing was signed.`, options)
  }
}

/** The person agreed in the host's dialogue, but the dialogue did not show the plan. */
export class PlanNotShownError extends OnboardingError {
  override readonly name = 'PlanNotShownError'
  readonly code = 'policy/plan-not-shown'
  readonly recovery = 'fixInput'
  readonly exit = 'refused'
  readonly hint = 'Call venice_plan. Pass its planDigest, and its summary as planSummary, so that the person sees both.'

  constructor(options: ErrorOptions = {}) {
    super('The person agreed to a call that does not show the plan. Nothing was signed.', options)
  }
}

/**
 * Signing needs a confirmation, and nobody is there to give it.
 *
 * @hint Nothing was signed. Give `--yes`, or `--plan-digest` to approve exactly one plan.
 */
export class ConfirmationNeededError extends OnboardingError {
  override readonly name = 'ConfirmationNeededError'
  readonly code = 'policy/confirmation-needed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: Told

  /** @param digest - of the plan, if the digest can approve it. */
  constructor(digest?: string) {
    super('Signing needs a confirmation, and this is not a terminal.')
    const byDigest =
      digest === undefined ? '' : say`, or approve exactly this plan with ${setting('planDigest', digest)}`
    this.hint = say`Nothing was signed. Give ${setting('yes')}${byDigest}.`
  }
}
