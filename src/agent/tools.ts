import { parseAmount } from '../domain/amounts.ts'
import { nextEpochAt } from '../domain/epoch.ts'
import { type FundRequest, fundRequest } from '../domain/fund.ts'
import { fundingOptions, LEAST_DIEM } from '../domain/funding-options.ts'
import type { KeyRequest } from '../domain/key.ts'
import { inWords } from '../domain/next-action.ts'
import { createRedactor } from '../domain/redact.ts'
import type { CredentialKind } from '../domain/request.ts'
import { recordOf, requestOf } from '../driver/envelope.ts'
import type { RunEvent } from '../driver/events.ts'
import { UsageError } from '../errors/cli.ts'
import { type Approvals, createApprovals, type Question } from '../library/approval.ts'
import { openWallet } from '../library/open-wallet.ts'
import { settingsFrom, type ToolOptions } from '../library/options.ts'
import { requireToolOptions } from '../library/strict-options.ts'
import { checkAll } from '../operations/checks.ts'
import type { PlannedRun } from '../operations/plan-run.ts'
import { type Wanted, withDefaults } from '../operations/wanted.ts'
import { planAnswer, runAnswer } from './answers.ts'
import { keyTools } from './key-tools.ts'
import * as schemas from './schemas.ts'
import { createSession, type Session, type SessionWallet } from './session.ts'
import { defineTool, type Tool, type ToolIo } from './tool.ts'
import { TOOL_WORDS } from './words.ts'

/** The tools of one wallet, and the end of their use. */
export interface Toolkit {
  tools: readonly Tool[]
  /** Pauses the run that they began, if any, and waits until that is recorded. `venice_resume` continues it. */
  pause(): Promise<void>
  /** The same, and no question to the person stays open. */
  close(): Promise<void>
}

/**
 * The tools by which an agent takes one wallet to its key. The host fixes wallet, endpoints, budget and sink; a model can
 * neither name nor see them. What runs goes on between calls, and is on disk. What spends needs a cap in `budget` and a yes
 * of the host's: `confirm`, `planDigest`, `autoApprove`, `approve`, or the dialogue of an adapter. A model has no say in it.
 *
 * Side effects: none until a tool is called; see the annotations.
 *
 * @throws {UsageError} an option does not exist, or is not of its kind.
 */
export function createTools(options: ToolOptions): Toolkit {
  requireToolOptions(options)
  const { allowAdminKeys = false, autoApprove = false, approve, confirm } = options
  const eachSignature = approve !== undefined
  const permissions = { allowAdminKeys, approvesAny: autoApprove || (eachSignature && confirm === undefined) }
  const { budget, confirmations, replaceKey } = options
  const limits = {
    ...(budget && { budget }),
    ...(confirmations !== undefined && { confirmations }),
    ...(replaceKey !== undefined && { replaceKey }),
  }
  const open = async () => ({ ...(await openWallet(options)), settings: settingsFrom(limits), permissions })
  return toolsOver(open, createApprovals(options, { eachSignature }))
}

const READS = { readOnly: true, destructive: false, idempotent: true } as const
const SPENDS = { readOnly: false, destructive: true, idempotent: true } as const
const MENDED = {
  'policy/plan-changed': 'venice_plan',
  'policy/plan-not-shown': 'venice_plan',
  'run/none': 'venice_plan',
}

