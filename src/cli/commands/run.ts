import type { ChainParts } from '../../compose/chain.ts'
import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { FundRequest } from '../../domain/fund.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Plan } from '../../domain/plan.ts'
import type { Redactor } from '../../domain/redact.ts'
import type { Asking, HeldInSink } from '../../driver/effects/io.ts'
import { sinksOf } from '../../driver/effects/sinks.ts'
import { isFinished, recordOf, requestOf } from '../../driver/envelope.ts'
import type { RunEvent } from '../../driver/events.ts'
import { type RunResult, resultOf } from '../../driver/result.ts'
import { SandboxEndedError, TraceFileError } from '../../errors/cli.ts'
import { ConfirmationNeededError } from '../../errors/policy.ts'
import { SinkHoldsAnotherKeyError } from '../../errors/sink.ts'
import { irreversibleSteps } from '../../operations/irreversible-steps.ts'
import { runOnboarding } from '../../operations/run-onboarding.ts'
import { connectSandbox } from '../../sandbox/background.ts'
import { lastSandboxWallet } from '../../sandbox/pointer.ts'
import { openMetricsFile } from '../../telemetry/metrics-file.ts'
import { openTraceFile, type TraceFile } from '../../telemetry/trace-file.ts'
import { isConfirmed } from '../confirm.ts'
import { anotherRun, anotherRunCommand, fundValue, LEAST_FUND } from '../ended-sandbox.ts'
import type { CliContext } from '../environment.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type * as Inspecting from '../inspecting.ts'
import { failureText, type Output } from '../output.ts'
import { placeIn } from '../place.ts'
import { createProgressView, type ProgressView } from '../progress.ts'
import { unusedProxies } from '../proxies.ts'
import { findRuns, readRun } from '../records.ts'
import { isApproved, type Request } from '../request.ts'
import { type Depth, paymentText, planText, resultText, sinksText } from '../result-text.ts'
import { pauseSignals } from '../signals.ts'
import { heldByPlace } from '../sinks.ts'
import { requireSponsorFlags } from '../sponsoring/flags.ts'
import { withCommand } from '../told.ts'
import { type Wiring, wire } from '../wiring.ts'

/** `run`: begins, continues, or reports on the run of this wallet. */
export async function run(
  request: Request,
  output: Output,
  context: CliContext,
  { command, fetch }: Pick<Invocation, 'command' | 'fetch'>,
): Promise<number> {
  requireSponsorFlags(request)
  const proxies = request.network === 'base' ? unusedProxies(context.env, process.versions) : null
  if (proxies !== null) output.note(proxies)
  return proceed({ request, output, context, command, fetch })
}

interface Invocation {
  request: Request
  output: Output
  context: CliContext
  command: string
  /** Asks the endpoints of Base. Default: that of this process. */
  fetch?: ChainParts['fetch']
  /** Checks again what a finished run found. Default false. */
  mustCheckAgain?: boolean
}

/** Continues the run of a wallet, or reports on a run whose sandbox has ended. @throws {SandboxEndedError} */
export async function proceed(invocation: Invocation): Promise<number> {
  const { request, output, context, command } = invocation
  const done = request.network === 'sandbox' ? await finishedInSandbox(request, context) : null
  if (done !== null) return finish(done.result, request, { output, isIdle: true, command, inAnother: done.next })
  if (request.isSponsored) {
    // Loaded only on demand.
    const { runWithSponsor } = await import('../sponsoring/sponsored.ts')
    return runWithSponsor(carryOn, invocation)
  }
  return carryOn(await wire(request, context, output, { fetch: invocation.fetch }), invocation)
}

