import type { RunRecord } from '../../machines/onboarding/context.ts'
import { openPaymentLedger } from '../adapters/locks/payment-ledger.ts'
import type { Address } from '../domain/addresses.ts'
import { type Attempt, isOpen } from '../domain/attempt.ts'
import { canPay } from '../domain/funding.ts'
import { planOfIntents } from '../domain/plan.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import { minterIn, type OnboardingRequest } from '../domain/request.ts'
import { drive } from '../driver/driver.ts'
import { createEffects } from '../driver/effects/create.ts'
import type { Asking, EffectSettings, Ports } from '../driver/effects/io.ts'
import { sinksOf } from '../driver/effects/sinks.ts'
import { type Envelope, isFinished, recordOf, requestOf } from '../driver/envelope.ts'
import type { RunEvent } from '../driver/events.ts'
import { type RunResult, resultOf } from '../driver/result.ts'
import { DeclinedError } from '../errors/policy.ts'
import { ApprovalUnboundError, CallsUnboundError, RequestChangedError } from '../errors/run.ts'
import { MintAsUnusableError, MinterMissingError } from '../errors/wallet.ts'
import { fileHost } from '../hosts/file/host.ts'
import { openRecord, recordKeyFor } from '../hosts/file/open-record.ts'
import { lockRun, openRun, placeOf, type RunKeeping, whileHeld } from '../hosts/file/run-place.ts'
import { requireNoSponsoring } from '../sponsoring/treasury-lock.ts'
import { heldIn } from './held-key.ts'
import { lockMinter } from './lock-minter.ts'
import { ownKeysOf } from './own-keys.ts'
import { tellingEnd } from './telling-end.ts'
import { changedFields, isUntouched, requireExpiryAhead, standingRequest, type Wanted, withDefaults } from './wanted.ts'

export interface RunOptions extends RunKeeping {
  ports: Ports
  chainId: number
  /**
   * The request. Omitted parts come from what the run has signed for, or from the defaults. Undefined: the run's last
   * request, signed or not.
   */
  wanted?: Wanted
  settings?: Partial<EffectSettings>
  redactor?: Redactor
  /** Pauses the run. The current step is finished and recorded first; an open question is not waited for. */
  signal?: AbortSignal
  /** Milliseconds to wait for the wallet, and then for the key, to be funded, from now. Default 0. */
  waitForFundsMs?: number
  /**
   * Checks again at Venice if the run had ended with a key that could not spend. Default false: reports the recorded
   * result.
   */
  mustBeFunded?: boolean
  /** Checks the funding of a finished run again in any case. Default false. */
  mustCheckAgain?: boolean
  /** Makes the smallest paid call with a key that can spend, unless the run made one already. Default false. */
  mustProve?: boolean
  /** Gets every event, `stopped` last. Must not throw. */
  onEvent?: (event: RunEvent) => void
}

/**
 * Begins, continues, or reports on the run of this wallet on this chain, with its state in files.
 *
 * Side effects: those of onboarding, each at most once, even if this is called often or killed anywhere; files under
 * `stateDir`. A failed run starts again from its record; a finished one is only reported.
 *
 * @throws {LockedError} another process has this wallet.
 * @throws {RequestChangedError} a run is under way, or finished, with other options.
 * @throws {RecordChangedError} {ApprovalUnboundError} {CallsUnboundError} the record is not as this program left it.
 * @throws {MinterMissingError} another wallet mints, and its signer is not there.
 * @throws {StoreCorruptError} {StoreNewerFormatError} {StoreOtherWalletError} {StoreUnreadableError} {StoreWriteError}
 */
export async function runOnboarding(options: RunOptions): Promise<RunResult> {
  const { ports, chainId, stateDir } = options
  const { address } = ports.signer
  const place = placeOf(options)
  const lock = await lockRun(place)
  const signal = whileHeld(options.signal ?? new AbortController().signal, lock)
  const minterLock = ports.minter && (await lockMinter({ ...place, address: ports.minter.address }, lock))
  try {
    await requireNoSponsoring({ stateDir, chainId, address })
    const store = await openRun(place)
    const key = await recordKeyFor(ports.signer)
    const { envelope, isBound } = await openRecord(store, { chainId, address }, key)
    const request = requestFor(options, envelope, address)
    if (!isBound && envelope !== null) {
      const intents = recordOf(envelope).attempts.filter((attempt) => isOpen(attempt) && attempt.raw === null)
      requireApproved(options, request, intents)
      await askForIntents(requestOf(envelope), intents, { ...options.settings, signal })
      await requireKnownCalls(intents, ports.chain, signal)
    }
    const wasFinished = envelope !== null && isFinished(envelope)
    const isNew =
      envelope !== null &&
      (['fund', 'credential'] as const).some(
        (name) => JSON.stringify(requestOf(envelope)[name]) !== JSON.stringify(request[name]),
      )
    const again = wasFinished && (isNew || options.mustCheckAgain === true || isAskedAgain(recordOf(envelope), options))
    if (wasFinished && !again) {
      const held = await heldIn(sinksOf(ports), recordOf(envelope).key)
      return resultOf(envelope, { wasFinished, held })
    }

    if (request.mintAs !== undefined && ports.minter === undefined) throw new MinterMissingError(request.mintAs)
    const redactor = options.redactor ?? createRedactor()
    const timeIn = (ms: number) => new Date(ports.clock.now() + ms).toISOString()
    const telling = { onEvent: options.onEvent ?? (() => {}), now: () => timeIn(0) }
    const { envelope: last } = await tellingEnd(telling, (onEvent) =>
      drive({
        effects: createEffects(ports, {
          redactor,
          settings: {
            ...options.settings,
            // The ledger belongs to this machine's lock. Another lock covers other machines.
            ...(options.lock === undefined && { ledger: openPaymentLedger({ chainId, address }) }),
            request,
            isBound,
            isOwnKey: ownKeysOf(envelope === null ? null : recordOf(envelope)),
          },
        }),
        host: fileHost(store, { clock: ports.clock, signal, onEvent, key }),
        envelope,
        again,
        input: {
          request,
          ...(options.waitForFundsMs && { fundsDeadline: timeIn(options.waitForFundsMs) }),
          mustProve: options.mustProve === true,
        },
        signal,
      }),
    )
    return resultOf(last, { wasFinished })
  } finally {
    await minterLock?.release()
    await lock.release()
  }
}

