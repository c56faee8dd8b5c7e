import type { Address } from '../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import type { SignatureRequest } from '../domain/signature-request.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/** What the wallet has and needs, in base units. */
export interface Shortfall {
  address: Address
  vvv: { has: bigint; needs: bigint }
  eth: { has: bigint; needs: bigint }
}

const missing = ({ has, needs }: { has: bigint; needs: bigint }): bigint => (needs > has ? needs - has : 0n)

function shortfallFacts({ address, vvv, eth }: Shortfall): string[] {
  const line = (coin: string, amounts: { has: bigint; needs: bigint }, maxFraction: number) =>
    `${coin}: has ${formatAmount(amounts.has, { maxFraction })}, needs ${formatAmount(amounts.needs, { maxFraction })}`
  return [`Wallet: ${address}`, line('VVV', vvv, 18), line('ETH', eth, 9)]
}

/** Says what to send where; ETH is rounded up to a whole gwei. */
function sendHint({ address, vvv, eth }: Shortfall): string {
  const gwei = 1_000_000_000n
  const parts = [
    missing(vvv) > 0n ? `${formatAmount(missing(vvv))} VVV` : null,
    missing(eth) > 0n ? `${formatAmount(((missing(eth) + gwei - 1n) / gwei) * gwei)} ETH` : null,
  ].filter((part) => part !== null)
  return `Send ${parts.join(' and ')} on Base to ${address}, then run the same command again.`
}

/** The wallet holds less VVV than is to be staked. */
export class InsufficientVvvError extends OnboardingError {
  override readonly name = 'InsufficientVvvError'
  readonly code = 'wallet/insufficient-vvv'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(shortfall: Shortfall, options: ErrorOptions = {}) {
    super('The wallet holds less VVV than is to be staked.', { ...options, facts: shortfallFacts(shortfall) })
    this.hint = sendHint(shortfall)
  }
}

/** The wallet holds less ETH than the transactions may cost, the L1 data fee included. */
export class InsufficientEthError extends OnboardingError {
  override readonly name = 'InsufficientEthError'
  readonly code = 'wallet/insufficient-eth'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  constructor(shortfall: Shortfall, options: ErrorOptions = {}) {
    super('The wallet holds less ETH than the transactions may cost.', { ...options, facts: shortfallFacts(shortfall) })
    this.hint = sendHint(shortfall)
  }
}

/** The wallet holds less USDC than is to be paid. */
export class InsufficientUsdcError extends OnboardingError {
  override readonly name = 'InsufficientUsdcError'
  readonly code = 'wallet/insufficient-usdc'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint: string

  /** Base units, 6 decimals. */
  constructor({ address, has, needs }: { address: Address; has: bigint; needs: bigint }, options: ErrorOptions = {}) {
    const usdc = (units: bigint) => `${formatAmount(units, { decimals: USDC_DECIMALS })} USDC`
    super('The wallet holds less USDC than is to be paid.', {
      ...options,
      facts: [`Wallet: ${address}`, `USDC: has ${usdc(has)}, needs ${usdc(needs)}`],
    })
    this.hint = `Send ${usdc(needs - has)} on Base to ${address}, then run the same command again.`
  }
}

/** A cap of the budget would be passed. Nothing was signed. */
export class BudgetExceededError extends OnboardingError {
  override readonly name = 'BudgetExceededError'
  readonly code = 'policy/budget-exceeded'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint: string

  constructor(
    { option, limit, needed }: { option: string; limit: string; needed: string },
    options: ErrorOptions = {},
  ) {
    super(`This needs ${needed}, and ${option} allows ${limit}.`, options)
    this.hint = `Nothing was signed. Raise ${option}, or ask for less.`
  }

  /** Base units. */
  static vvv(limit: bigint, needed: bigint): BudgetExceededError {
    const [most, needs] = [`${formatAmount(limit)} VVV`, `${formatAmount(needed)} VVV`]
    return new BudgetExceededError({ option: '--max-vvv', limit: most, needed: needs })
  }

  /** Wei. */
  static gas(limit: bigint, needed: bigint): BudgetExceededError {
    const [most, needs] = [`${formatAmount(limit)} ETH`, `up to ${formatAmount(needed)} ETH`]
    return new BudgetExceededError({ option: '--max-gas-eth', limit: most, needed: needs })
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

  constructor({ approved, actual }: { approved: string; actual: string }, options: ErrorOptions = {}) {
    super('The plan is not the one that was approved.', {
      ...options,
      facts: [`Approved digest: ${approved}`, `Digest now: ${actual}`],
    })
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
