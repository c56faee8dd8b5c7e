import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { Definition, Onboarding } from './kind.ts'
import { RECORDED_ONBOARDING } from './recorded.ts'

/** From a wallet with VVV to a key. The driver runs this machine by default. */
export const ONBOARDING: Definition<Onboarding> = {
  ...RECORDED_ONBOARDING,
  machine: onboardingMachine,
}