/** Drives the run of a wallet until it ends or pauses, and shows it. */
export async function carryOn(
  { ports, stateDir, redactor, sandbox, endpoints }: Wiring,
  { request, output, context, command, mustCheckAgain = false }: Invocation,
): Promise<number> {
  const isSandbox = sandbox !== null
  const view = createProgressView({ output, context, isSandbox })
  const metrics = metricsOf(request, { address: ports.signer.address, output, view })
  const trace = traceOf(request, redactor)
  const pause = pauseSignals({ ...output, note: view.note }, request.timeoutMs)
  const watched = { stateDir, address: ports.signer.address, rpcUrls: endpoints.rpcUrls, isSandbox, command }
  let hasMoved = false
  const inspector = request.isInspected ? await inspectOwnRun(watched, output) : null
  try {
    const result = await runOnboarding({
      ports,
      chainId: BASE_CHAIN_ID,
      stateDir,
      redactor,
      wanted: request.wanted,
      settings: {
        budget: request.budget,
        confirmations: request.confirmations,
        ...(request.planDigest !== undefined && { planDigest: request.planDigest }),
        mayReplaceKey: request.mayReplaceKey,
        ...(!isApproved(request) && {
          approveReplacement: onceForEach((held, { signal }) => askToReplace(held, { output, view, signal })),
          approve: (plan, { signal }) =>
            ask(plan, {
              signal,
              output,
              view,
              sinks: sinksOf(ports).map(({ name }) => name),
              depth: { confirmations: request.confirmations, blockTimeMs: ports.chain.blockTimeMs },
            }),
          approvePayment: (payment, { signal }) => askToPay(payment, { output, view, signal }),
        }),
      },
      signal: pause.signal,
      ...(request.waitForFundsMs !== undefined && { waitForFundsMs: request.waitForFundsMs }),
      mustBeFunded: request.mustBeFunded,
      mustProve: request.mustProve,
      mustCheckAgain,
      onEvent(event) {
        hasMoved ||= event.type === 'transition'
        output.event(event)
        view.show(event)
        inspector?.onEvent(event)
        metrics(event)
        trace?.onEvent(event)
      },
    })
    view.end()
    inspector?.onResult(result)
    if (result.outcome === 'funded' || result.outcome === 'unfunded') await sandbox?.stop()
    const code = finish(result, request, { output, isIdle: result.wasFinished && !hasMoved, command })
    return pause.exitCode() ?? code
  } finally {
    view.end()
    pause.dispose()
    await inspector?.close()
    endTrace(trace, output)
  }
}

/** The time line that was asked for. @throws {TraceFileError} it cannot be written now. */
const traceOf = ({ traceFile }: Request, { scrub }: Redactor): TraceFile | null =>
  traceFile === undefined ? null : openTraceFile(traceFile, { scrub })

/** What became of the run counts, whatever becomes of its trace. */
function endTrace(trace: TraceFile | null, output: Output): void {
  try {
    trace?.end()
  } catch (error) {
    if (!(error instanceof TraceFileError)) throw error
    output.note(failureText(error, output))
  }
}

/** Writes the requested metrics file. @throws {MetricsFileError} it cannot be written now. */
function metricsOf(
  { metricsFile }: Request,
  { address, output, view }: { address: string; output: Output; view: ProgressView },
): (event: RunEvent) => void {
  if (metricsFile === undefined) return () => {}
  return openMetricsFile(metricsFile, {
    address,
    onFailure: (error) => void view.suspend(async () => output.note(failureText(error, output))),
  })
}

/** Reports, from disk, on a run whose sandbox has ended; `next` does what is wanted in another. @throws {SandboxEndedError} the caller wants more steps. */
async function finishedInSandbox(
  request: Request,
  context: CliContext,
): Promise<{ result: RunResult; next: ReturnType<typeof anotherRun> } | null> {
  const {
    wanted: { fund, credential = 'key' },
    mustProve,
    stateDir,
  } = request
  const address = lastSandboxWallet(stateDir)
  if (address === null || (await connectSandbox(stateDir)) !== null) return null
  const [stored] = await findRuns(stateDir, address).catch(() => [])
  if (stored === undefined) return null
  const envelope = await readRun(stored)
  if (!isFinished(envelope)) return null
  const recorded = requestOf(envelope)
  const held = await heldByPlace(request, context, { address, key: recordOf(envelope).key })
  const result = resultOf(envelope, { wasFinished: true, held })
  const isProven = (result.funding?.proof ?? result.funding?.wallet?.proof ?? null) !== null
  const wantsMore =
    (recorded.credential ?? 'key') !== credential ||
    (fund != null && !isSameFund(fund, recorded.fund)) ||
    (mustProve && !isProven)
  const next = anotherRun(address, {
    ...(credential === 'wallet' && { credential }),
    fund: fund != null ? fundValue(fund) : LEAST_FUND[credential],
    ...(mustProve && { prove: mustProve }),
  })
  if (wantsMore) throw new SandboxEndedError({ next })
  return { result, next }
}

