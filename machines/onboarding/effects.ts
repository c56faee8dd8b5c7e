import type { Address, Hex } from '../../src/domain/addresses.ts'
import type { Attempt, ChainReport } from '../../src/domain/attempt.ts'
import type { ChallengeInfo } from '../../src/domain/challenge.ts'
import type { FundRequest } from '../../src/domain/fund.ts'
import type { Funding, FundingBalances, FundingProof } from '../../src/domain/funding.ts'
import type { KeyRef, KeyRequest, MintIntent, ModelPrivacy } from '../../src/domain/key.ts'
import type { Payment, WalletCredit } from '../../src/domain/payment.ts'
import type { OnboardingRequest } from '../../src/domain/request.ts'
import type { WalletState } from '../../src/domain/wallet-state.ts'
import type { Failure } from '../../src/errors/failure.ts'

/**
 * Everything the machine needs from outside: one entry per invoked actor. Inputs and outputs are plain JSON without
 * secrets, because they are persisted. Every effect rejects with a `Failure`, and may run twice after a crash.
 */
export interface EffectContract {
  /** Reads wallet and contract, and drafts the missing transactions. */
  readWalletState: { input: { request: OnboardingRequest; attempts: readonly Attempt[] }; output: WalletState }
  /** Checks budget and policy, then signs. Sends nothing. */
  signTransactions: {
    input: { request: OnboardingRequest; walletState: WalletState; attempts: readonly Attempt[] }
    output: readonly Attempt[]
  }
  /** Sends recorded bytes to the network, in nonce order. */
  broadcast: {
    input: { attempts: readonly Attempt[] }
    /**
     * `sentAs`: the hashes that wallets gave to intents, by the id of the intent. `sentAt`: when each was accepted, ISO
     * 8601, by its recorded hash.
     */
    output: {
      hashes: readonly string[]
      sentAs?: Readonly<Record<string, Hex>>
      sentAt?: Readonly<Record<string, string>>
    }
  }
  /** Returns when the fate of an attempt is decided. */
  watchTransactions: {
    input: { address: Address; attempts: readonly Attempt[] }
    output: { report: ChainReport; problem: Failure | null }
  }
  /**
   * Signs replacements of attempts that are priced too low, and nonce fillers for gaps; or reopens earlier ones. Sends
   * nothing.
   */
  replaceTransactions: {
    input: { address: Address; attempts: readonly Attempt[] }
    output: readonly Attempt[]
  }
  /** Fetches a challenge into process memory. */
  fetchChallenge: { input: { address: Address }; output: ChallengeInfo }
  /** Signs the challenge in process memory and checks the signature. */
  signChallenge: { input: { address: Address }; output: { signedAt: string } }
  /** Probes the sink and makes the label of the new key. */
  openSink: { input: { key: KeyRequest }; output: { intent: MintIntent; warnings: readonly string[] } }
  /** Mints, and stores the key before it returns. Never posts the same token twice. */
  mintKey: { input: { address: Address; key: KeyRequest; intent: MintIntent }; output: KeyRef }
  /** Stores a minted key that is still in memory after its sink failed. */
  storeKey: { input: { key: KeyRequest; intent: MintIntent }; output: KeyRef }
  /** Looks for the key of a mint whose answer is not recorded: in memory, then in the sink. */
  recoverKey: { input: { key: KeyRequest; intent: MintIntent }; output: { key: KeyRef | null } }
  /**
   * Asks Venice whether the key can spend, and compares it with the request, because a key cannot read its own limits.
   * `mintedAt`, ISO 8601: Venice may not know a new key yet.
   */
  checkFunding: { input: { key: KeyRef; asked: KeyRequest; mintedAt?: string }; output: Funding }
  /**
   * Makes the smallest paid call. Each repeat costs as much. `calls`: paid calls including this one, for the budget.
   * `avoid`: models that refused before.
   */
  proveFunding: {
    input: {
      key: KeyRef
      privacy: ModelPrivacy
      balances: FundingBalances
      calls: number
      avoid?: readonly string[]
      mintedAt?: string
    }
    output: { proof: FundingProof; balances: FundingBalances | null }
  }
  /**
   * Reads the wallet's DIEM, and drafts the next step of the request: approve and stake of the missing sVVV, or the
   * lock of sVVV for DIEM, or the stake of DIEM. No drafts: enough DIEM is staked.
   */
  draftDiem: { input: { request: OnboardingRequest; attempts: readonly Attempt[] }; output: WalletState }
  /**
   * Reads the wallet's credit and Venice's terms, checks these against the known terms and the budget, and draws up a
   * payment. Null: the credit is there. Signs nothing of value.
   */
  offerPayment: {
    input: { address: Address; fund: FundRequest; payments: readonly Payment[] }
    output: { payment: Payment | null }
  }
  /**
   * Signs a recorded payment and posts it, within the request. Safe to repeat: the same fields move USDC once.
   * `payments`: all payments of the run.
   */
  postPayment: {
    input: { payment: Payment; fund: FundRequest | undefined; payments: readonly Payment[] }
    output: { payment: Payment }
  }
  /** Reads the fate of a recorded payment from the chain. */
  findPayment: { input: { payment: Payment }; output: { payment: Payment } }
  /** Asks Venice what credit the wallet has. */
  checkCredit: { input: { address: Address }; output: { credit: WalletCredit; checkedAt: string } }
  /**
   * Makes the smallest paid call, with a sign-in of the wallet. Each repeat costs as much. `calls`: paid calls
   * including this one.
   */
  proveCredit: {
    input: { address: Address; privacy: ModelPrivacy; credit: WalletCredit; calls: number; avoid?: readonly string[] }
    output: { proof: FundingProof; credit: WalletCredit | null }
  }
  /** Resolves at an absolute time. */
  sleepUntil: { input: { until: string }; output: { wokeAt: string } }
}
export type EffectName = keyof EffectContract
