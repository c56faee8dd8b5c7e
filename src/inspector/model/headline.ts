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
}

interface Moment {
  step: Step | null
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
  checkBalance: ['Looking at the wallet', 'look at the wallet'],
  approve: ['Approving VVV', 'approve VVV'],
  stake: ['Staking VVV', 'stake VVV'],
  awaitConfirmation: ['Confirming the transactions', 'wait for the chain to confirm'],
  fetchToken: ['Fetching Venice’s challenge', 'fetch Venice’s challenge'],
  sign: ['Signing the challenge', 'sign the challenge'],
  mint: ['Minting the API key', 'mint the API key'],
  fundingCheck: ['Asking what the key can spend', 'ask what the key can spend'],
}

/** What comes after the stages where it was asked for. */
const WAYS: Readonly<Record<string, string>> = {
  mintDiem: 'Locking sVVV for DIEM, and staking it',
  topUp: 'Paying for credit of the wallet',
}

const AWAITS: Readonly<Record<string, string>> = {
  rpc: 'asks the RPC endpoint',
  signer: 'waits for the signer',
  block: 'waits for the next block',
  venice: 'waits for Venice',
  clock: 'waits, then tries again',
  funds: 'waits for the wallet to be funded',
  disk: 'opens the place for the key',
}

/** The run in two sentences. */
export function headlineOf(moment: Moment): Headline {
  const status = statusOf(moment)
  const [sign, word] = SIGNS[moment.isPast ? 'past' : status]
  return { status: moment.isPast ? 'past' : status, sign, word, ...sentences(status, moment) }
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
    : 'The key is minted and stored. The wallet can pay for calls that it signs in for; the key cannot.'

function sentences(status: Status, { step, now, about, machine, isPast }: Moment): Pick<Headline, 'sentence' | 'next'> {
  if (step === null) return { sentence: 'Nothing has happened yet.', next: 'The first step appears here by itself.' }
  const why = step.failure?.message ?? ''
  const [doing, next] = stageWords(step, machine)
  const again = about.command === null ? '' : `Go on with: ${about.command}`
  switch (status) {
    case 'failed':
      return { sentence: `It stopped. ${why}`, next: step.failure?.hint ?? '' }
    case 'done':
      return step.view.key === null
        ? { sentence: `It is over: ${doing.toLowerCase()}.`, next: '' }
        : { sentence: paidSentence(step), next: 'Nothing is left to do.' }
    case 'unfunded':
      return {
        sentence: 'The key is minted and stored. It cannot spend yet.',
        next: step.view.funding?.reason ?? 'Whether it can spend is not known.',
      }
    case 'paused':
      return { sentence: `${doing}: no process goes on with it now.`, next: again || 'Nobody knows how to go on.' }
    default: {
      const awaits = isPast ? null : now.awaiting?.awaits
      const known = AWAITS[awaits ?? machine.states.find(({ path }) => path === step.to[0])?.awaits ?? '']
      const wait = known === undefined ? '' : `: ${known}`
      return { sentence: `${doing}${wait}.`, next: why === '' ? next : `The reason: ${why}` }
    }
  }
}

/** What is being done, and the stage after it. */
function stageWords(step: Step, { states }: Moment['machine']): [doing: string, next: string] {
  const stage = step.to[0]?.split('.')[0] ?? ''
  const way = Object.hasOwn(WAYS, stage) ? WAYS[stage] : undefined
  if (way !== undefined) return [way, 'Then it is done.']
  const known = Object.hasOwn(STAGES, stage) ? STAGES[stage] : undefined
  if (known === undefined) return [capital(inWords(step.to.map((path) => path.replaceAll('.', ' › ')).join(', '))), '']
  const order = states.filter(({ parent }) => parent === null).map(({ path }) => path)
  const after = order[order.indexOf(stage) + 1] ?? ''
  const words = Object.hasOwn(STAGES, after) ? STAGES[after]?.[1] : undefined
  return [known[0], words === undefined ? 'Then it is done.' : `Next: ${words}.`]
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
