import type { WalletLike } from '../adapters/signers/signer-from.ts'
import type { KeyCallback } from '../adapters/sinks/callback.ts'
import type { Address } from '../domain/addresses.ts'
import { parseAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import type { Budget } from '../domain/budget.ts'
import { type FundRequest, readFund } from '../domain/fund.ts'
import type { KeyRequest } from '../domain/key.ts'
import type { CredentialKind } from '../domain/request.ts'
import type { ApproveSignature } from '../domain/signature-request.ts'
import type { EffectSettings } from '../driver/effects/io.ts'
import type { RunEvent } from '../driver/events.ts'
import { UsageError } from '../errors/cli.ts'
import type { Wanted } from '../operations/wanted.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeySink } from '../ports/key-sink.ts'
import type { AcquireLock, RunStores } from '../ports/run-store.ts'
import type { Sponsoring } from '../sponsoring/kind.ts'
import type { ApprovalOptions } from './approval.ts'
import type { Logger } from './log-events.ts'

/** A place for the minted key: as in `--save-key`, a function that takes it, or a sink of the host's own. */
export type SinkSource = string | KeyCallback | KeySink

/** Caps for the whole run, as decimal amounts. A missing one does not limit. */
export interface BudgetOptions {
  maxVvv?: string
  /** Gas and L1 data fees. */
  maxGasEth?: string
  maxUsd?: string
}

/** What the library needs to act for one wallet. */
export interface WalletOptions {
  /** A private key in hex, a viem account or wallet client, an EIP-1193 provider, an ethers signer, an AgentKit provider. */
  signer: WalletLike
  /**
   * The EOA that a smart account stakes for, and that mints the key with a signature of its own: where Venice takes no
   * signature of a contract. Only its messages are asked for; it needs neither ETH nor VVV. Default: the account itself.
   */
  mintAs?: WalletLike
  network: {
    /** One or more JSON-RPC endpoints of Base, in order of preference. With ws(s), one only announces blocks. */
    rpcUrl: string | readonly string[]
    /** Default: Venice's own. */
    apiUrl?: string
    /** Take http:// and ws:// endpoints on other machines, where anyone on the way can read keys. Default false. */
    allowInsecureHttp?: boolean
  }
  /** Where the minted key goes. Of several, the next is tried when one fails; a file in the run's directory is the last. */
  sink: SinkSource | readonly SinkSource[]
  /**
   * A key, or a reference to one, that is in that place and not of this run may be replaced; in an env file the old line
   * stays as a comment. Default false: such a place is refused before anything is signed.
   */
  replaceKey?: boolean
  /**
   * Where runs are recorded, and the key is put if no sink takes it. Default `.venice-onboard` in the working directory.
   */
  stateDir?: string
  /** Where runs are recorded instead, e.g. `postgresStores(pool)` of `venice-onboard/stores`. */
  runStore?: RunStores
  /**
   * Keeps every other process out of the wallet. Default: the lock of this user on this machine, and the one that
   * `runStore` shares with other machines.
   */
  lock?: AcquireLock
  /** Time, waits and random numbers. Default: those of this process. */
  clock?: Clock
  budget?: BudgetOptions
  /** A staking implementation to use although it is not the one of record. Its stakes must pass a simulation first. */
  acceptImplementation?: Address
  /** Asked before every signature, with what would be signed in clear words. Default: the budget alone decides. */
  approve?: ApproveSignature
  /** Blocks, counting the one that includes the transaction; on Base, five take a second. Default 1. */
  confirmations?: number
  /** What the command of an `exec:` sink inherits. Default: nothing of this process. */
  env?: Readonly<Record<string, string | undefined>>
}

/**
 * A way to pay for what the key does, with what there shall be: what is missing is added. As text, as `--fund` takes it.
 * `x402`: dollars of credit, which the wallet spends and the key cannot. `diem`: DIEM staked, which the key spends.
 */
export type FundOption = 'none' | `x402:${string}` | `diem:${string}` | { x402: string } | { diem: string }

/** What is asked for. What is left out is taken from the run under way, or from the defaults. */
export interface RequestOptions {
  /** VVV, decimal: the sVVV the wallet shall hold; what is missing is staked. Default `1`. */
  stake?: string
  key?: Partial<KeyRequest>
  /** May be asked for, or otherwise, at any time. `none`: no more, although the run was asked for it. Default: nothing. */
  fund?: FundOption
  /** `wallet`: no key is minted; the wallet pays for calls with its own x402 credit. Default `key`. */
  credential?: CredentialKind
}

export interface OnboardOptions extends WalletOptions, RequestOptions {
  /** If given, only the plan with this digest is signed. */
  planDigest?: string
  /** Milliseconds to wait for the wallet, and then for the key, to be funded. Default 0. */
  waitForFundsMs?: number
  /** Asks Venice again when the run had ended with a key that could not spend. Default false. */
  mustBeFunded?: boolean
  /**
   * A treasury has staked for this wallet, as `sponsorAgents` does: it needs neither ETH nor VVV, waits for an endpoint that
   * does not show the stake yet, and never stakes in the treasury's place. Default false.
   */
  sponsored?: boolean
  /** Makes one smallest paid call with the key, or with the credit of `fund`, unless the run made one. Default false. */
  prove?: boolean
  /**
   * Pauses the run for good: the step under way is finished and recorded, a question is not waited for, and the same call
   * goes on from there.
   */
  signal?: AbortSignal
  /** Told of every event, `stopped` last; e.g. `openTelemetry()` of `venice-onboard/otel`. Must not throw. */
  onEvent?: (event: RunEvent) => void
  /** `console`, pino, or whatever has its methods. Lines hold no secret. Default: nothing is logged. */
  logger?: Logger
}

/** What the tools of a model need. */
export interface ToolOptions extends WalletOptions, ApprovalOptions {
  /** A model may have ADMIN keys minted, which can make and delete keys. Default false. */
  allowAdminKeys?: boolean
}

/** What a machine of one's own is made of. */
export type MachineOptions = WalletOptions & RequestOptions & Pick<OnboardOptions, 'planDigest'>

/** A wallet that a treasury is to stake for. */
export interface SponsoredWallet {
  address: Address
  /** VVV, decimal: the sVVV it shall hold; what is missing is staked. Default `1`. */
  stake?: string
}

/** `signer` is the treasury, which pays; `network.apiUrl`, `sink` and `env` mean nothing to it. */
export interface SponsorAgentsOptions
  extends Omit<WalletOptions, 'mintAs' | 'sink' | 'replaceKey' | 'runStore' | 'lock' | 'clock'>,
    Partial<Pick<WalletOptions, 'sink'>> {
  /** At most 5,000. */
  agents: readonly SponsoredWallet[]
  /** If given, only the plan with this digest is signed. */
  planDigest?: string
  /** Looks at agents again that were all seen with their stake before. Default false: reports what was found. */
  again?: boolean
  /** Milliseconds to wait for the treasury to be funded. Default 0. */
  waitForFundsMs?: number
  /** Pauses it: the step under way is finished and recorded, and the same call goes on from there. */
  signal?: AbortSignal
  /** Must not throw. */
  onEvent?: (event: RunEvent<Sponsoring>) => void
}

/** @throws {UsageError} an amount is none. */
export function wantedFrom({ stake, key, fund, credential }: RequestOptions): Wanted {
  const stakeAmount = stake === undefined ? undefined : amountOf('stake', stake)
  if (stakeAmount === 0n) throw notAnAmount('stake', 'It must be above 0.')
  return {
    ...(stakeAmount !== undefined && { stakeAmount }),
    ...(key !== undefined && { key }),
    ...(fund !== undefined && { fund: fundFrom(fund) }),
    ...(credential !== undefined && { credential }),
  }
}

function fundFrom(option: FundOption): FundRequest | null {
  const fund = readFund(option)
  if (fund === null) throw notAnAmount('fund', 'Give "x402:5", "diem:0.1", { x402: "5" } or { diem: "0.1" }.')
  return fund === 'none' ? null : fund
}

/** @throws {UsageError} an amount is none. */
const budgetFrom = ({ maxVvv, maxGasEth, maxUsd }: BudgetOptions = {}): Budget => ({
  ...(maxVvv !== undefined && { maxVvv: amountOf('budget.maxVvv', maxVvv) }),
  ...(maxGasEth !== undefined && { maxFeeWei: amountOf('budget.maxGasEth', maxGasEth) }),
  ...(maxUsd !== undefined && { maxUsd: amountOf('budget.maxUsd', maxUsd, USDC_DECIMALS) }),
})

/** @throws {UsageError} an amount is none. */
export const settingsFrom = ({
  budget,
  confirmations,
  planDigest,
  replaceKey,
}: Pick<OnboardOptions, 'budget' | 'confirmations' | 'planDigest' | 'replaceKey'>): Partial<
  Pick<EffectSettings, 'budget' | 'confirmations' | 'planDigest' | 'mayReplaceKey'>
> => ({
  budget: budgetFrom(budget),
  ...(replaceKey !== undefined && { mayReplaceKey: replaceKey }),
  ...(confirmations !== undefined && { confirmations }),
  ...(planDigest !== undefined && { planDigest }),
})

/** @throws {UsageError} it is no decimal amount. */
export function amountOf(name: string, text: string, decimals?: number): bigint {
  const amount = parseAmount(text, decimals)
  if (amount === null) throw notAnAmount(name, 'Give a decimal amount as text, such as "1" or "0.5".')
  return amount
}

/** Its value is not shown: it may be a key in the wrong place. */
const notAnAmount = (name: string, hint: string): UsageError =>
  new UsageError(`The option ${name} has the wrong type.`, hint)
