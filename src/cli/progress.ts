import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import { STAGES, type Stage } from '../../machines/onboarding/context.ts'
import { LIMITS } from '../../machines/onboarding/select.ts'
import { formatDuration } from '../domain/duration.ts'
import type { ProgressEvent, ResumedEvent, RunEvent, TransitionEvent } from '../driver/events.ts'
import { createCreditNotice, isAwaitingCredit } from './credit-notice.ts'
import type { CliContext } from './environment.ts'
import type { Output } from './output.ts'
import { amountOf, awaitsWords, eth, fateWords, STAGE_WORDS, sideWords, stageOf, transactionLink } from './words.ts'

/** Shows a running run to a person. */
export interface ProgressView {
  show(event: RunEvent): void
  /** Writes a line above the picture. */
  note(line: string): void
  /** Gives the terminal to a question, and takes it back. */
  suspend<T>(ask: () => Promise<T>): Promise<T>
  /** Leaves the last picture standing. Safe to repeat. */
  end(): void
}

interface ViewOptions {
  output: Output
  context: CliContext
  isSandbox: boolean
}

/** A list that is redrawn on a terminal, a line per transition elsewhere. */
export const createProgressView = (options: ViewOptions): ProgressView =>
  options.output.isLive ? liveList(options) : lines(options)

function lines({ output }: ViewOptions): ProgressView {
  const notice = createCreditNotice(output)
  return {
    show(event) {
      if (event.type === 'progress') {
        if (output.isVerbose) output.note(`  ${event.effect}: ${awaitsWords(event, Date.parse(event.at))}`)
        return
      }
      if (event.type === 'stopped') return
      output.note(event.type === 'resumed' ? resumedLine(event) : transitionLine(event))
      const news = notice(event)
      if (news !== null) output.note(news)
    },
    note: output.note,
    suspend: (ask) => ask(),
    end() {},
  }
}

const resumedLine = ({ at, state, since }: ResumedEvent): string => `${at}  resuming from ${state}, recorded ${since}`

