import { STAGES } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { FundRequest } from '../domain/fund.ts'
import type { CredentialKind } from '../domain/request.ts'

/** The steps that cannot be undone, as the machine describes them, for its stages and for the requested funding. */
export const irreversibleSteps = (fund: FundRequest | null = null, credential: CredentialKind = 'key'): string[] => {
  const paying = fund === null ? [] : [fund.way === 'diem' ? 'mintDiem' : 'topUp']
  const stages = credential === 'wallet' ? [] : STAGES
  return [...stages, ...paying].flatMap((name) => {
    const text = onboardingMachine.states[name as keyof typeof onboardingMachine.states]?.meta?.irreversible
    return text === undefined ? [] : [`${name}: ${text}`]
  })
}
