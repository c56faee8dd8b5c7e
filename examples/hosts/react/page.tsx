import { useState } from 'react'
import { type OnboardingInput, type onboardingMachine, STAGES } from 'venice-onboard/machine'
import { createActor } from 'xstate'
import { useOnboarding } from './use-onboarding.ts'

interface Given {
  /** `createActors` of `venice-onboard/machine`, over ports of yours, or those of `createMachineParts`. */
  machine: typeof onboardingMachine
  input: OnboardingInput
}

export function Page({ machine, input }: Given) {
  const [actor] = useState(() => createActor(machine, { input }))
  const [isStarted, setStarted] = useState(false)
  const { stage, output } = useOnboarding(actor)
  const start = () => {
    setStarted(true)
    actor.start()
  }
  return (
    <main>
      <button type="button" disabled={isStarted} onClick={start}>
        Get a key
      </button>
      <ol>
        {STAGES.map((name) => (
          <li key={name} aria-current={name === stage ? 'step' : undefined}>
            {name}
          </li>
        ))}
      </ol>
      <p role="status">{output?.outcome}</p>
    </main>
  )
}
