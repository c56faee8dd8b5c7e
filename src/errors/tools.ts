import { type ErrorOptions, OnboardingError } from './base.ts'

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
