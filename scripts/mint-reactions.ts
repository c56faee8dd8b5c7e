import { transition } from 'xstate'
import { type Counters, initialContext, type OnboardingContext } from '../machines/onboarding/context.ts'
import { onboardingMachine } from '../machines/onboarding/machine.ts'
import { LIMITS } from '../machines/onboarding/select.ts'
import { statePath } from '../src/driver/events.ts'
import type { OnboardingError } from '../src/errors/base.ts'
import { toFailure } from '../src/errors/failure.ts'

const DOES: Readonly<Record<string, string>> = {
  'checkBalance.read': 'reads the wallet again and stakes what is missing',
  'fetchToken.fetch': 'fetches a new challenge, signs it and posts again',
  'sign.sign': 'signs the same challenge again',
  'mint.wait': 'waits, then signs and posts the same challenge again',
  'mint.recover': 'searches for a key that may have been made',
  failed: 'stops',
}

interface Reaction {
  state: string
  failure: string | null
  counters: Counters
}

/**
 * Says what the machine does when a mint request is answered with `error`, by asking the machine. Where it depends on
 * whether the wallet is known to hold a stake, says both.
 */
export function mintReaction(error: OnboardingError): string {
  const [staked, unstaked] = [sentence(error, '1'), sentence(error, '0')]
  return staked === unstaked ? staked : `With a stake: ${staked}. Without one: ${unstaked}`
}

function sentence(error: OnboardingError, sVvv: string): string {
  const context = contextAtPost(sVvv)
  const first = react(context, error)
  const names = Object.keys(context.counters) as (keyof Counters)[]
  const counter = names.find((name) => first.counters[name] > context.counters[name])
  if (counter === undefined) return whatItDoes(first, error)
  const spent = react({ ...context, counters: { ...context.counters, [counter]: LIMITS[counter] } }, error)
  return `${whatItDoes(first, error)}, at most ${times(LIMITS[counter])}; then it ${whatItDoes(spent, error)}`
}

function react(context: OnboardingContext, error: OnboardingError): Reaction {
  const failure = toFailure(error, { at: new Date(0).toISOString(), jitter: 0, scrub: (text) => text })
  const posting = onboardingMachine.resolveState({ value: { mint: 'post' }, context })
  // An actor's own events are not among those that the machine lets others send.
  const [next] = transition(onboardingMachine, posting, { type: 'xstate.error.actor.mintKey', error: failure } as never)
  return {
    state: statePath(next.value),
    failure: next.context.failure?.code ?? null,
    counters: next.context.counters,
  }
}

function whatItDoes({ state, failure }: Reaction, { code }: OnboardingError): string {
  const words = DOES[state]
  if (words === undefined) throw new Error(`Say in scripts/mint-reactions.ts what ${state} does.`)
  return state === 'failed' && failure !== null && failure !== code ? `${words} with \`${failure}\`` : words
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

function contextAtPost(sVvv: string): OnboardingContext {
  const address = '0x0000000000000000000000000000000000000001'
  const at = new Date(0).toISOString()
  const context = initialContext({
    request: { runId: 'table', address, chainId: 8453, stakeAmount: '1', key: { type: 'INFERENCE' } },
  })
  return {
    ...context,
    challenge: { form: 'jwt', expiresAt: at },
    record: {
      ...context.record,
      mints: [{ label: 'table', at, status: 'posting', sink: 'file:key', sinkBefore: null, fallbacks: [] }],
    },
    walletState: {
      readAt: at,
      blockNumber: '1',
      account: 'eoa',
      eth: '0',
      vvv: '0',
      sVvv,
      allowance: '0',
      implementation: null,
      drafts: [],
      feeCeiling: '0',
    },
  }
}
