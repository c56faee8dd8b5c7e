import {
  ApprovalNeededError,
  DeclinedError,
  NotAnsweredError,
  PlanChangedError,
  PlanNotShownError,
} from '../errors/policy.ts'

/** What a person is asked before a tool signs what spends, or replaces or deletes a key. */
export interface Question {
  /** Names what is asked about: another id is another question. */
  id: string
  /** Name of the tool. */
  tool: string
  /** In sentences, for the person. Holds no secret, and nothing that a model wrote but the name of a key. */
  message: string
  /** Of the plan that is asked about; null where a key is replaced or deleted. */
  planDigest: string | null
}

/**
 * Asks the person of the host. A rejection is a no. `signal` aborts when the call was cancelled or the toolkit is closed.
 */
export type Confirm = (question: Question, io: { signal: AbortSignal }) => boolean | Promise<boolean>

/** Who says yes for the person. None of it can be said by a model. */
export interface ApprovalOptions {
  /** Asked before a tool spends, or replaces or deletes a key. */
  confirm?: Confirm
  /** A plan that was approved before, by its digest, e.g. of `venice-onboard plan`. */
  planDigest?: string
  /** Nobody is asked; the budget alone decides. Default false. */
  autoApprove?: boolean
  /** Milliseconds to wait for an answer of `confirm`. The question stays open after that. Default 300,000. */
  questionTimeoutMs?: number
}

/** How a host of tools says that its person agreed. A model cannot give it: it is no argument of a tool. */
export interface HostApproval {
  /** The `id` of the question that was answered with yes. */
  question?: string
  /** The host showed its person this very call, with its arguments, and they agreed. */
  call?: boolean
}

/** What the arguments of a call say of the plan that a host's own dialogue shows. */
export interface Shown {
  planDigest?: string | undefined
  planSummary?: string | undefined
}

export interface Approvals {
  /** Digests of plans that the host approved before. */
  readonly known: readonly string[]
  /** Whether `question` has a yes, or is asked, without the host's own dialogue. */
  settlesItself(question: Question): boolean
  /**
   * Resolves once there is a yes.
   *
   * @throws {DeclinedError} {NotAnsweredError} {PlanChangedError}
   * @throws {ApprovalNeededError} nobody is there to ask. {PlanNotShownError} the person did not see what is to be done.
   */
  settle(
    question: Question,
    io: { signal?: AbortSignal | undefined; approval?: HostApproval | undefined; shown: Shown },
  ): Promise<void>
  /** Remembers what a plan said, so that a dialogue that shows it can be believed. */
  noteShown(planDigest: string, summary: string): void
  /** Ends every question. */
  close(): void
}

const DEFAULT_QUESTION_MS = 300_000

/** Questions of one wallet's tools. @param eachSignature - the host is asked before every signature as well. */
export function createApprovals(
  { confirm, planDigest, autoApprove = false, questionTimeoutMs = DEFAULT_QUESTION_MS }: ApprovalOptions,
  { eachSignature }: { eachSignature: boolean },
): Approvals {
  const closing = new AbortController()
  const summaries = new Map<string, string>()
  /** Asked, and still to be answered. */
  const pending = new Map<string, Promise<boolean>>()

  const hasYes = (question: Question): boolean =>
    autoApprove ||
    (question.planDigest !== null && (question.planDigest === planDigest || (eachSignature && confirm === undefined)))

  function ask(question: Question, signal: AbortSignal | undefined): Promise<boolean> {
    const open = pending.get(question.id)
    if (open !== undefined) return open
    const signals = signal === undefined ? [closing.signal] : [closing.signal, signal]
    const answer = Promise.resolve(question)
      .then((given) => confirm?.(given, { signal: AbortSignal.any(signals) }))
      // Whatever a foreign function throws is no yes.
      .then(
        (said) => said === true,
        () => false,
      )
    pending.set(question.id, answer)
    return answer
  }

  return {
    known: planDigest === undefined ? [] : [planDigest],
    settlesItself: (question) => hasYes(question) || confirm !== undefined,
    async settle(question, { signal, approval = {}, shown }) {
      requireTrue(shown, question, summaries)
      if (hasYes(question) || approval.question === question.id) return
      if (approval.call === true) {
        if (isSeen(shown, question)) return
        throw new PlanNotShownError()
      }
      if (confirm === undefined) throw new ApprovalNeededError('The call', hintFor(question))
      const answer = await within(ask(question, signal), { signal, ms: questionTimeoutMs })
      // A question that is still open takes its answer later, for the call that is made again.
      if (answer !== null || signal?.aborted || closing.signal.aborted) pending.delete(question.id)
      if (answer === null) throw new NotAnsweredError(questionTimeoutMs)
      if (!answer)
        throw new DeclinedError({
          hint: 'Nothing was signed. Ask the person what they want before you call the tool again.',
        })
    },
    noteShown: (digest, summary) => void summaries.set(digest, summary),
    close: () => closing.abort(new Error('closed')),
  }
}

/** @throws {PlanChangedError} what the arguments show the person is not the plan. */
function requireTrue({ planDigest, planSummary }: Shown, question: Question, summaries: Map<string, string>): void {
  if (question.planDigest === null) return
  if (planDigest !== undefined && planDigest !== question.planDigest) {
    throw new PlanChangedError({ actual: question.planDigest })
  }
  if (planSummary !== undefined && planSummary !== summaries.get(question.planDigest)) {
    throw new PlanChangedError({ actual: question.planDigest })
  }
}

/** A dialogue of the host shows the arguments: they must say what is to be done. */
const isSeen = ({ planDigest, planSummary }: Shown, question: Question): boolean =>
  question.planDigest === null || (planDigest !== undefined && planSummary !== undefined)

const hintFor = ({ planDigest }: Question): string => {
  const options = planDigest === null ? 'confirm or autoApprove' : `confirm, planDigest: '${planDigest}' or autoApprove`
  return `Only the host can approve it: createTools({ ${options} }), or the same options of its MCP server. A model cannot.`
}

/** The answer, or null when it takes longer than `ms`, or the call is cancelled. */
function within(
  answer: Promise<boolean>,
  { signal, ms }: { signal: AbortSignal | undefined; ms: number },
): Promise<boolean | null> {
  return new Promise((resolve) => {
    const end = (value: boolean | null) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      resolve(value)
    }
    const giveUp = () => end(null)
    const timer = setTimeout(giveUp, ms)
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted) giveUp()
    void answer.then(end)
  })
}
