import type { Address } from '../domain/addresses.ts'
import { formatAmount } from '../domain/amounts.ts'
import type { Attempt } from '../domain/attempt.ts'
import type { SignatureRequest } from '../domain/signature-request.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** A cap of the budget would be passed. Nothing was signed. */
export class BudgetExceededError extends OnboardingError {
  override readonly name = 'BudgetExceededError'
  readonly code = 'policy/budget-exceeded'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  /** @param hint - what to do. Default: to allow more by `option`. */
  constructor(
    { option, limit, needed, hint }: { option: string; limit: string; needed: string; hint?: string },
    options: ErrorOptions = {},
  ) {
    super(`This needs ${needed}, and ${option} allows ${limit}.`, options)
    this.hint = hint ?? `Nothing was signed for it. Allow more with ${option}, or ask for less.`
  }

  /** Base units. */
  static vvv(limit: bigint, needed: bigint): BudgetExceededError {
    const [most, needs] = [`${formatAmount(limit)} VVV`, `${formatAmount(needed)} VVV`]
    return new BudgetExceededError({ option: '--max-vvv', limit: most, needed: needs })
  }

  /** Wei. Without a cap of the budget, the limit is the ceiling that the plan showed. */
  static fee(limit: bigint, needed: bigint, { maxFeeWei }: { maxFeeWei?: bigint }): BudgetExceededError {
    const [most, needs] = [`${formatAmount(limit)} ETH`, `up to ${formatAmount(needed)} ETH for fees`]
    if (maxFeeWei !== undefined) return new BudgetExceededError({ option: '--max-gas-eth', limit: most, needed: needs })
    return new BudgetExceededError({
      option: 'the fee ceiling of the plan',
      limit: most,
      needed: needs,
      hint: 'Nothing was signed for it. Fees may be high for a moment, or the endpoint exaggerates: run the same command again later, or allow more with --max-gas-eth.',
    })
  }
}

/** More would be moved than was approved. Nothing was signed. */
export class UnapprovedSpendingError extends OnboardingError {
  override readonly name = 'UnapprovedSpendingError'
  readonly code = 'policy/unapproved-spending'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Nothing was signed for it. Look at `venice-onboard plan`, and run again with what you approve.'

  /** Base units of 18 decimals. */
  constructor({ what, needed, most }: { what: string; needed: bigint; most: bigint }, options: ErrorOptions = {}) {
    super(`This would move ${formatAmount(needed)} ${what}, and ${formatAmount(most)} was approved.`, options)
  }
}

/**
 * Bytes that were signed before may still be mined, although an endpoint says that their nonce is used. To sign as much
 * again could spend it twice.
 */
export class SignedBytesAliveError extends OnboardingError {
  override readonly name = 'SignedBytesAliveError'
  readonly code = 'policy/signed-bytes-alive'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint =
    'Nothing more was signed. Run the same command again once the transaction that used the nonce is final, with an RPC endpoint that shows it.'

  constructor(attempts: readonly Attempt[], options: ErrorOptions = {}) {
    super('What was signed before may still be mined; to sign as much again could spend it twice.', {
      ...options,
      facts: attempts.map(({ purpose, nonce, hash }) => `${purpose} with nonce ${nonce}: ${hash}`),
    })
  }
}

/**
 * A stake is said to have reverted, and another one would take another approve. One endpoint can make up a receipt: were both
 * pairs let out later, twice as much would be staked as was approved. What really reverted leaves its allowance in place.
 */
export class RevertUnprovenError extends OnboardingError {
  override readonly name = 'RevertUnprovenError'
  readonly code = 'policy/revert-unproven'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Nothing more was signed. Look at the transactions above with another RPC endpoint. If they did revert, put the record aside with `venice-onboard wipe --force`, or `wipe --sponsor` for a treasury, and run again.'

  constructor(attempts: readonly Pick<Attempt, 'purpose' | 'nonce' | 'hash'>[], options: ErrorOptions = {}) {
    super('A stake is said to have reverted, and its allowance is gone all the same.', {
      ...options,
      facts: attempts.map(({ purpose, nonce, hash }) => `${purpose} with nonce ${nonce}: ${hash}`),
    })
  }
}

/** A transaction may take more gas than anything of its purpose does. Nothing was signed. */
export class GasLimitRefusedError extends OnboardingError {
  override readonly name = 'GasLimitRefusedError'
  readonly code = 'policy/gas-limit-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Nothing was signed. The RPC endpoint exaggerates, or the contract was changed; name another endpoint.'

  constructor({ purpose, gas, most }: { purpose: string; gas: string; most: bigint }, options: ErrorOptions = {}) {
    super(`The endpoint asks for ${gas} gas for the ${purpose}; at most ${most} is signed.`, options)
  }
}

/** A transaction goes somewhere this product never sends to. Nothing was signed. */
export class CounterpartyRefusedError extends OnboardingError {
  override readonly name = 'CounterpartyRefusedError'
  readonly code = 'policy/counterparty-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Nothing was signed. This is a defect or an attack; report it with the facts above.'