/** As `createTools`, over a wallet that `open` opens when a tool needs it first. */
export function toolsOver(open: () => Promise<SessionWallet>, approvals: Approvals): Toolkit {
  // Of what is known before there is a wallet; its own is asked as well once it is open.
  const redactors = [createRedactor()]
  const session = createSession(async () => {
    const wallet = await open()
    redactors.push(wallet.redactor)
    return wallet
  }, approvals.known)
  const scrub = (text: string) => redactors.reduce((scrubbed, redactor) => redactor.scrub(scrubbed), text)
  const dependencies = { scrub, approvals }

  /** The plan in words, for the person. */
  async function asked(tool: string, planned: PlannedRun | null): Promise<Question | null> {
    if (planned === null) return null
    const { planDigest, summary, irreversible } = planAnswer(planned, await session.wallet()).data
    return { id: planDigest, tool, message: [summary, ...irreversible, 'Sign and send?'].join(' '), planDigest }
  }

  const tools = [
    defineTool(
      {
        name: 'venice_plan',
        title: 'Plan the onboarding',
        description:
          'Shows what venice_start would do for this wallet: transactions, costs, irreversible steps. Signs nothing. Returns the planDigest and the summary for venice_start; show the summary to the person first.',
        annotations: READS,
        input: schemas.requestInput,
        output: schemas.planOutput,
        run: async (args) => {
          const answer = planAnswer(await session.planFor(wantedOf(args)), await session.wallet())
          approvals.noteShown(answer.data.planDigest, answer.data.summary)
          return answer
        },
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_start',
        title: 'Start the onboarding',
        description:
          "Starts the run that stakes VVV and mints the wallet's Venice API key. Returns at once with a runId, or after waitSeconds; the run continues by itself while the host runs. The host asks its person first: give the planDigest and the summary of venice_plan, so that they see what they agree to. The key is stored where the operator chose, and is never shown. Safe to repeat.",
        annotations: SPENDS,
        input: schemas.startInput,
        output: schemas.runOutput,
        mendedBy: MENDED,
        ask: async (args) => asked('venice_start', await session.askedToStart(wantedOf(args))),
        run: (args, io) =>
          holding(session, { ...io, waitSeconds: args.waitSeconds }, () =>
            session.start(wantedOf(args), io.question?.planDigest ?? null),
          ),
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_status',
        title: 'Status of the onboarding',
        description:
          'Shows the run of this wallet: state, transactions, where the key is, whether the key can spend, and the next action. With waitSeconds it waits for a change. Call it again until phase is idle.',
        annotations: READS,
        input: schemas.statusInput,
        output: schemas.runOutput,
        mendedBy: MENDED,
        run: (args, io) => status(session, args, io),
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_resume',
        title: 'Resume the onboarding',
        description:
          'Resumes a run that was paused, has failed, or waits for funds, once the cause is fixed. Does nothing twice.',
        annotations: SPENDS,
        input: schemas.resumeInput,
        output: schemas.runOutput,
        mendedBy: MENDED,
        ask: async () => asked('venice_resume', await session.askedToResume()),
        run: (args, io) =>
          holding(session, { ...io, waitSeconds: args.waitSeconds }, () =>
            session.resume(io.question?.planDigest ?? null),
          ),
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_doctor',
        title: 'Check every precondition',
        description:
          'Checks RPC, contracts, balances, clock, the key sink, and the key itself. Gives the fix for each failure. Signs nothing.',
        annotations: READS,
        input: schemas.nothing,
        output: schemas.doctorOutput,
        run: async () => ({ data: await doctor(session, scrub) }),
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_fund_options',
        title: 'Ways to fund the key',
        description:
          'Lists every funding method for the key and the wallet, with its current price and who can use it. Signs nothing.',
        annotations: READS,
        input: schemas.nothing,
        output: schemas.fundOptionsOutput,
        run: async () => ({ data: await fundingMethods(session) }),
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_fund',
        title: 'Fund the key or the wallet',
        description:
          'Pays with a method that a program can use: locks sVVV for DIEM, or tops up x402 credit with USDC. The host asks its person first: give the planDigest and the summary of venice_plan with the same fundWith and fundAmount. Returns at once; see venice_status.',
        annotations: SPENDS,
        input: schemas.fundInput,
        output: schemas.runOutput,
        mendedBy: MENDED,
        ask: async ({ way, amount }) => asked('venice_fund', await session.askedToStart({ fund: fundOf(way, amount) })),
        run: ({ way, amount }, io) =>
          holding(session, io, () => session.start({ fund: fundOf(way, amount) }, io.question?.planDigest ?? null)),
      },
      dependencies,
    ),
    ...keyTools(session, dependencies),
  ]
  return {
    tools,
    pause: () => session.pause(),
    close() {
      approvals.close()
      return session.pause()
    },
  }
}

/** A call that is cancelled takes what it has begun to a pause. */
async function holding(
  session: Session,
  { signal, onProgress, waitSeconds = 0 }: ToolIo & { waitSeconds?: number | undefined },
  begin: () => ReturnType<Session['start']>,
): Promise<ReturnType<typeof runAnswer>> {
  signal?.throwIfAborted()
  const pause = () => void session.pause()
  signal?.addEventListener('abort', pause, { once: true })
  try {
    const view = await begin()
    const ending = within(waitSeconds, signal)
    while (waitSeconds > 0 && (await session.view()).phase === 'running' && !ending.aborted)
      await session.changed(ending, (event) => onProgress?.(wordsOf(event)))
    // What began after the call was cancelled is paused as well.
    if (signal?.aborted) await session.pause()
    return runAnswer(waitSeconds > 0 ? await session.view() : view)
  } finally {
    signal?.removeEventListener('abort', pause)
  }
}

