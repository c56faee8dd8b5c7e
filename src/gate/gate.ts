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

/** What the gate takes of the world. */
export interface GatePorts {
  signer: Signer
  /** Signs the challenge in the place of `signer`, and is staked for. Default: `signer` itself. */
  minter?: Signer | undefined
  clock: Pick<Clock, 'now'>
  /** Reads signed bytes, here and without asking anybody; null for what is no signed EIP-1559 transaction. */
  decode: (raw: Hex) => Promise<SignedTransaction | null>
}

/** What a transaction is held to. */
export interface Held {
  approval: Approval
  /** What was committed to before `attempts`. Default: nothing. */
  before?: Spending
  /** Hashes of earlier bytes that somebody has proven dead. */
  dead?: ReadonlySet<string>
  /** Aborts when nobody is to be asked any more. */
  signal?: AbortSignal
}

/**
 * The one place that asks a signer. What goes in is what was approved, and a typed purpose with its amounts; what comes out
 * is a signature over bytes that were built here. Nothing that a record, an endpoint or a model says is signed as it stands.
 */
export interface Gate {
  readonly wallet: Wallet
  /** Whether the wallet signs typed data, which a payment is. */
  readonly mayPay: boolean
  /**
   * Signs `drafts` one after the other, as attempts that are still to be recorded: as many as are approved and may be signed
   * together. Of a wallet that is not known to keep to a nonce it is only the first: what waited for it could not be told
   * from what was sent. Sends nothing.
   *
   * @param attempts - of the run so far: their bytes count until they are proven dead.
   * @throws {RecordChangedError} {GasLimitRefusedError} and what `allowed` throws: nothing was signed.
   */
  transactions(drafts: readonly Draft[], attempts: readonly Attempt[], held: Held): Promise<Attempt[]>
  /**
   * Makes sure that recorded attempts are what they say, before their bytes are handed out or counted on.
   *
   * @throws {RecordChangedError}
   */
  unchanged(attempts: readonly Attempt[]): Promise<void>
  /**
   * Signs an intent of the record under the nonce it has, for a wallet that signs without sending.
   *
   * @throws {RecordChangedError}
   */
  intent(attempt: Attempt): Promise<{ raw: Hex; hash: Hex }>
  /**
   * Has a wallet that signs only what it sends send an intent. Side effect: a transaction.
   *
   * @throws {RecordChangedError} and what `Sending.send` throws.
   */
  send(attempt: Attempt): Promise<Hex>
  /** Signs a challenge for a key. @throws {ChallengeRefusedError} */
  challenge(challenge: Challenge): Promise<Hex>
  /**
   * Signs a payment. Whoever holds the signature can have the payment made, once.
   *
   * @throws {RecordChangedError} {PaymentTermsRefusedError} {BudgetExceededError} {PaymentNotSignableError}
   */
  payment(payment: Payment, approval: PaymentApproval): Promise<Hex>
}

/** The gate before `signer`. No side effects by itself. */
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
      // The transaction that makes a user operation has another hash.
      ...((raw === null || built.batch?.via === 'operation') && { intent: hash }),
      restsOn: null,
      signedAt,
      status: 'signed',
      blockNumber: null,
      gasUsed: null,
      feeWei: null,
    }
    // What the signer gave back is what will be sent: it is held to the same as what a record says.
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
