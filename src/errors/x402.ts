import type { Address } from '../domain/addresses.ts'
import { action, say, setting } from '../domain/next-action.ts'
import type { Payment } from '../domain/payment.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'
import { type Exchange, VeniceError, type VeniceErrorClass } from './venice/base.ts'

/** The terms of Venice's 402 are not ones that this program pays, or they have just changed. Nothing was signed. */
export class PaymentTermsRefusedError extends OnboardingError {
  override readonly name = 'PaymentTermsRefusedError'
  readonly code = 'x402/terms-refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    say`Nothing was signed. Check ${setting('apiUrl')}. If it is Venice’s own, use another funding method and report this.`

  /** @param strange - the terms that differ from what is expected, one sentence each. */
  constructor(strange: readonly string[], options: ErrorOptions = {}) {
    super('The server asks for a payment that this program does not make.', { ...options, facts: strange })
  }
}

/** The wallet cannot sign typed data, which a USDC payment needs. Nothing was signed. */
export class PaymentNotSignableError extends OnboardingError {
  override readonly name = 'PaymentNotSignableError'
  readonly code = 'x402/payment-not-signable'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = say`Use a signer with signTypedData, or another funding method: ${action('fund.options')} shows them.`

  constructor(address: Address, options: ErrorOptions = {}) {
    super('This wallet cannot sign typed data, so it cannot pay in USDC.', {
      ...options,
      facts: [`Wallet: ${address}`],
    })
  }
}

/**
 * The answer to a payment was lost, or says that it may still settle. The chain shows whether USDC has moved.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-x402/SKILL.md (2026-10-02: `SETTLEMENT_TIMEOUT`)
 */
export class PaymentOutcomeUnknownError extends OnboardingError {
  override readonly name = 'PaymentOutcomeUnknownError'
  readonly code = 'x402/outcome-unknown'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again: it reads the chain first, and pays at most once.'

  constructor(options: ErrorOptions = {}) {
    super('It is unknown whether Venice has taken the payment.', options)
  }
}

/** The time of a recorded payment is over, or nearly, so that it is posted no more. Another follows once the chain shows that it was not taken. */
export class PaymentExpiredError extends OnboardingError {
  override readonly name = 'PaymentExpiredError'
  readonly code = 'x402/payment-expired'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Run the same command again: it reads the chain first, and pays at most once.'

  constructor({ nonce, validBefore }: Pick<Payment, 'nonce' | 'validBefore'>, options: ErrorOptions = {}) {
    super('The payment expired before Venice took it.', {
      ...options,
      facts: [`Payment ${nonce}: valid until ${new Date(validBefore * 1_000).toISOString()}`],
    })
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
  readonly hint = 'Run the same command again: it reads the chain first, and pays at most once.'

  constructor(exchange: Exchange = {}) {
    super('Venice already has this payment.', exchange)
  }
}

/**
 * The USDC contract refused the transfer. Nothing has moved, and the same payment may be posted again.
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
 * Venice refuses this payment.
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
  readonly hint = say`Nothing more is paid. Read the facts; ${action('fund.options')} shows the other funding methods.`

  constructor(exchange: Exchange = {}) {
    super('Venice refuses the payment.', exchange)
  }
}

/**
 * Venice accepts no payments at the moment.
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
    super('Venice accepts no payments at the moment.', exchange)
  }
}

/** Errors of the top-up route only: on other routes, the same statuses mean something else. */
export const TOP_UP_ERRORS: readonly VeniceErrorClass[] = [
  PaymentRefusedError,
  SettlementFailedError,
  PaymentInProgressError,
  PaymentsNotConfiguredError,
]