async function status(
  session: Session,
  {
    runId,
    sinceRevision,
    waitSeconds = 0,
  }: { runId?: string | undefined; sinceRevision?: number | undefined; waitSeconds?: number | undefined },
  { signal, onProgress }: ToolIo,
) {
  const before = await session.view(runId)
  if (waitSeconds === 0 || before.revision > (sinceRevision ?? before.revision)) return runAnswer(before)
  await session.changed(within(waitSeconds, signal), (event) => onProgress?.(wordsOf(event)))
  return runAnswer(await session.view(runId))
}

function within(seconds: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(seconds * 1_000)
  return signal === undefined ? timeout : AbortSignal.any([timeout, signal])
}

function wordsOf(event: RunEvent): string {
  switch (event.type) {
    case 'transition':
      return `now in ${event.to}`
    case 'resumed':
      return `resumes in ${event.state}`
    case 'progress':
      return `waits for ${event.awaits}`
    case 'stopped':
      return `stops in ${event.state}`
  }
}

interface RequestArgs {
  stake?: string | undefined
  keyType?: KeyRequest['type'] | undefined
  description?: string | undefined
  expiresAt?: string | undefined
  limitUsd?: number | undefined
  limitDiem?: number | undefined
  limitPeriod?: KeyRequest['limitPeriod'] | undefined
  modelPrivacy?: KeyRequest['modelPrivacy'] | undefined
  credential?: CredentialKind | undefined
  fundWith?: FundRequest['way'] | 'none' | undefined
  fundAmount?: string | undefined
}

/** @throws {UsageError} a funding method without its amount, the reverse, or a stake of 0. */
function wantedOf({ stake, keyType, limitUsd, limitDiem, fundWith, fundAmount, ...args }: RequestArgs): Wanted {
  const stakeAmount = stake === undefined ? undefined : parseAmount(stake)
  if (stakeAmount === 0n)
    throw new UsageError('The stake is 0.', 'Give an amount above 0: any is enough to mint a key.')
  const hasAmount = fundAmount !== undefined
  if ((fundWith === 'diem' || fundWith === 'x402') !== hasAmount) {
    throw new UsageError('fundWith and fundAmount do not fit.', 'Give both, or neither; with fundWith none, no amount.')
  }
  const limit = {
    ...(limitUsd !== undefined && { usd: limitUsd }),
    ...(limitDiem !== undefined && { diem: limitDiem }),
  }
  const key: Partial<KeyRequest> = {
    ...(keyType !== undefined && { type: keyType }),
    ...(args.description !== undefined && { description: args.description }),
    ...(args.expiresAt !== undefined && { expiresAt: args.expiresAt }),
    ...(Object.keys(limit).length > 0 && { consumptionLimit: limit }),
    ...(args.limitPeriod !== undefined && { limitPeriod: args.limitPeriod }),
    ...(args.modelPrivacy !== undefined && { modelPrivacy: args.modelPrivacy }),
  }
  return {
    ...(stakeAmount !== undefined && stakeAmount !== null && { stakeAmount }),
    key,
    ...(args.credential !== undefined && { credential: args.credential }),
    ...(fundWith === 'none' && { fund: null }),
    ...(fundWith !== undefined && fundWith !== 'none' && hasAmount && { fund: fundOf(fundWith, fundAmount) }),
  }
}

/** @throws {UsageError} */
function fundOf(way: FundRequest['way'], amount: string): FundRequest {
  const fund = fundRequest(way, amount)
  if (fund === null) throw new UsageError(`${amount} is not an amount to fund.`, 'Give one above 0.')
  return fund
}

async function doctor(session: Session, scrub: (text: string) => string) {
  const { ports } = await session.wallet()
  const envelope = await session.recorded()
  const { stakeAmount, key } = withDefaults({}, envelope && requestOf(envelope))
  const checks = await checkAll(ports, {
    stakeAmount: BigInt(stakeAmount),
    record: envelope && recordOf(envelope),
    request: key,
    scrub,
  })
  const shown = checks.map(({ detail, fix, ...check }) => ({
    ...check,
    detail: inWords(detail, TOOL_WORDS),
    fix: fix && inWords(fix, TOOL_WORDS),
  }))
  return { healthy: checks.every((check) => check.status !== 'fail'), checks: shown }
}

async function fundingMethods(session: Session) {
  const { ports } = await session.wallet()
  const { address } = ports.signer
  const quotes = await ports.chain.fundingQuotes({ address, diem: LEAST_DIEM })
  const options = fundingOptions(quotes, nextEpochAt(ports.clock.now())).map(
    ({ costNow, links, steps, ...option }) => ({
      ...option,
      cost: costNow && `${costNow.amount} ${costNow.unit}`,
      links: [...links],
      steps: [...steps],
    }),
  )
  return { address, options }
}