function transitionLine({ at, to, cause, failure: known, view }: TransitionEvent): string {
  // After a wait the failure is still known, but is not news.
  const failure = cause === 'xstate.done.actor.sleepUntil' ? null : known
  const why = failure === null ? '' : `  ${failure.message} [${failure.code}]`
  const isWaiting = failure !== null || isAwaitingCredit(to)
  const wait = view.wakeAt === null || !isWaiting ? '' : `  until ${view.wakeAt}`
  return `${at}  ${to}${why}${wait}`
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100

interface Seen {
  transition: TransitionEvent | null
  /** The transition before it: the counters that changed since give the attempt. */
  before: TransitionEvent | null
  progress: ProgressEvent | null
  /** Milliseconds each stage was entered at and took. */
  entered: Map<Stage, number>
  took: Map<Stage, number>
  order: Stage[]
}

function liveList({ output, context: { stderr }, isSandbox }: ViewOptions): ProgressView {
  const seen: Seen = { transition: null, before: null, progress: null, entered: new Map(), took: new Map(), order: [] }
  let drawn = 0
  let frame = 0
  let timer: NodeJS.Timeout | null = null
  let isEnded = false
  const notice = createCreditNotice(output)

  const erase = () => {
    if (drawn === 0) return
    moveCursor(stderr, 0, -drawn)
    cursorTo(stderr, 0)
    clearScreenDown(stderr)
    drawn = 0
  }
  const draw = () => {
    const text = render(seen, { output, isSandbox, frame: isEnded ? null : frame, columns: stderr.columns ?? 80 })
    erase()
    stderr.write(`${output.screen(text.join('\n'))}\n`)
    drawn = text.length
    frame += 1
  }
  const start = () => {
    timer ??= setInterval(draw, FRAME_MS)
  }
  const stop = () => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  return {
    note(line) {
      erase()
      output.note(line)
      // Without a timer a question has the terminal.
      if (timer !== null) draw()
    },
    show(event) {
      if (event.type === 'stopped' || isEnded) return
      const news = event.type === 'progress' ? null : notice(event)
      if (news !== null) {
        erase()
        output.note(news)
      }
      if (event.type === 'resumed') return output.note(resumedLine(event))
      note(seen, event)
      if (event.type === 'transition') draw()
      start()
    },
    async suspend(ask) {
      stop()
      erase()
      const askedAtMs = Date.now()
      try {
        return await ask()
      } finally {
        leaveOut(seen, Date.now() - askedAtMs)
        start()
      }
    },
    end() {
      stop()
      if (isEnded || seen.transition === null) return
      isEnded = true
      seen.progress = null
      draw()
    },
  }
}

/** Subtracts the time a person took to answer from the stage that asked. */
function leaveOut({ transition, took }: Seen, ms: number): void {
  const stage = transition === null ? null : stageOf(transition.to)
  if (stage !== null) took.set(stage, (took.get(stage) ?? 0) - ms)
}

function note(seen: Seen, event: TransitionEvent | ProgressEvent): void {
  if (event.type === 'progress') {
    seen.progress = event
    return
  }
  const before = seen.transition === null ? null : stageOf(seen.transition.to)
  const stage = stageOf(event.to)
  const at = Date.parse(event.at)
  if (before !== stage) {
    const entered = before === null ? undefined : seen.entered.get(before)
    if (before !== null && entered !== undefined) seen.took.set(before, (seen.took.get(before) ?? 0) + at - entered)
    if (stage !== null) {
      seen.entered.set(stage, at)
      seen.order.push(stage)
    }
  }
  seen.before = seen.transition
  seen.transition = event
  seen.progress = null
}

/** `attempt 2 of 13 failed`, from the counter that the latest transition changed; empty if it changed none. */
function attemptWords({ transition, before }: Seen): string {
  if (transition === null || transition.failure === null) return ''
  const old: Readonly<Record<string, number>> = { ...before?.view.counters }
  const moved = Object.entries(transition.view.counters).find(([name, count]) => count > (old[name] ?? 0))
  if (moved === undefined || !Object.hasOwn(LIMITS, moved[0])) return ''
  const limit = LIMITS[moved[0] as keyof typeof LIMITS]
  return limit > MAX_COUNTED ? '' : `attempt ${moved[1]} of ${limit + 1} failed`
}

/** Attempts are not counted out loud above this limit. */
const MAX_COUNTED = 100

interface RenderOptions {
  output: Output
  isSandbox: boolean
  /** Null: the last picture, without a spinner. */
  frame: number | null
  columns: number
}

function render(seen: Seen, { output, isSandbox, frame, columns }: RenderOptions): string[] {
  const { transition, progress, took, order } = seen
  if (transition === null) return []
  const current = stageOf(transition.to)
  const { view, failure } = transition
  const failedAt = transition.to === 'failed' ? order.at(-1) : undefined
  const skipped = new Set(view.skipped.map(({ stage }) => stage))
  const width = Math.max(...Object.values(STAGE_WORDS).map((words) => words.length))
  const rows = STAGES.map((stage) => {
    const name = STAGE_WORDS[stage].padEnd(width)
    if (stage === failedAt) return `${output.style('red', '✖')} ${name}  ${output.style('red', 'stopped')}`
    if (stage === current) {
      const words = [sideWords(transition.to), doingWords(progress), attemptWords(seen), failure?.message ?? '']
      const doing = words.filter((part) => part !== null && part !== '').join(': ')
      const sign = frame === null ? 'Ⅱ' : (SPINNER[frame % SPINNER.length] ?? '·')
      return `${output.style('cyan', sign)} ${name}  ${doing}`
    }
    // A stage may run although part of it was skipped.
    if (skipped.has(stage) && !took.has(stage))
      return `${output.style('yellow', '↷')} ${name}  ${output.style('dim', 'skipped')}`
    const ms = took.get(stage)
    if (ms === undefined) return output.style('dim', `○ ${name}`)
    return `${output.style('green', '✔')} ${name}  ${output.style('dim', [formatDuration(ms), ...stageFacts(transition, stage, { isSandbox, isNarrow: columns < WIDE })].join('  '))}`
  })
  return rows.map((row) => fitTo(row, columns))
}

const doingWords = (progress: ProgressEvent | null): string =>
  progress === null ? '' : awaitsWords(progress, Date.now())

/** Columns that a row needs to show a whole hash, or its explorer link. */
const WIDE = 150

function stageFacts(
  { view }: TransitionEvent,
  stage: Stage,
  { isSandbox, isNarrow }: { isSandbox: boolean; isNarrow: boolean },
): string[] {
  const transaction = view.transactions.findLast(({ purpose }) => purpose === stage)
  if (transaction !== undefined) {
    const { hash, feeWei, blockNumber, minedAfterMs } = transaction
    const fee = feeWei === null || isNarrow ? [] : [eth(feeWei)]
    const after = minedAfterMs === undefined ? '' : ` in ${formatDuration(minedAfterMs)}`
    const block = blockNumber === null ? [] : [`block ${blockNumber}${after}`]
    const link = isNarrow ? `${hash.slice(0, 6)}…${hash.slice(-4)}` : transactionLink(hash, isSandbox)
    return [amountOf(transaction), ...block, ...fee, link]
  }
  if (stage === 'awaitConfirmation')
    return view.transactions
      .filter(({ blockNumber }) => blockNumber !== null)
      .map((made) => fateWords(made, Date.now()))
  if (stage === 'fundingCheck')
    return view.transactions
      .filter(({ purpose, status }) => (purpose === 'mintDiem' || purpose === 'stakeDiem') && status === 'mined')
      .map((made) => `${amountOf(made)} ${made.purpose === 'mintDiem' ? 'locked' : 'staked'}`)
  if (stage === 'fetchToken' && view.challenge !== null)
    return [`expires ${view.challenge.expiresAt.slice(11, 19)} UTC`]
  if (stage === 'mint' && view.key !== null)
    return [`…${view.key.last6} → ${isNarrow ? shortened(view.key.sink) : view.key.sink}`]
  return []
}

/** Longest name of a place on a narrow terminal. */
const PLACE_LENGTH = 36

/** Keeps both ends of a long path: its start, and the file name. */
function shortened(name: string): string {
  if (name.length <= PLACE_LENGTH) return name
  const tail = Math.ceil((PLACE_LENGTH - 1) * 0.6)
  return `${name.slice(0, PLACE_LENGTH - 1 - tail)}…${name.slice(-tail)}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences that colours are made of
const ESCAPE = /(\x1b\[[0-9;]{0,32}m)/g

/** Cuts a row to the terminal's width, so that redrawing counts the right number of lines. Colours stay. */
function fitTo(row: string, columns: number): string {
  if (row.replace(ESCAPE, '').length < columns) return row
  let room = Math.max(1, columns - 2)
  return row
    .split(ESCAPE)
    .map((text, index) => {
      if (index % 2 === 1) return text
      const shown = room > 0 && text.length >= room ? `${text.slice(0, room)}…` : text.slice(0, room)
      room = Math.max(0, room - text.length)
      return shown
    })
    .join('')
}
