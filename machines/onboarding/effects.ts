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
 * Everything the machine asks of the world: one entry per invoked actor. Inputs and outputs are plain JSON without
 * secrets, because they are persisted. Every effect rejects with a `Failure`, and may run twice after a crash.
 */
export interface EffectContract {
  /** Looks at wallet and contract, and drafts what is still to be sent. */
  readWalletState: { input: { request: OnboardingRequest; attempts: readonly Attempt[] }; output: WalletState }
  /** Checks budget and policy, then signs. Sends nothing. */
  signTransactions: {
    input: { request: OnboardingRequest; walletState: WalletState; attempts: readonly Attempt[] }
    output: readonly Attempt[]
  }
  /** Hands recorded bytes to the network, in nonce order. */
  broadcast: {
    input: { attempts: readonly Attempt[] }
    /**
     * `sentAs`: the hashes that wallets gave to what was recorded under another id, by that id. `sentAt`: when each was
     * taken, ISO 8601, by the hash it was recorded under.
     */
    output: {
      hashes: readonly string[]
      sentAs?: Readonly<Record<string, Hex>>
      sentAt?: Readonly<Record<string, string>>
    }
  }
  /** Returns when something about the attempts is decided. */
  watchTransactions: {
    input: { address: Address; attempts: readonly Attempt[] }
    output: { report: ChainReport; problem: Failure | null }
  }
  /** Signs again what is priced too low, under its nonce, and what fills a gap in the nonces; or opens again what did. Sends nothing. */
  replaceTransactions: {
    input: { address: Address; attempts: readonly Attempt[] }
    output: readonly Attempt[]
  }
  /** Fetches a challenge into process memory. */
  fetchChallenge: { input: { address: Address }; output: ChallengeInfo }
  /** Signs the challenge in process memory and checks the signature. */
  signChallenge: { input: { address: Address }; output: { signedAt: string } }
  /** Probes the sink and draws the label of the key to be. */
  openSink: { input: { key: KeyRequest }; output: { intent: MintIntent; warnings: readonly string[] } }
  /** Mints, and stores the key before it returns. Refuses to post the same token twice. */
  mintKey: { input: { address: Address; key: KeyRequest; intent: MintIntent }; output: KeyRef }
  /** Stores a minted key that is still in memory after its sink failed. */
  storeKey: { input: { key: KeyRequest; intent: MintIntent }; output: KeyRef }
  /** Looks for the key of a mint whose answer is not recorded: in memory, then in the sink. */
  recoverKey: { input: { key: KeyRequest; intent: MintIntent }; output: { key: KeyRef | null } }
  /**
   * Asks Venice whether the key can spend, and whether it is as it was asked for, as it cannot read its own limits back.
   * `mintedAt`, ISO 8601: a young key may not be known to Venice yet.
   */
  checkFunding: { input: { key: KeyRef; asked: KeyRequest; mintedAt?: string }; output: Funding }
  /** Makes one smallest paid call. Each repeat costs as much; `calls` counts this one in, for the budget; `avoid`: models that refused before. */
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
   * Looks at the wallet's DIEM, and drafts what comes next towards what is asked for: approve and stake for the sVVV that
   * is missing, or the lock of sVVV for DIEM, or its stake. No drafts: it is there.
   */
  draftDiem: { input: { request: OnboardingRequest; attempts: readonly Attempt[] }; output: WalletState }
  /**
   * Looks at the wallet's credit and at what Venice asks for, checks that against what this program knows and the budget,
   * and draws up a payment. Null: the credit is there. Signs nothing of value.
   */
  offerPayment: {
    input: { address: Address; fund: FundRequest; payments: readonly Payment[] }
    output: { payment: Payment | null }
  }
  /**
   * Signs a recorded payment and posts it, within what was asked for. Safe to repeat: the same fields move USDC once.
   * `payments`: all of the run.
   */
  postPayment: {
    input: { payment: Payment; fund: FundRequest | undefined; payments: readonly Payment[] }
    output: { payment: Payment }
  }
  /** What has become of a recorded payment, as the chain tells. */
  findPayment: { input: { payment: Payment }; output: { payment: Payment } }
  /** Asks Venice what credit the wallet has. */
  checkCredit: { input: { address: Address }; output: { credit: WalletCredit; checkedAt: string } }
  /** Makes one smallest paid call that the wallet signs in for. Each repeat costs as much; `calls` counts this one in. */
  proveCredit: {
    input: { address: Address; privacy: ModelPrivacy; credit: WalletCredit; calls: number; avoid?: readonly string[] }
    output: { proof: FundingProof; credit: WalletCredit | null }
  }
  /** Resolves at an absolute time. */
  sleepUntil: { input: { until: string }; output: { wokeAt: string } }
}
export type EffectName = keyof EffectContract
