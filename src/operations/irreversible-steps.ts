import { STAGES } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { FundRequest } from '../domain/fund.ts'
import type { CredentialKind } from '../domain/request.ts'

/** What cannot be taken back, as the machine says it of its stages, and of the way to pay that is asked for. */
export const irreversibleSteps = (fund: FundRequest | null = null, credential: CredentialKind = 'key'): string[] => {
  const paying = fund === null ? [] : [fund.way === 'diem' ? 'mintDiem' : 'topUp']
  const stages = credential === 'wallet' ? [] : STAGES
  return [...stages, ...paying].flatMap((name) => {
    const text = onboardingMachine.states[name as keyof typeof onboardingMachine.states]?.meta?.irreversible
    return text === undefined ? [] : [`${name}: ${text}`]
  })
}