/** The recorded result is not enough for this call: missing money may have come, or a proof may now be requested. */
export const isAskedAgain = (
  { funding }: RunRecord,
  {
    mustBeFunded = false,
    mustProve = false,
    waitForFundsMs = 0,
    wanted: { fund = null, credential } = {},
  }: Pick<RunOptions, 'mustBeFunded' | 'mustProve' | 'waitForFundsMs' | 'wanted'>,
): boolean => {
  // If credit of the wallet is requested, a key that can spend is not enough.
  const byWallet = fund?.way === 'x402' || credential === 'wallet'
  const isPaidFor = funding !== null && canPay(funding, byWallet)
  const proof = (byWallet ? funding?.wallet?.proof : funding?.proof) ?? null
  return ((mustBeFunded || waitForFundsMs > 0 || fund !== null) && !isPaidFor) || (mustProve && proof === null)
}

/**
 * The request, with omitted parts taken from the run so far.
 *
 * @throws {RequestChangedError} a run is under way, or finished, with other options.
 * @throws {MintAsUnusableError}
 */
export function requestFor(
  options: Pick<RunOptions, 'wanted' | 'chainId' | 'ports'>,
  envelope: Envelope | null,
  address: Address,
): OnboardingRequest {
  const { wanted = {}, chainId, ports } = options
  const recorded = envelope && requestOf(envelope)
  requireExpiryAhead(wanted.key?.expiresAt, { recorded: recorded?.key.expiresAt, nowMs: ports.clock.now() })
  if (envelope !== null && recorded !== null) {
    const hasEnded = envelope.snapshot.status === 'done'
    const mayChange = (hasEnded && !isFinished(envelope)) || isUntouched(recordOf(envelope))
    const changes = changedFields(recorded, wanted, ports.minter?.address)
    const { attempts } = recordOf(envelope)
    const minter = ports.minter?.address ?? minterIn(recorded)
    // A run that signed for one wallet never continues for another.
    const isForAnother = attempts.some(
      ({ purpose, beneficiary = address }) => purpose === 'stake' && beneficiary.toLowerCase() !== minter.toLowerCase(),
    )
    if (changes.length > 0 && (!mayChange || isForAnother)) throw new RequestChangedError(changes)
  }
  const standing = standingRequest(envelope, options.wanted)
  const asked = withDefaults(wanted, standing)
  const mintAs = ports.minter?.address ?? asked.mintAs
  if (mintAs !== undefined && (asked.fund !== undefined || asked.credential !== undefined))
    throw new MintAsUnusableError('A wallet that another one mints for cannot pay for calls itself.')
  const runId = recorded?.runId ?? ports.clock.id(16)
  return { ...asked, ...(mintAs !== undefined && { mintAs }), runId, address, chainId }
}

/**
 * Asks the approver about the intents of a record without a seal, because no new plan is made for them.
 *
 * @throws {DeclinedError}
 */
async function askForIntents(
  request: OnboardingRequest,
  intents: readonly Attempt[],
  { approve, signal }: Partial<EffectSettings> & Asking,
): Promise<void> {
  if (approve === undefined || intents.length === 0) return
  if (!(await approve(await planOfIntents(request, intents), { signal }))) throw new DeclinedError()
}

/**
 * Nothing but its id keeps a wallet from making the same calls twice. Of a record without a seal, that id is believed only where
 * the wallet knows it. Asked before anything is saved, since what is saved has a seal.
 *
 * @throws {CallsUnboundError}
 */
async function requireKnownCalls(
  intents: readonly Attempt[],
  chain: Pick<Ports['chain'], 'whereabouts'>,
  signal: AbortSignal,
): Promise<void> {
  for (const intent of intents) {
    if (intent.batch?.via !== 'calls') continue
    const { status } = await chain.whereabouts(intent, signal)
    if (status === 'free') throw new CallsUnboundError(intent.batch.id)
  }
}

/**
 * A record without the seal of this wallet does not prove any approval. Its request must come from this process as
 * well, or a person must approve it.
 *
 * @throws {ApprovalUnboundError} nobody can be asked, and the record's request differs from that of this process.
 */
function requireApproved(
  { wanted = {}, settings = {} }: RunOptions,
  request: OnboardingRequest,
  intents: readonly Attempt[],
): void {
  if (settings.approve !== undefined) return
  // A digest covers what is planned from now on. Intents are carried out before that.
  if (settings.planDigest !== undefined && intents.length === 0) return
  const own = withDefaults(wanted, null)
  const differences = changedFields(request, {
    stakeAmount: BigInt(own.stakeAmount),
    key: own.key,
  })
  if (JSON.stringify(own.fund) !== JSON.stringify(request.fund) && request.fund !== undefined)
    differences.push(`fund: ${request.fund.way} in the run, not asked for`)
  if (differences.length > 0) throw new ApprovalUnboundError(differences)
}
