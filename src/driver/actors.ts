import { fromPromise, type PromiseActorLogic } from 'xstate'
import type { EffectContract, EffectName } from '../../machines/onboarding/effects.ts'
import type { Effects, Progress } from './effects/io.ts'

/** An actor for every effect of the machine. The compiler rejects a set that lacks one. */
export type Actors = {
  readonly [Name in EffectName]: PromiseActorLogic<EffectContract[Name]['output'], EffectContract[Name]['input']>
}

/**
 * Turns effects into XState actors, for people who run the machine with a plain `createActor`:
 * `createActor(onboardingMachine.provide({ actors: createActors(effects) }), { input })`.
 */
export function createActors(effects: Effects, report: (progress: Progress) => void = () => {}): Actors {
  const actor = <Name extends EffectName>(name: Name) =>
    fromPromise<EffectContract[Name]['output'], EffectContract[Name]['input']>(({ input, signal }) =>
      effects[name](input, { signal, report }),
    )
  return {
    readWalletState: actor('readWalletState'),
    signTransactions: actor('signTransactions'),
    broadcast: actor('broadcast'),
    watchTransactions: actor('watchTransactions'),
    replaceTransactions: actor('replaceTransactions'),
    fetchChallenge: actor('fetchChallenge'),
    signChallenge: actor('signChallenge'),
    openSink: actor('openSink'),
    mintKey: actor('mintKey'),
    storeKey: actor('storeKey'),
    recoverKey: actor('recoverKey'),
    checkFunding: actor('checkFunding'),
    proveFunding: actor('proveFunding'),
    draftDiem: actor('draftDiem'),
    offerPayment: actor('offerPayment'),
    postPayment: actor('postPayment'),
    findPayment: actor('findPayment'),
    checkCredit: actor('checkCredit'),
    proveCredit: actor('proveCredit'),
    sleepUntil: actor('sleepUntil'),
  }
}
