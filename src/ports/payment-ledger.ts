import type { Payment } from '../domain/payment.ts'

/** Payments of one wallet, whichever state directory their runs are recorded in. Asked and written under its lock. */
export interface PaymentLedger {
  /** Those of the last days at least, as they were when they were noted. @throws {StoreUnreadableError} */
  payments(): readonly Payment[]
  /**
   * Notes a payment before it is signed. When it returns, the note survives a crash. Safe to repeat.
   *
   * @throws {StoreWriteError}
   */
  note(payment: Payment): void
}
