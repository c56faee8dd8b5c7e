import type { Clock } from '../../ports/clock.ts'
import type { Link } from './link.ts'
import { isHint, isRevert, type Outcome, type RpcCall } from './rpc-call.ts'
import { isBusy, readError } from './rpc-errors.ts'

/**
 * For this many milliseconds an endpoint that was slow, behind or failing is asked last. Doubled each time, up to a
 * maximum.
 */
const REST_MS = 60_000
const MOST_REST_MS = 600_000

interface Question {
  call: RpcCall
  resolve(result: unknown): void
  reject(error: Error): void
  /** Errors of the endpoints that were asked. */
  errors: Error[]
  /** How many endpoints were asked, and how many answers are still to come. */
  asked: number
  running: number
  isSettled: boolean
}

export interface Pool {
  /** Requests of one tick are sent together, to the first healthy endpoint. */
  request(call: RpcCall): Promise<unknown>
  /** Endpoints in the order in which they are asked now: by preference, with faulty ones last. */
  inOrder(): readonly Link[]
  /** Puts an endpoint last for a while. */
  rest(link: Link): void
  readonly hedgeMs: number
}

export interface PoolOptions {
  clock: Pick<Clock, 'now'>
  /** Milliseconds without an answer until the next endpoint is asked as well. */
  hedgeMs: number
}

/**
 * Several endpoints as one. If one fails, or does not answer in time, the next is asked, and the first good answer
 * counts. A revert is an answer.
 */
export function createPool(links: readonly Link[], { clock: { now }, hedgeMs }: PoolOptions): Pool {
  const rests = new Map<Link, { untilMs: number; times: number }>()
  let waiting: Question[] = []

  const isResting = (link: Link): boolean => (rests.get(link)?.untilMs ?? 0) > now()
  const inOrder = (): Link[] => [...links.filter((link) => !isResting(link)), ...links.filter(isResting)]

  function rest(link: Link): void {
    if (isResting(link)) return
    const times = (rests.get(link)?.times ?? 0) + 1
    rests.set(link, { untilMs: now() + Math.min(REST_MS * 2 ** (times - 1), MOST_REST_MS), times })
  }

  return {
    inOrder,
    rest,
    hedgeMs,
    request(call) {
      const lacks = inOrder().map((link) => link.lack(call))
      const isFutile = isHint(call) ? lacks[0] != null : lacks.every((lack) => lack !== null)
      if (isFutile) return Promise.reject(lacks[0])
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) {
          setTimeout(() => {
            const questions = waiting
            waiting = []
            askRound(inOrder(), { questions, rest, hedgeMs })
          }, 0)
        }
        waiting.push({ call, resolve, reject, errors: [], asked: 0, running: 0, isSettled: false })
      })
    },
  }
}

/** Asks the endpoints in `order` until each question has its answer, or all have failed it. */
function askRound(
  order: readonly Link[],
  { questions, rest, hedgeMs }: { questions: readonly Question[]; rest: (link: Link) => void; hedgeMs: number },
): void {
  const underWay: { over: AbortController; group: readonly Question[] }[] = []

  function settle(question: Question, end: () => void): void {
    if (question.isSettled) return
    question.isSettled = true
    end()
    for (const { over, group } of underWay) if (group.every(({ isSettled }) => isSettled)) over.abort()
  }

  async function ask(index: number, group: readonly Question[]): Promise<void> {
    const link = order[index]
    if (link === undefined || group.length === 0) return
    const over = new AbortController()
    underWay.push({ over, group })
    for (const question of group) {
      question.asked = index + 1
      question.running += 1
    }
    const byCall = new Map(group.map((question) => [question.call, question]))
    const waitingHere = () => group.filter(({ isSettled, asked }) => !isSettled && asked === index + 1)
    const mayHedge = link.isPrompt && index + 1 < order.length
    let timer: NodeJS.Timeout | undefined
    const heard = () => {
      clearTimeout(timer)
      if (!mayHedge) return
      timer = setTimeout(() => {
        rest(link)
        void ask(index + 1, waitingHere())
      }, hedgeMs)
    }
    heard()
    await link.ask([...byCall.keys()], {
      signal: over.signal,
      heard,
      settle: (call, outcome) => {
        const question = byCall.get(call)
        if (question !== undefined) take(question, outcome)
      },
    })
    clearTimeout(timer)
    const failed = group.filter(({ isSettled }) => !isSettled)
    if (failed.length === group.length && failed.every(({ errors }) => errors.some(isBusy))) rest(link)
    for (const question of failed) {
      if (question.running === 0 && (question.asked === order.length || isAnsweredHint(question)))
        settle(question, () => question.reject(mostHopeful(question.errors)))
    }
    await ask(index + 1, waitingHere())
  }

  function take(question: Question, outcome: Outcome): void {
    question.running -= 1
    if ('result' in outcome) {
      settle(question, () => question.resolve(outcome.result))
      return
    }
    question.errors.push(outcome.error)
    if (isRevert(outcome.error)) settle(question, () => question.reject(outcome.error))
  }

  void ask(0, questions)
}

/** The endpoint answered that it does not serve this call. The caller has a substitute. */
const isAnsweredHint = ({ call, errors }: Question): boolean => isHint(call) && !errors.every(isBusy)

/** While one of several endpoints may answer later, the refusal of another is not final. */
function mostHopeful(errors: readonly Error[]): Error {
  const hopeful = errors.find((error) => readError(error).recovery === 'retry')
  return hopeful ?? errors[0] ?? new Error('No endpoint was asked.')
}
