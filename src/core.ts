/** What builders use: the machines, the driver, effects, ports and their adapters. Programs: `venice-onboard`. */
export type {
  Counters,
  OnboardingContext,
  OnboardingInput,
  OnboardingOutput,
  RunRecord,
  Skipped,
  Stage,
} from '../machines/onboarding/context.ts'
export { STAGES } from '../machines/onboarding/context.ts'
export type { EffectContract, EffectName } from '../machines/onboarding/effects.ts'
export { onboardingMachine } from '../machines/onboarding/machine.ts'
export type { StateMeta } from '../machines/onboarding/setup.ts'
export { MACHINE_VERSION } from '../machines/onboarding/version.ts'
export type {
  SponsoringContext,
  SponsoringCounters,
  SponsoringInput,
  SponsoringOutput,
  SponsoringRecord,
} from '../machines/sponsoring/context.ts'
export type { SponsoringEffectName, SponsoringEffects } from '../machines/sponsoring/effects.ts'
export { SPONSORING_VERSION, sponsoringMachine } from '../machines/sponsoring/machine.ts'
export { type ChainOptions, createChain } from './adapters/chain/create-chain.ts'
export { systemClock } from './adapters/clock.ts'
export { type AgentKitOptions, type AgentKitWalletProvider, agentKitSigner } from './adapters/signers/agentkit.ts'
export { approvingSigner } from './adapters/signers/approving.ts'
export {
  type Eip1193Options,
  type Eip1193Provider,
  eip1193Signer,
  type WalletClientLike,
  walletClientSigner,
} from './adapters/signers/eip1193.ts'
export { type EthersSigner, ethersSigner } from './adapters/signers/ethers-signer.ts'
export { privateKeySigner } from './adapters/signers/private-key.ts'
export type { SendingOptions } from './adapters/signers/sending.ts'
export { proveSigner, type VerifyOptions, verifyingSigner } from './adapters/signers/verify.ts'
export { createVeniceClient } from './adapters/venice/client.ts'
export { ADDRESSES, type Address, BASE_CHAIN_ID, type Hex, VENICE_API_URL } from './domain/addresses.ts'
export { formatAmount, parseAmount, toUnits } from './domain/amounts.ts'
export type { Attempt, AttemptReport, ChainReport, Draft } from './domain/attempt.ts'
export type { Budget } from './domain/budget.ts'
export type { Challenge, ChallengeInfo } from './domain/challenge.ts'
export type { DiemState, FundRequest } from './domain/fund.ts'
export type { Funding, FundingBalances, FundingProof, WalletFunding } from './domain/funding.ts'
export type { KeyRef, KeyRequest, MintedKey, MintIntent, ModelPrivacy, RetiredKey } from './domain/key.ts'
export type { Payment, WalletCredit } from './domain/payment.ts'
export type { Plan } from './domain/plan.ts'
export { createRedactor } from './domain/redact.ts'
export type { OnboardingRequest } from './domain/request.ts'
export type { ApproveSignature, SignatureRequest } from './domain/signature-request.ts'
export type {
  Beneficiary,
  SettledAttempt,
  SponsorPlan,
  SponsorRequest,
  TreasuryState,
} from './domain/sponsoring.ts'
export type { WalletState } from './domain/wallet-state.ts'
export { type Actors, createActors } from './driver/actors.ts'
export { type Drive, type Driven, drive, type Host } from './driver/driver.ts'
export { createEffects } from './driver/effects/create.ts'
export type { EffectSettings, Effects, Ports, Progress } from './driver/effects/io.ts'
export type { ProgressEvent, ResumedEvent, RunEvent, StoppedEvent, TransitionEvent } from './driver/events.ts'
export type { RunResult } from './driver/result.ts'
export type { Failure } from './errors/failure.ts'
export { createMachineParts, type MachineParts } from './library/machine-parts.ts'
export { type OpenWallet, openWallet } from './library/open-wallet.ts'
export type { MachineOptions } from './library/options.ts'
export { type RunOptions, runOnboarding } from './operations/run-onboarding.ts'
export type { Chain, TreasuryChain } from './ports/chain.ts'
export type { Clock } from './ports/clock.ts'
export type { KeySink } from './ports/key-sink.ts'
export type { Signer } from './ports/signer.ts'
export type { Venice } from './ports/venice.ts'
export { createSponsorEffects, type SponsorPorts, type SponsorSettings } from './sponsoring/effects.ts'
export type { Sponsoring, SponsoringView } from './sponsoring/kind.ts'
export type { SponsoredAgent, SponsorResult } from './sponsoring/result.ts'
export { type SponsorOptions, sponsor } from './sponsoring/sponsor.ts'
