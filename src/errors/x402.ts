import type { Address } from '../domain/addresses.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'
import { type Exchange, VeniceError, type VeniceErrorClass } from './venice/base.ts'

/** Venice's 402 asks to be paid otherwise than this program pays, or other than it asked a moment ago. Nothing was signed. */
export class PaymentTermsRefusedError extends OnboardingError {
  override readonly name = 'PaymentTermsRefusedError'
  readonly code = 'x402/terms-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Nothing was signed. Check `--api-url`; if it is Venice’s own, pay in another way and report this.'

  /** @param strange - what is not as it should be, a sentence each. */
  constructor(strange: readonly string[], options: ErrorOptions = {}) {
    super('The server asks for a payment that this program does not make.', { ...options, facts: strange })
  }
}

/** The wallet signs no typed data, which a payment of USDC is. Nothing was signed. */
export class PaymentNotSignableError extends OnboardingError {
  override readonly name = 'PaymentNotSignableError'
  readonly code = 'x402/payment-not-signable'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Use a signer with signTypedData, or another way to pay: `venice-onboard fund options` shows them.'

  constructor(address: Address, options: ErrorOptions = {}) {
    super('This wallet signs no typed data, so that it cannot pay in USDC.', {
      ...options,
      facts: [`Wallet: ${address}`],
    })
  }
}

/**
 * The answer to a payment was lost, or says that it may still land. Whether USDC has moved is on the chain.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02: `SETTLEMENT_TIMEOUT`)
 */
export class PaymentOutcomeUnknownError extends OnboardingError {
  override readonly name = 'PaymentOutcomeUnknownError'
  readonly code = 'x402/outcome-unknown'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again: it asks the chain first, and pays at most once.'

  constructor(options: ErrorOptions = {}) {
    super('Whether Venice has taken the payment is not known.', options)
  }
}

/**
 * The same payment is being settled, or was credited before.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02: 409 `PAYMENT_IN_PROGRESS`)
 */
export class PaymentInProgressError extends VeniceError {
  static readonly status = 409
  override readonly name = 'PaymentInProgressError'
  readonly code = 'x402/payment-in-progress'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again: it asks the chain first, and pays at most once.'

  constructor(exchange: Exchange = {}) {
    super('Venice has this payment already.', exchange)
  }
}

/**
 * USDC did not take the transfer; nothing has moved, and the same payment may be posted again.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02: 402 `SETTLEMENT_FAILED`)
 */
export class SettlementFailedError extends VeniceError {
  static readonly status = 402
  static readonly match = /SETTLEMENT_FAILED/
  override readonly name = 'SettlementFailedError'
  readonly code = 'x402/settlement-failed'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again; no USDC has moved.'

  constructor(exchange: Exchange = {}) {
    super('Venice could not settle the payment.', exchange)
  }
}

/**
 * Venice does not take this payment.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02: 400 with a code in `error`)
 */
export class PaymentRefusedError extends VeniceError {
  static readonly status = 400
  static readonly match =
    /INVALID_PAYMENT|INVALID_AMOUNT|UNSUPPORTED_(NETWORK|TOKEN|SCHEME)|AMOUNT_TOO_(LOW|HIGH)|PAYMENT_VERIFICATION_FAILED/
  override readonly name = 'PaymentRefusedError'
  readonly code = 'x402/payment-refused'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint = 'Nothing more is paid. Look at the facts; `venice-onboard fund options` shows the other ways.'

  constructor(exchange: Exchange = {}) {
    super('Venice does not take the payment.', exchange)
  }
}

/**
 * Venice takes no payments for the moment.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02: 503 `X402_NOT_CONFIGURED`)
 */
export class PaymentsNotConfiguredError extends VeniceError {
  static readonly status = 503
  static readonly match = /X402_NOT_CONFIGURED/
  override readonly name = 'PaymentsNotConfiguredError'
  readonly code = 'x402/not-configured'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again later; no USDC has moved.'

  constructor(exchange: Exchange = {}) {
    super('Venice takes no payments for the moment.', exchange)
  }
}

/** What only the top-up route answers: elsewhere, the same statuses mean something else. */
export const TOP_UP_ERRORS: readonly VeniceErrorClass[] = [
  PaymentRefusedError,
  SettlementFailedError,
  PaymentInProgressError,
  PaymentsNotConfiguredError,
]
