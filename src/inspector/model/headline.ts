import type { SketchedMachine } from '../layout/sketch.ts'
import type { About, Now, Step } from './step.ts'
import { inWords } from './words.ts'

/** One word for how a run stands. */
export type Status = 'empty' | 'running' | 'waiting' | 'paused' | 'failed' | 'done' | 'unfunded' | 'past'

export interface Headline {
  status: Status
  /** A sign that says the same as the word, for those who see no colour. */
  sign: string
  word: string
  /** Where the run is and what it waits for. */
  sentence: string
  /** What comes next, or what to do. */
  next: string
  /** What to type; null where nothing is to be typed. */
  command: string | null
  /** The tool that a model calls instead; null where there is none. */
  tool: string | null
  /** What to type instead, and why; null where nothing is. */
  alternative: { command: string; reason: string } | null
}

interface Moment {
  step: Step | null
  /** The step before it. */
  before?: Step | null
  /** Whether a later step is known: then this is time travel. */
  isPast: boolean
  now: Now
  about: About
  machine: Pick<SketchedMachine, 'states'>
}

const SIGNS: Readonly<Record<Status, [sign: string, word: string]>> = {
  empty: ['○', 'Not begun'],
  running: ['●', 'Running'],
  waiting: ['◔', 'Waiting'],
  paused: ['Ⅱ', 'Paused'],
  failed: ['✕', 'Stopped'],
  done: ['✓', 'Finished'],
  unfunded: ['✓', 'Finished'],
  past: ['↶', 'Earlier'],
}

/** What each stage of the onboarding is about; other machines' states speak for themselves. */
const STAGES: Readonly<Record<string, [doing: string, next: string]>> = {
  checkBalance: ['Reading the wallet', 'read the wallet'],
  approve: ['Approving VVV', 'approve VVV'],
  stake: ['Staking VVV', 'stake VVV'],
  awaitConfirmation: ['Confirming the transactions', 'wait for the chain to confirm'],
  fetchToken: ['Fetching Venice’s challenge', 'fetch Venice’s challenge'],
  sign: ['Signing the challenge', 'sign the challenge'],
  mint: ['Minting the API key', 'mint the API key'],
  fundingCheck: ['Asking what the key can spend', 'ask what the key can spend'],
}

/** What comes after the stages where it was asked for. */
export const ON_DEMAND: Readonly<Record<string, string>> = {
  mintDiem: 'Locking sVVV for DIEM, and staking it',
  topUp: 'Paying for credit of the wallet',
}

const AWAITS: Readonly<Record<string, string>> = {
  rpc: 'asks the RPC endpoint',
  signer: 'waits for the signer',
  block: 'waits for the chain',
  venice: 'waits for Venice',
  clock: 'waits, then tries again',
  funds: 'waits for the wallet to be funded',
  disk: 'opens the place for the key',
}

/** Failures that are a part of most runs, and what they mean. */
const NORMAL: Readonly<Record<string, string>> = {
  'venice/no-staked-vvv': 'This is normal: Venice sees a stake some seconds after the chain does.',
  'venice/rate-limited': 'This is normal: Venice limits the rate of requests.',
  'chain/rpc-rate-limited': 'This is normal: the RPC endpoint limits the rate of requests.',
}

/** A limit above this is none that a person would count to. */
const MAX_COUNTED = 100

/** The run in two sentences. */
export function headlineOf(moment: Moment): Headline {
  const status = statusOf(moment)
  const [sign, word] = SIGNS[moment.isPast ? 'past' : status]
  const told = sentences(status, moment)
  // A tool is there for what a command is there for.
  const tool = told.command === null ? null : (moment.now.next?.tool ?? null)
  const alternative = told.command === null ? null : (moment.now.next?.alternative ?? null)
  return { status: moment.isPast ? 'past' : status, sign, word, ...told, tool, alternative }
}

