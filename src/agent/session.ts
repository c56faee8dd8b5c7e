import { unminedAttempts } from '../domain/budget.ts'
import type { Plan } from '../domain/plan.ts'
import type { EffectSettings } from '../driver/effects/io.ts'
import { type Envelope, isFinished, recordOf, requestOf } from '../driver/envelope.ts'
import type { RunEvent } from '../driver/events.ts'
import { type RunResult, resultOf } from '../driver/result.ts'
import { ApprovalNeededError } from '../errors/policy.ts'
import { NoRunError, RequestChangedError } from '../errors/run.ts'
import { LockedError } from '../errors/store.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import { isHeld, placeOf } from '../hosts/file/run-place.ts'
import type { OpenWallet } from '../library/open-wallet.ts'
import { controlled, type RunHandle, type RunStatus } from '../operations/create-run.ts'
import { type PlannedRun, planRun } from '../operations/plan-run.ts'
import { type RotateOptions, rotateKey } from '../operations/rotate-key.ts'
import { runOnboarding } from '../operations/run-onboarding.ts'
import { changedFields, type Wanted } from '../operations/wanted.ts'
import { type Permissions, requirePermission, requireStakeWithin, spendingOf } from './permission.ts'

/** A wallet, and what this process may do with it. */
export interface SessionWallet extends OpenWallet {
  settings: Partial<Pick<EffectSettings, 'budget' | 'confirmations' | 'mayReplaceKey'>>
  permissions: Permissions
}

/** How a run stands, whoever drives it. */
export interface RunView {
  result: RunResult
  revision: number
  /** running: by this process. elsewhere: another process holds the wallet. idle: nobody does. */
  phase: 'running' | 'elsewhere' | 'idle'
  /** What a run of this process waits for: `signer` is the wallet, or a person who is asked. Null where it is not told. */
  awaits: RunStatus['awaits']
}

/** One wallet as tools use it: opened once, with at most one run of its own under way. */
export interface Session {
  wallet(): Promise<SessionWallet>
  planFor(wanted: Wanted): Promise<PlannedRun>
  /**
   * What `start` would do that needs a yes, or null.
   *
   * @throws {BudgetNeededError} {BudgetExceededError} {AdminKeyNotAllowedError} the host does not allow it. {LockedError}
   */
  askedToStart(wanted: Wanted): Promise<PlannedRun | null>
  /** The same for `resume`. */
  askedToResume(): Promise<PlannedRun | null>
  /**
   * Begins the run of the wallet, or another pass of it, and returns when its record is on disk. Signs nothing that spends
   * but what `approved` is.
   *
   * @param approved - digest of the plan of `askedToStart`, which has a yes.
   */
  start(wanted: Wanted, approved: string | null): Promise<RunView>
  /** Continues the recorded run. Signs nothing new that spends, unless it was approved in this process. */
  resume(approved: string | null): Promise<RunView>
  /** Throws where the host does not allow what a tool wants. */
  requireAllowed(wanted: { adminKey?: boolean; paidCall?: boolean }): Promise<void>
  /** As `start`, for a new key in the place of the run's own. */
  rotate(options: Pick<RotateOptions, 'key' | 'mustProve' | 'adminSigner'>): Promise<RunView>
  /** @throws {NoRunError}, and what ended the last run of this process. */
  view(runId?: string): Promise<RunView>
  /** Resolves with the next step or the end of this process's run; at once when there is none. */
  changed(signal: AbortSignal, onEvent: (event: RunEvent) => void): Promise<void>
  /** The recorded run, or null. */
  recorded(): Promise<Envelope | null>
  /** Pauses this process's run, and waits for that. Safe to repeat. */
  pause(): Promise<void>
}

const HOW_TO_APPROVE = 'Call venice_start or venice_fund again: the host is then asked to approve the current plan.'

