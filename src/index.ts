/** What programs use: one call, a run handle, the tools of a model, a treasury that stakes. Builders: `venice-onboard/core`. */
export type {
  OnboardingContext,
  OnboardingInput,
  OnboardingOutput,
  Skipped,
  Stage,
} from '../machines/onboarding/context.ts'
export { onboardingMachine } from '../machines/onboarding/machine.ts'
export type { AgentKitWalletProvider } from './adapters/signers/agentkit.ts'
export { type CallsWalletOptions, callsWallet } from './adapters/signers/calls-wallet.ts'
export type { Eip1193Provider, WalletClientLike } from './adapters/signers/eip1193.ts'
export type { EthersSigner } from './adapters/signers/ethers-signer.ts'
export { type ExecSignerOptions, execSigner, type SignerRequest } from './adapters/signers/exec.ts'
export { keystoreSigner } from './adapters/signers/keystore.ts'
export { type KeyService, kmsSigner } from './adapters/signers/kms.ts'
export { privateKeyFileSigner } from './adapters/signers/private-key.ts'
export { type SignerFromOptions, signerFrom, type WalletLike } from './adapters/signers/signer-from.ts'
export { type SmartAccountLike, type SmartAccountOptions, smartAccount } from './adapters/signers/smart-account.ts'
export type { KeyCallback, KeyDelivery } from './adapters/sinks/callback.ts'
export { openSink } from './adapters/sinks/parse.ts'
export type { Tool, ToolIo, ToolNextAction, ToolProgress, ToolResult } from './agent/tool.ts'
export { createTools, type Toolkit } from './agent/tools.ts'
export type { Address, Hex } from './domain/addresses.ts'
export type { Funding, FundingBalances, FundingProof, WalletFunding } from './domain/funding.ts'
export type { KeyRef, KeyRequest, ModelPrivacy } from './domain/key.ts'
export type { ApproveSignature, SignatureRequest } from './domain/signature-request.ts'
export type { ProgressEvent, ResumedEvent, RunEvent, StoppedEvent, TransitionEvent } from './driver/events.ts'
export type { RunResult } from './driver/result.ts'
export { OnboardingError } from './errors/base.ts'
export type { Failure } from './errors/failure.ts'
export type { CallReport } from './gateway/caller.ts'
export type { Refill } from './gateway/credit.ts'
export { type RefillOptions, type VeniceFetchOptions, veniceFetch } from './gateway/venice-fetch.ts'
export type { ApprovalOptions, Confirm, HostApproval, Question } from './library/approval.ts'
export type { Logger } from './library/log-events.ts'
export { createRun, onboard } from './library/onboard.ts'
export type {
  BudgetOptions,
  FundOption,
  OnboardOptions,
  RequestOptions,
  SinkSource,
  SponsorAgentsOptions,
  SponsoredWallet,
  ToolOptions,
  WalletOptions,
} from './library/options.ts'
export { sponsorAgents } from './library/sponsor-agents.ts'
export type { RunHandle, RunPhase, RunStatus } from './operations/create-run.ts'
export type { KeySink } from './ports/key-sink.ts'
export type { Signer } from './ports/signer.ts'
export type { Sponsoring } from './sponsoring/kind.ts'
export type { SponsoredAgent, SponsorResult } from './sponsoring/result.ts'
