import { STAGES } from '../../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../../machines/onboarding/machine.ts'

/** What cannot be taken back, as the machine says it of its stages. */
export const irreversibleSteps = (): string[] =>
  STAGES.flatMap((stage) => {
    const text = onboardingMachine.states[stage]?.meta?.irreversible
    return text === undefined ? [] : [`${stage}: ${text}`]
  })
