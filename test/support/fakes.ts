import type { EffectContract, EffectName } from '../../machines/onboarding/effects.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { isOpen, newestPerNonce } from '../../src/domain/attempt.ts'
import { createActors } from '../../src/driver/actors.ts'
import type { Effect, Effects } from '../../src/driver/effects/io.ts'
import { OnboardingError } from '../../src/errors/base.ts'
import { type Failure, isFailure, toFailure } from '../../src/errors/failure.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { fakeClock } from './fake-clock.ts'
import {
  attempt,
  draft,
  funding,
  intent,
  keyRef,
  payment,
  proof,
  raise,
  stakedWallet,
  walletState,
  watched,
} from './samples.ts'

type Input<Name extends EffectName> = EffectContract[Name]['input']
type Output<Name extends EffectName> = EffectContract[Name]['output']
type Plain<Name extends EffectName> = Output<Name> | OnboardingError | Failure
type Answer<Name extends EffectName> = Plain<Name> | ((input: Input<Name>) => Plain<Name>)

/** Answers by effect: first the list, then success; `{ always }` repeats. */
export type Script = {
  readonly [Name in EffectName]?: readonly Answer<Name>[] | { readonly always: Answer<Name> }
}

export interface Call {
  name: EffectName
  input: unknown
}

type Defaults = { [Name in EffectName]: (input: Input<Name>, clock: Clock) => Output<Name> }

/** A world in which everything succeeds. */
export const HAPPY: Defaults = {
  readWalletState: ({ attempts }) => {
    const isMined = (purpose: string) => attempts.some((made) => made.purpose === purpose && made.status === 'mined')
    const nonce = Math.max(6, ...attempts.map((made) => made.nonce)) + 1
    if (isMined('stake')) return stakedWallet()
    if (isMined('approve')) return walletState({ allowance: '1', drafts: [draft('stake', nonce)] })
    return walletState({ drafts: [draft('approve', nonce), draft('stake', nonce + 1)] })
  },
  signTransactions: ({ walletState: { drafts } }) => drafts.map((made) => attempt(made.purpose, made.nonce)),
  broadcast: ({ attempts }) => ({ hashes: attempts.map(({ hash }) => hash) }),
  watchTransactions: (input) => watched(input),
  replaceTransactions: ({ attempts }) => newestPerNonce(attempts.filter(isOpen)).map(raise),
  fetchChallenge: (_, clock) => ({ form: 'jwt', expiresAt: iso(clock.now() + 900_000) }),
  signChallenge: (_, clock) => ({ signedAt: iso(clock.now()) }),
  openSink: (_, clock) => ({ intent: intent({ label: `venice-onboard ${clock.id(1)}` }), warnings: [] }),
  mintKey: (input) => keyRef({ label: input.intent.label }),
  storeKey: (input) => keyRef({ label: input.intent.label }),
  recoverKey: () => ({ key: null }),
  checkFunding: () => funding(),
  proveFunding: ({ balances }, clock) => ({ proof: proof({ at: iso(clock.now()) }), balances }),
  draftDiem: ({ attempts }) => {
    const nonce = Math.max(6, ...attempts.map((made) => made.nonce)) + 1
    const isMined = (purpose: string) => attempts.some((made) => made.purpose === purpose && made.status === 'mined')
    if (isMined('stakeDiem')) return walletState({ drafts: [] })
    return walletState({ drafts: [draft(isMined('mintDiem') ? 'stakeDiem' : 'mintDiem', nonce)] })
  },
  offerPayment: ({ payments }) => ({ payment: payments.some(({ status }) => status === 'settled') ? null : payment() }),
  postPayment: (input) => ({ payment: { ...input.payment, paymentId: 'x402-1' } }),
  findPayment: (input) => ({ payment: { ...input.payment, status: 'settled' } }),
  checkCredit: (_, clock) => ({ credit: { balanceUsd: 5, canConsume: true }, checkedAt: iso(clock.now()) }),
  proveCredit: (_, clock) => ({
    proof: proof({ at: iso(clock.now()) }),
    credit: { balanceUsd: 4.99, canConsume: true },
  }),
  sleepUntil: ({ until }) => ({ wokeAt: until }),
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** Effects that answer from `script`, and the calls they received. */
export function scriptedEffects({ script = {}, clock = fakeClock() }: { script?: Script; clock?: Clock } = {}) {
  const calls: Call[] = []
  const effect = <Name extends EffectName>(name: Name): Effect<Name> => {
    const planned: readonly Answer<Name>[] | { readonly always: Answer<Name> } = script[name] ?? []
    const queue = 'always' in planned ? null : [...planned]
    return async (input) => {
      calls.push({ name, input })
      const next: Answer<Name> | undefined = 'always' in planned ? planned.always : queue?.shift()
      // No output of an effect is a function.
      const answer = typeof next === 'function' ? (next as (input: Input<Name>) => Plain<Name>)(input) : next
      if (answer === undefined) return HAPPY[name](input, clock)
      if (answer instanceof OnboardingError) {
        throw toFailure(answer, { at: iso(clock.now()), jitter: clock.random(), scrub: (text) => text })
      }
      if (isFailure(answer)) throw answer
      return answer
    }
  }
  const effects: Effects = {
    readWalletState: effect('readWalletState'),
    signTransactions: effect('signTransactions'),
    broadcast: effect('broadcast'),
    watchTransactions: effect('watchTransactions'),
    replaceTransactions: effect('replaceTransactions'),
    fetchChallenge: effect('fetchChallenge'),
    signChallenge: effect('signChallenge'),
    openSink: effect('openSink'),
    mintKey: effect('mintKey'),
    storeKey: effect('storeKey'),
    recoverKey: effect('recoverKey'),
    checkFunding: effect('checkFunding'),
    proveFunding: effect('proveFunding'),
    draftDiem: effect('draftDiem'),
    offerPayment: effect('offerPayment'),
    postPayment: effect('postPayment'),
    findPayment: effect('findPayment'),
    checkCredit: effect('checkCredit'),
    proveCredit: effect('proveCredit'),
    sleepUntil: effect('sleepUntil'),
  }
  return { effects, calls }
}

/** The machine with scripted actors, for a plain `createActor`. */
export function provideFakes(script: Script = {}) {
  const { effects, calls } = scriptedEffects({ script })
  return { machine: onboardingMachine.provide({ actors: createActors(effects) }), calls }
}