const ENDED =
  'The sandbox of this run has ended, so nothing more can be paid there. This archives the run and begins another.'

const isSameFund = (fund: FundRequest, recorded: FundRequest | undefined): boolean =>
  fund.way === recorded?.way && fund.amount === recorded.amount

/** How a person is asked about something. */
interface Asked {
  output: Output
  view: ProgressView
  /** Aborts when the run is paused. */
  signal: AbortSignal
}

async function ask(
  plan: Plan,
  { output, view, signal, sinks, depth }: Asked & { sinks: readonly string[]; depth: Depth },
): Promise<boolean> {
  if (!output.mayAsk) throw new ConfirmationNeededError(plan.digest)
  return view.suspend(async () => {
    // DIEM is planned once there is a key.
    const hasKey = plan.fund?.diem != null
    const text = planText(plan, irreversibleSteps(plan.fund), { ...output, hasKey, depth })
    output.note(hasKey ? `${text}\n` : `${text}\n${sinksText(sinks)}\n`)
    return isConfirmed('Sign and send?', signal)
  })
}

/** A sink is probed before anything is spent, and again before the mint: one answer is enough. */
function onceForEach(
  asking: (held: HeldInSink, io: Asking) => Promise<boolean>,
): (held: HeldInSink, io: Asking) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>()
  return (held, io) => {
    const known = JSON.stringify(held)
    const answer = answers.get(known) ?? asking(held, io)
    answers.set(known, answer)
    return answer
  }
}

async function askToReplace(held: HeldInSink, { output, view, signal }: Asked): Promise<boolean> {
  if (!output.mayAsk) return false
  return view.suspend(async () => {
    output.note(`${new SinkHoldsAnotherKeyError(held).message}\n`)
    return isConfirmed('Replace it?', signal)
  })
}

async function askToPay(payment: Payment, { output, view, signal }: Asked): Promise<boolean> {
  if (!output.mayAsk) throw new ConfirmationNeededError()
  return view.suspend(async () => {
    output.note(`${paymentText(payment, output)}\n`)
    return isConfirmed('Sign and pay?', signal)
  })
}

function finish(
  result: RunResult,
  { network, mustBeFunded }: Request,
  {
    output,
    isIdle,
    command,
    inAnother,
  }: { output: Output; isIdle: boolean; command: string; inAnother?: ReturnType<typeof anotherRun> },
): number {
  const told = withCommand(result, command)
  const shown =
    inAnother !== undefined && result.outcome === 'unfunded'
      ? {
          ...told,
          nextAction: { command: anotherRunCommand(inAnother, placeIn(command)), ...inAnother[0], reason: ENDED },
        }
      : told
  output.result(shown, resultText(shown, output, { isSandbox: network === 'sandbox', isIdle }))
  // The key is stored, and may have other rights than the caller expects.
  if (result.key?.isAsAsked === false) return EXIT_CODES.rejected
  switch (result.outcome) {
    case 'funded':
      return 0
    case 'unfunded':
      return mustBeFunded ? EXIT_CODES.funds : 0
    case 'paused':
      return EXIT_CODES.waiting
    case 'failed':
      return EXIT_CODES[result.failure?.exit ?? 'unexpected']
  }
}

/** The page and its server are loaded only on demand. */
const inspectOwnRun: typeof Inspecting.inspectOwnRun = async (watched, output) => {
  const { inspectOwnRun } = await import('../inspecting.ts')
  return inspectOwnRun(watched, output)
}