/** As the run stands, whatever came after it. */
export function statusOf({ step, now, machine, isPast }: Moment): Status {
  if (step === null) return 'empty'
  const states = machine.states.filter(({ path }) => step.to.includes(path))
  if (states.length > 0 && states.every(({ isFinal }) => isFinal)) {
    if (step.failure !== null) return 'failed'
    return step.view.key !== null && !canPay(step) ? 'unfunded' : 'done'
  }
  if (!isPast && (now.driver === 'idle' || now.driver === 'ended')) return 'paused'
  return states.some(({ awaits }) => awaits === 'clock' || awaits === 'funds') ? 'waiting' : 'running'
}

const canPay = ({ view: { funding } }: Step): boolean =>
  funding?.spendable === true || funding?.wallet?.canConsume === true

const paidSentence = ({ view: { funding } }: Step): string =>
  funding?.spendable === true
    ? 'The key is minted, stored, and can spend.'
    : 'The key is minted and stored. The wallet can pay for calls that it signs in for. The key cannot.'

function sentences(status: Status, moment: Moment): Pick<Headline, 'sentence' | 'next' | 'command'> {
  const { step, now, about, machine, isPast } = moment
  if (step === null)
    return { sentence: 'Nothing has happened yet.', next: 'The first step appears here by itself.', command: null }
  const why = step.failure?.message ?? ''
  const [doing, next] = stageWords(step, machine)
  const known = isPast ? null : (now.next?.command ?? null)
  switch (status) {
    case 'failed':
      return { sentence: `It stopped. ${why}`, next: step.failure?.hint ?? '', command: known }
    case 'done':
      return step.view.key === null
        ? { sentence: `It is over: ${doing.toLowerCase()}.`, next: '', command: null }
        : { sentence: paidSentence(step), next: now.next?.reason ?? 'Nothing is left to do.', command: known }
    case 'unfunded':
      return {
        sentence: 'The key is minted and stored. It cannot spend yet.',
        next: step.view.funding?.reason ?? 'It is unknown whether the key can spend.',
        command: known,
      }
    case 'paused': {
      const command = known ?? about.command
      const how = command === null ? 'The command that continues it is not known here.' : 'This command continues it:'
      return { sentence: `${doing}: no process runs now.`, next: `${why} ${how}`.trim(), command }
    }
    default: {
      const awaits = isPast ? null : now.awaiting?.awaits
      const words = AWAITS[awaits ?? machine.states.find(({ path }) => path === step.to[0])?.awaits ?? '']
      const wait = words === undefined ? '' : `: ${words}`
      const reason = NORMAL[step.failure?.code ?? ''] ?? (why === '' ? next : `The reason: ${why}`)
      return { sentence: `${doing}${wait}.`, next: `${attemptWords(moment)} ${reason}`.trim(), command: null }
    }
  }
}

/** `Attempt 2 of 13 failed.`, by the counter that this step has moved; empty where none was. */
function attemptWords({ step, before, about }: Moment): string {
  if (step === null || step.failure === null) return ''
  const moved = Object.entries(step.view.counters).find(
    ([name, count]) => count > (before?.view.counters[name] ?? 0) && Object.hasOwn(about.limits, name),
  )
  if (moved === undefined) return ''
  const [name, count] = moved
  const limit = about.limits[name] ?? 0
  return limit > MAX_COUNTED ? `Attempt ${count} failed.` : `Attempt ${count} of ${limit + 1} failed.`
}

/** What is being done, and the stage after it. */
function stageWords(step: Step, { states }: Moment['machine']): [doing: string, next: string] {
  const stage = step.to[0]?.split('.')[0] ?? ''
  const way = Object.hasOwn(ON_DEMAND, stage) ? ON_DEMAND[stage] : undefined
  if (way !== undefined) return [way, 'Then it is done.']
  const known = Object.hasOwn(STAGES, stage) ? STAGES[stage] : undefined
  if (known === undefined) return [capital(inWords(step.to.map((path) => path.replaceAll('.', ' › ')).join(', '))), '']
  const order = states.filter(({ parent }) => parent === null).map(({ path }) => path)
  const after = order[order.indexOf(stage) + 1] ?? ''
  const words = Object.hasOwn(STAGES, after) ? STAGES[after]?.[1] : undefined
  return [known[0], words === undefined ? 'Then it is done.' : `Next: ${words}.`]
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
