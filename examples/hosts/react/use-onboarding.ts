import { useSyncExternalStore } from 'react'
import type { OnboardingOutput, onboardingMachine, Stage } from 'venice-onboard/machine'
import type { ActorRefFrom } from 'xstate'

export interface Shown {
  /** Null when the run has ended. */
  stage: Stage | null
  output: OnboardingOutput | undefined
}

/** Where a run stands. Make its actor once: what is rendered again must not pay again. */
export function useOnboarding(actor: ActorRefFrom<typeof onboardingMachine>): Shown {
  const snapshot = useSyncExternalStore(
    (onChange) => actor.subscribe({ next: onChange, error: onChange, complete: onChange }).unsubscribe,
    () => actor.getSnapshot(),
  )
  const [stage = null] = Object.values(snapshot.getMeta()).flatMap((meta) => meta?.stage ?? [])
  return { stage, output: snapshot.output }
}
