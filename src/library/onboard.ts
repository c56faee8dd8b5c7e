import { allInWords, PLAIN_WORDS } from '../domain/next-action.ts'
import type { RunResult } from '../driver/result.ts'
import { controlled, type RunHandle } from '../operations/create-run.ts'
import { type RunOptions, runOnboarding } from '../operations/run-onboarding.ts'
import { sponsoredPorts } from '../operations/sponsored-run.ts'
import { logEvents } from './log-events.ts'
import { openWallet } from './open-wallet.ts'
import { type OnboardOptions, settingsFrom, wantedFrom } from './options.ts'
import { requireOnboardOptions } from './strict-options.ts'

/**
 * Takes a wallet from VVV to a stored API key, or goes on where an earlier call was cut short. The call is the approval:
 * what it may spend is said by `stake`, `budget`, `planDigest` and `approve`.
 *
 * Side effects: at most two transactions, one key, files under `stateDir`; with `fund`, those of the lock and the stake of
 * DIEM or one payment of USDC; with `prove`, one paid call. Each at most once, however often this is called and wherever it
 * is killed.
 *
 * @returns also for a run that failed: `outcome`, `failure` and `nextAction` tell.
 * @throws {UsageError} {UnknownSinkError} {BadPrivateKeyError} the options are wrong; nothing was done.
 * @throws {LockedError} {RequestChangedError} {StoreCorruptError} and the other classes of `runOnboarding`.
 */
export async function onboard(options: OnboardOptions): Promise<RunResult> {
  const { run, given } = await opened(options)
  return run(given)
}

/** A program reads sentences as text; what is next it has as data, too. */
const told = async (options: RunOptions): Promise<RunResult> => allInWords(await runOnboarding(options), PLAIN_WORDS)

/**
 * As `onboard`, with a hold on the run: its events, pause and resume, where it stands, and how it ends. It has begun when
 * this resolves.
 *
 * @throws {UsageError} {UnknownSinkError} {BadPrivateKeyError} the options are wrong; nothing was done.
 */
export async function createRun(options: OnboardOptions): Promise<RunHandle> {
  const { run, given } = await opened(options)
  return controlled((more) => run({ ...given, ...more }), given)
}

/** What is opened once, and `run`, which begins or resumes. */
async function opened(
  options: OnboardOptions,
): Promise<{ run: (given: RunOptions) => Promise<RunResult>; given: RunOptions }> {
  requireOnboardOptions(options)
  const { waitForFundsMs, mustBeFunded, prove, signal, onEvent, logger } = options
  const [wanted, settings] = [wantedFrom(options), settingsFrom(options)]
  let signalNow = signal ?? new AbortController().signal
  const { ports, ...wallet } = await openWallet(options, () => signalNow)
  const log = logger && logEvents(logger, wallet.redactor)
  const given: RunOptions = {
    ...wallet,
    ports: options.sponsored === true ? sponsoredPorts(ports) : ports,
    wanted,
    settings,
    ...(waitForFundsMs !== undefined && { waitForFundsMs }),
    ...(mustBeFunded !== undefined && { mustBeFunded }),
    ...(prove !== undefined && { mustProve: prove }),
    ...(signal !== undefined && { signal }),
    onEvent(event) {
      log?.(event)
      onEvent?.(event)
    },
  }
  const run = (more: RunOptions) => {
    signalNow = more.signal ?? signalNow
    return told(more)
  }
  return { run, given }
}