/** @param known - digests of plans that the host has seen. */
export function createSession(open: () => Promise<SessionWallet>, known: readonly string[] = []): Session {
  let opening: Promise<SessionWallet> | undefined
  let job: RunHandle | null = null
  /** Plans that a yes was asked for, by digest. */
  const asked = new Map<string, Plan>()
  const approved = new Set<string>()
  /** Digests of plans that somebody has seen: the same plan keeps its own, though fees move. */
  const shown = new Set(known)
  const approvedFunds = new Set<string>()
  const listeners = new Set<(event: RunEvent | null) => void>()

  /** A wallet that could not be opened may be another time. */
  const wallet = (): Promise<SessionWallet> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  const recorded = async () => recordedRun(placeOf(await wallet()))
  const isRunning = () => /^(running|pausing)$/.test(job?.status().phase ?? '')

  async function planFor(wanted: Wanted | undefined): Promise<PlannedRun> {
    const { ports, chainId } = await wallet()
    const of = { chain: ports.chain, address: ports.signer.address, mintAs: ports.minter?.address, chainId }
    const planned = await planRun(of, wanted, await recorded(), shown)
    shown.add(planned.plan.digest)
    return planned
  }

  /** What is signed was shown before: by its digest, whatever the machine comes to plan. */
  const approving = ({ approvesAny }: Permissions): Partial<EffectSettings> => ({
    approvedDigests: () => [...approved],
    approve: async ({ digest }) => {
      if (approvesAny || approved.has(digest)) return true
      throw new ApprovalNeededError('The plan', HOW_TO_APPROVE)
    },
    approvePayment: async () => {
      if (approvesAny) return true
      const envelope = await recorded()
      if (envelope !== null && approvedFunds.has(JSON.stringify(requestOf(envelope).fund))) return true
      throw new ApprovalNeededError('The payment', HOW_TO_APPROVE)
    },
  })

  function note(digest: string): void {
    const fund = asked.get(digest)?.fund ?? null
    approved.add(digest)
    if (fund !== null) approvedFunds.add(JSON.stringify({ way: fund.way, amount: fund.amount }))
  }

  async function needsApproval({ fund }: Wanted): Promise<boolean> {
    if (isRunning()) return false
    const envelope = await recorded()
    return envelope === null || !isFinished(envelope) || fund !== undefined
  }

  /** The plan of `wanted`, or of what is recorded, if the host allows it. */
  async function permitted(wanted: Wanted | undefined): Promise<PlannedRun> {
    const opened = await wallet()
    const place = placeOf(opened)
    if (await isHeld(place)) throw new LockedError(place)
    const planned = await planFor(wanted)
    const { plan } = planned
    const envelope = await recorded()
    const mintsAdmin = plan.key.type === 'ADMIN' && (envelope === null || recordOf(envelope).key === null)
    requirePermission({ ...spendingOf(plan), adminKey: mintsAdmin }, opened)
    // Signed bytes go out as they are, whatever the cap is by now.
    const attempts = envelope === null ? [] : recordOf(envelope).attempts
    if (unminedAttempts(attempts).length === 0) requireStakeWithin(plan, opened.settings.budget)
    asked.set(plan.digest, plan)
    return planned
  }

  async function begin(run: (given: Parameters<Parameters<typeof controlled>[0]>[0]) => Promise<RunResult>) {
    const tell = (event: RunEvent | null) => {
      for (const listener of listeners) listener(event)
    }
    job = controlled(run, { onEvent: tell })
    const begun = job
    const ended = begun.result.then(
      () => tell(null),
      () => tell(null),
    )
    // The record is on disk with its first event.
    await Promise.race([ended, firstEvent(begun)])
    return view()
  }

  /** What ended the last run other than by its own failure is told once; after that, what is on disk counts. */
  async function tellEnd(): Promise<void> {
    const ended = job
    job = null
    if (ended?.status().phase === 'ended') await ended.result
  }

  async function view(runId?: string): Promise<RunView> {
    const place = placeOf(await wallet())
    if (!isRunning()) await tellEnd()
    const envelope = await recorded()
    if (envelope === null) throw new NoRunError(place.stateDir)
    if (runId !== undefined && envelope.runId !== runId) throw new NoRunError(`${place.stateDir} with the id ${runId}`)
    const phase = isRunning() ? 'running' : (await isHeld(place)) ? 'elsewhere' : 'idle'
    return { result: resultOf(envelope), revision: envelope.revision, phase, awaits: job?.status().awaits ?? null }
  }

  return {
    wallet,
    planFor,
    recorded,
    view,
    askedToStart: async (wanted) => ((await needsApproval(wanted)) ? permitted(wanted) : null),
    async askedToResume() {
      if (isRunning() || (await recorded()) === null) return null
      const planned = await permitted(undefined)
      const { transactions, fund } = planned.plan
      return transactions.length > 0 || fund !== null ? planned : null
    },
    async requireAllowed(wanted) {
      requirePermission(wanted, await wallet())
    },
    async start(wanted, digest) {
      const { settings, permissions, ...options } = await wallet()
      if (isRunning()) {
        const envelope = await recorded()
        const changes = envelope === null ? [] : changedFields(requestOf(envelope), wanted)
        if (changes.length > 0) throw new RequestChangedError(changes)
        return view()
      }
      if (await needsApproval(wanted)) {
        if (digest === null) throw new ApprovalNeededError('The plan', HOW_TO_APPROVE)
        note(digest)
      }
      return begin((given) =>
        runOnboarding({
          ...options,
          ...given,
          wanted,
          settings: { ...settings, ...approving(permissions) },
        }),
      )
    },
    async resume(digest) {
      const { settings, permissions, ...options } = await wallet()
      if (isRunning()) return view()
      if ((await recorded()) === null) throw new NoRunError(options.stateDir)
      if (digest !== null) note(digest)
      return begin((given) =>
        runOnboarding({
          ...options,
          ...given,
          settings: { ...settings, ...approving(permissions) },
          mustBeFunded: true,
        }),
      )
    },
    async rotate(given) {
      const { settings, permissions: _, ...options } = await wallet()
      if (isRunning()) return view()
      return begin(async (hold) => {
        const { result } = await rotateKey({ ...options, ...hold, ...given, settings })
        return result
      })
    },
    async changed(signal, onEvent) {
      if (!isRunning() || signal.aborted) return
      await new Promise<void>((resolve) => {
        const listener = (event: RunEvent | null) => {
          if (event !== null) onEvent(event)
          if (event === null || event.type === 'transition') done()
        }
        const done = () => {
          listeners.delete(listener)
          signal.removeEventListener('abort', done)
          resolve()
        }
        listeners.add(listener)
        signal.addEventListener('abort', done, { once: true })
      })
    },
    async pause() {
      await job?.pause().catch(() => {})
    },
  }
}

async function firstEvent({ events }: RunHandle): Promise<void> {
  try {
    for await (const _ of events) return
  } catch {
    // What ends a run before its first event is told by its result.
  }
}
