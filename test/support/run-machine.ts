import type { OnboardingInput } from '../../machines/onboarding/context.ts'
import { fakeClock } from './fake-clock.ts'
import { type Call, type Script, scriptedEffects } from './fakes.ts'
import { driveOn, memoryHost, transitions } from './memory-host.ts'

/** From a wallet without a stake to a staked one, with both transactions signed together. */
export const STAKED = [
  'checkBalance.read',
  'approve.prepare',
  'approve.broadcast',
  'stake.broadcast',
  'awaitConfirmation.watch',
]
export const MINTED = ['fetchToken.fetch', 'sign.sign', 'mint.open', 'mint.post']
export const FUNDED = ['fundingCheck.ask', 'funded']

/** The states in which only time has to pass. */
const WAITS = /\.(wait|settle|storeLater|proveLater|askLater|awaitFunds|awaitCredit)$/

/** Points of the host; a run with more is in an endless loop. */
const ENOUGH = 2_000

/** Runs the machine to its end on scripted effects, through the real driver. */
export async function runMachine(script: Script = {}, input: Partial<OnboardingInput> = {}) {
  const clock = fakeClock()
  const { effects, calls } = scriptedEffects({ script, clock })
  const host = memoryHost({ clock, crashAt: ENOUGH })
  const { envelope } = await driveOn(host, effects, { input })
  const { context, value } = envelope.snapshot
  return {
    /** Every state the machine rested in. */
    path: transitions(host).map(({ to }) => to),
    views: transitions(host).map(({ view }) => view),
    /** ISO 8601: ends of the waits, as the machine plans them. */
    wakes: transitions(host).flatMap(({ to, view }) => (WAITS.test(to) ? (view.wakeAt ?? []) : [])),
    end: value,
    failure: context.failure,
    counters: context.counters,
    record: context.record,
    calls,
    inputsOf: (name: Call['name']) => calls.filter((call) => call.name === name).map((call) => call.input),
  }
}
