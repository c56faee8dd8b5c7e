import type { Payment } from '../domain/payment.ts'

/** Payments of one wallet, from runs in all state directories. Read and written under the wallet lock. */
export interface PaymentLedger {
  /** The payments of at least the last days, as they were when noted. @throws {StoreUnreadableError} */
  payments(): readonly Payment[]
  /**
   * Notes a payment before it is signed. When it returns, the note survives a crash. Safe to repeat.
   *
   * @throws {StoreWriteError}
   */
  note(payment: Payment): void
}
