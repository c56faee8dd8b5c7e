import type { OnboardingInput } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { isOpen } from '../domain/attempt.ts'
import { type Actors, createActors } from '../driver/actors.ts'
import { createEffects } from '../driver/effects/create.ts'
import type { Effects, Progress } from '../driver/effects/io.ts'
import { recordOf } from '../driver/envelope.ts'
import { RunInFlightError } from '../errors/run.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import { lockRun, placeOf } from '../hosts/file/run-place.ts'
import { requireExpiryAhead, withDefaults } from '../operations/wanted.ts'
import { requireNoSponsoring } from '../sponsoring/treasury-lock.ts'
import { openWallet } from './open-wallet.ts'
import { type MachineOptions, settingsFrom, wantedFrom } from './options.ts'
import { requireMachineOptions } from './strict-options.ts'

export interface MachineParts {
  /** `onboardingMachine` with `actors`, ready to be invoked. */
  machine: typeof onboardingMachine
  /** For `onboardingMachine.provide({ actors })`, where some are to be other ones. */
  actors: Actors
  /** For the `input` of `machine`. */
  input: OnboardingInput
  effects: Effects
  /** Gives up the lock of the wallet. Call it once the machine has ended. Safe to repeat. */
  release(): Promise<void>
}

/**
 * The parts to run `onboardingMachine` within a machine of one's own. Such a run is not on disk: a process that is killed
 * forgets it, and the chain and the sink are all that keep the next from doing things twice. Where that matters, invoke
 * `onboard` as a promise instead.
 *
 * Side effects: takes the lock of the wallet, as every run does, until `release` or the end of the process.
 *
 * @param onProgress - what an actor waits for; send it on to the parent.
 * @throws {UsageError} {UnknownSinkError} {BadPrivateKeyError} the options are wrong; nothing was done.
 * @throws {LockedError} another run has this wallet.
 * @throws {RunInFlightError} a recorded run of this wallet has sent what may still be mined: finish it with `onboard`.
 */
export async function createMachineParts(
  options: MachineOptions,
  onProgress: (progress: Progress) => void = () => {},
): Promise<MachineParts> {
  requireMachineOptions(options)
  const [wanted, settings] = [wantedFrom(options), settingsFrom(options)]
  const opened = await openWallet(options)
  const { ports, redactor, chainId } = opened
  const { address } = ports.signer
  const place = placeOf(opened)
  requireExpiryAhead(wanted.key?.expiresAt, { recorded: undefined, nowMs: ports.clock.now() })
  const lock = await lockRun(place)
  try {
    await requireNothingInFlight(place)
  } catch (error) {
    await lock.release()
    throw error
  }
  const effects = createEffects(ports, { settings, redactor })
  const request = {
    ...withDefaults(wanted, null),
    ...(ports.minter && { mintAs: ports.minter.address }),
    runId: ports.clock.id(16),
    address,
    chainId,
  }
  const actors = createActors(effects, onProgress)
  let released: Promise<void> | undefined
  return {
    machine: onboardingMachine.provide({ actors }),
    actors,
    input: { request },
    effects,
    release() {
      released ??= lock.release()
      return released
    },
  }
}

/** A machine that knows nothing of what was sent would send it again. */
async function requireNothingInFlight(place: Parameters<typeof recordedRun>[0]): Promise<void> {
  await requireNoSponsoring(place)
  const envelope = await recordedRun(place)
  const hashes =
    envelope === null
      ? []
      : recordOf(envelope)
          .attempts.filter(isOpen)
          .map(({ hash }) => hash)
  if (hashes.length > 0) throw new RunInFlightError(hashes)
}