  constructor(to: Address, options: ErrorOptions = {}) {
    super(`A transaction to ${to} was refused.`, options)
  }
}

/** What is about to be signed is not what was approved. Nothing was signed. */
export class PlanChangedError extends OnboardingError {
  override readonly name = 'PlanChangedError'
  readonly code = 'policy/plan-changed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Nothing was signed. Look at `venice-onboard plan` and give the digest it prints.'

  /** @param isFirstForm - the approved digest is of this plan, in the form of an earlier version. */
  constructor(
    { approved, actual, isFirstForm = false }: { approved: string; actual: string; isFirstForm?: boolean },
    options: ErrorOptions = {},
  ) {
    const why = isFirstForm
      ? 'The approved digest was made by an earlier version, and binds neither fees nor locks.'
      : 'The plan is not the one that was approved.'
    super(why, { ...options, facts: [`Approved digest: ${approved}`, `Digest now: ${actual}`] })
  }
}

/** The person said no to a payment, and perhaps yes to what came before it. */
export class PaymentDeclinedError extends OnboardingError {
  override readonly name = 'PaymentDeclinedError'
  readonly code = 'policy/payment-declined'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'No USDC was paid for it. Run the same command again to be asked again, or without --fund to leave the payment out.'

  constructor(options: ErrorOptions = {}) {
    super('The payment was declined.', options)
  }
}

/** The person said no. */
export class DeclinedError extends OnboardingError {
  override readonly name = 'DeclinedError'
  readonly code = 'policy/declined'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  /** @param hint - where something else is to be told than how to be asked again. */
  constructor({ hint, ...options }: ErrorOptions & { hint?: string } = {}) {
    super('The plan was declined.', options)
    this.hint = hint ?? 'Nothing was signed. Run the same command again to be asked again.'
  }
}

/** The approval callback of the host did not say yes to a signature. The signer was not asked. */
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

/** Something is to be signed or deleted, and the caller has not shown that a person knows what. */
export class ApprovalNeededError extends OnboardingError {
  override readonly name = 'ApprovalNeededError'
  readonly code = 'policy/approval-needed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  /** @param hint - how to approve it. */
  constructor(what: string, hint: string, options: ErrorOptions = {}) {
    super(`${what} needs an approval. Nothing was signed.`, options)
    this.hint = hint
  }
}

/** A tool would spend, and the host of the model has set no cap for it. */
export class BudgetNeededError extends OnboardingError {
  override readonly name = 'BudgetNeededError'
  readonly code = 'policy/budget-needed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  /** @param caps - names of `budget` that are missing. */
  constructor(caps: readonly (keyof typeof CAP_FLAGS)[], options: ErrorOptions = {}) {
    super(`This spends, and the host has set no ${caps.join(' and no ')}. Nothing was signed.`, options)
    const fields = caps.map((cap) => `${cap}: '…'`).join(', ')
    const flags = caps.map((cap) => `${CAP_FLAGS[cap]} …`).join(' ')
    this.hint = `Only the host can set caps: createTools({ budget: { ${fields} } }), or venice-onboard mcp ${flags}.`
  }
}

const CAP_FLAGS = { maxVvv: '--max-vvv', maxGasEth: '--max-gas-eth', maxUsd: '--max-usd' } as const

/** A tool would mint an ADMIN key, which can make and delete keys, and the host has not allowed that. */
export class AdminKeyNotAllowedError extends OnboardingError {
  override readonly name = 'AdminKeyNotAllowedError'
  readonly code = 'policy/admin-key-not-allowed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Only the host can allow it: createTools({ allowAdminKeys: true }), or venice-onboard mcp --allow-admin-keys.'

  constructor(options: ErrorOptions = {}) {
    super('This mints an ADMIN key, which the host has not allowed. Nothing was signed.', options)
  }
}

/** The host asked its person, and no answer came in time. The question stays: the same call waits for it again. */
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

/** A dialogue of the host was answered with yes, and it did not show what is to be done. */
export class PlanNotShownError extends OnboardingError {
  override readonly name = 'PlanNotShownError'
  readonly code = 'policy/plan-not-shown'
  readonly recovery = 'fixInput'
  readonly exit = 'refused'
  readonly hint =
    'Call venice_plan, and pass its planDigest, and its summary as planSummary, so that the person sees them.'

  constructor(options: ErrorOptions = {}) {
    super('The person agreed to a call that does not show the plan. Nothing was signed.', options)
  }
}

/** Something is to be signed, and nobody is there to say yes. */
export class ConfirmationNeededError extends OnboardingError {
  override readonly name = 'ConfirmationNeededError'
  readonly code = 'policy/confirmation-needed'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  /** @param digest - of the plan, where it can be approved by it. */
  constructor(digest?: string) {
    super('What is to be signed needs a yes, and this is not a terminal.')
    const byDigest = digest === undefined ? '' : `, or approve exactly this plan with --plan-digest ${digest}`
    this.hint = `Nothing was signed. Give --yes${byDigest}.`
  }
}
