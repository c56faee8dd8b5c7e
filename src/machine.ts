/** The machine, and what drives it: no module of Node, so that it runs in a browser and on the edge, too. */
export type {
  OnboardingContext,
  OnboardingInput,
  OnboardingOutput,
  RunRecord,
  Stage,
} from '../machines/onboarding/context.ts'
export { STAGES } from '../machines/onboarding/context.ts'
export type { EffectContract, EffectName } from '../machines/onboarding/effects.ts'
export { onboardingMachine } from '../machines/onboarding/machine.ts'
export type { StateMeta } from '../machines/onboarding/setup.ts'
export { type Actors, createActors } from './driver/actors.ts'
export { type Drive, type Driven, drive, type Host } from './driver/driver.ts'
export { createEffects } from './driver/effects/create.ts'
export type { EffectSettings, Effects, Ports, Progress } from './driver/effects/io.ts'
export type { RunEvent } from './driver/events.ts'
export type { Chain } from './ports/chain.ts'
export type { Clock } from './ports/clock.ts'
export type { KeySink } from './ports/key-sink.ts'
export type { Signer } from './ports/signer.ts'
export type { Venice } from './ports/venice.ts'
