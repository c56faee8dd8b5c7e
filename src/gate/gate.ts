import { BASE_CHAIN_ID, type Hex } from '../domain/addresses.ts'
import type { Attempt, Draft, SignedTransaction } from '../domain/attempt.ts'
import type { Spending } from '../domain/budget.ts'
import type { Challenge } from '../domain/challenge.ts'
import type { Payment } from '../domain/payment.ts'
import { PaymentNotSignableError } from '../errors/x402.ts'
import type { Clock } from '../ports/clock.ts'
import type { Signer } from '../ports/signer.ts'
import { type Approval, allowed } from './approval.ts'
import { signChallenge } from './messages.ts'
import { type PaymentApproval, requirePayable } from './payments.ts'
import { rebuilt, requireUnchanged, type Wallet } from './transactions.ts'

/** The ports that the gate uses. */
export interface GatePorts {
  signer: Signer
  /** Signs the challenge in place of `signer`, and gets the stake. Default: `signer` itself. */
  minter?: Signer | undefined
  clock: Pick<Clock, 'now'>
  /** Decodes signed bytes in this process, without a request; null if they are not a signed EIP-1559 transaction. */
  decode: (raw: Hex) => Promise<SignedTransaction | null>
}

/** What a transaction is checked against. */
export interface Held {
  approval: Approval
  /** What was committed before `attempts`. Default: nothing. */
  before?: Spending
  /** Hashes of earlier bytes that were proven dead. */
  dead?: ReadonlySet<string>
  /** Aborts when nobody should be asked any more. */
  signal?: AbortSignal
}

/**
 * The only place that calls a signer. It takes the approval and a typed purpose with amounts, builds the bytes itself,
 * and returns their signature. It never signs the text of a record, an endpoint or a model as it stands.
 */
export interface Gate {
  readonly wallet: Wallet
  /** Whether the wallet signs typed data, as a payment needs. */
  readonly mayPay: boolean
  /**
   * Signs `drafts` one after the other, as many as are approved and may be signed together. The attempts must then be
   * recorded. If the wallet may change the nonce, only the first is signed: a waiting one could not be told from a sent
   * one. Sends nothing.
   *
   * @param attempts - of the run so far. Their bytes count until they are proven dead.
   * @throws {RecordChangedError} {CallDataRefusedError} {GasLimitRefusedError} and what `allowed` throws: nothing was signed.
   */
  transactions(drafts: readonly Draft[], attempts: readonly Attempt[], held: Held): Promise<Attempt[]>
  /**
   * Checks that recorded attempts are what they claim to be, before their bytes are sent or relied on.
   *
   * @throws {RecordChangedError}
   */
  unchanged(attempts: readonly Attempt[]): Promise<void>
  /**
   * Signs an intent of the record with its nonce, for a wallet that signs without sending.
   *
   * @throws {RecordChangedError}
   */
  intent(attempt: Attempt): Promise<{ raw: Hex; hash: Hex }>
  /**
   * Sends an intent through a wallet that signs only while it sends. Side effect: a transaction.
   *
   * @throws {RecordChangedError} and what `Sending.send` throws.
   */
  send(attempt: Attempt): Promise<Hex>
  /** Signs a challenge for a key. @throws {ChallengeRefusedError} */
  challenge(challenge: Challenge): Promise<Hex>
  /**
   * Signs a payment. Anyone who has the signature can make the payment, once.
   *
   * @throws {RecordChangedError} {PaymentTermsRefusedError} {BudgetExceededError} {PaymentNotSignableError}
   */
  payment(payment: Payment, approval: PaymentApproval): Promise<Hex>
}

/** Makes the gate for `signer`. No side effects. */
export function createGate({ signer, minter, clock, decode }: GatePorts): Gate {
  const { operations, calls } = signer
  const wallet: Wallet = {
    address: signer.address,
    chainId: BASE_CHAIN_ID,
    ...(minter && { mintAs: minter.address }),
    ...(operations && { callData: (made) => operations.callData(made) }),
    ...(calls && { makesCalls: true }),
  }

  async function sign(draft: Draft): Promise<Attempt> {
    const built = await rebuilt(draft, wallet)
    const { raw, hash } = await signer.signTransaction(built)
    const signedAt = new Date(clock.now()).toISOString()
    const made: Attempt = {
      ...built,
      raw,
      hash,
      // The transaction that carries a user operation has another hash.
      ...((raw === null || built.batch?.via === 'operation') && { intent: hash }),
      restsOn: null,
      signedAt,
      status: 'signed',
      blockNumber: null,
      gasUsed: null,
      feeWei: null,
    }
    // The signer's result will be sent, so it is checked as a record is.
    await requireUnchanged(made, wallet, decode)
    return made
  }

  return {
    wallet,
    mayPay: signer.signPayment !== undefined,
    async transactions(drafts, attempts, { approval, before, dead, signal }) {
      const built = await Promise.all(drafts.map((draft) => rebuilt(draft, wallet)))
      const may = allowed(built, attempts, {
        approval,
        ...(before !== undefined && { before }),
        ...(dead !== undefined && { dead }),
      })
      const made: Attempt[] = []
      for (const draft of signer.sending?.honoursNonces === false ? may.slice(0, 1) : may) {
        signal?.throwIfAborted()
        made.push(await sign(draft))
      }
      return made
    },
    async unchanged(attempts) {
      for (const attempt of attempts) await requireUnchanged(attempt, wallet, decode)
    },
    async intent(attempt) {
      const { raw, hash } = await sign(attempt)
      if (raw === null) throw new Error('This wallet signs only what it sends.')
      return { raw, hash }
    },
    async send(attempt) {
      if (signer.sending === undefined) throw new Error('This wallet sends nothing.')
      return signer.sending.send({ ...attempt, ...(await rebuilt(attempt, wallet)) })
    },
    async challenge(challenge) {
      return signChallenge(minter ?? signer, challenge, clock.now())
    },
    async payment(payment, approval) {
      if (signer.signPayment === undefined) throw new PaymentNotSignableError(wallet.address)
      requirePayable(payment, wallet, { approval, nowMs: clock.now() })
      return signer.signPayment(payment)
    },
  }
}
