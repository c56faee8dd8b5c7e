import { adviceOn } from '../domain/funding-advice.ts'
import type { ResumedEvent, TransitionEvent } from '../driver/events.ts'

export const isAwaitingCredit = (state: string): boolean => state === 'fundingCheck.awaitCredit'

/** What to do while a run waits for its key to be funded: once per reason, then null. */
export function createCreditNotice(): (event: TransitionEvent | ResumedEvent) => string | null {
  let told: string | null = null
  return (event) => {
    if (event.type === 'resumed' || !isAwaitingCredit(event.to) || event.view.funding === null) return null
    const { funding } = event.view
    const advice = adviceOn(funding, {})
    if (advice === null || funding.reason === told) return null
    told = funding.reason
    const links = advice.links.map((link) => `  ${link}`)
    const ways = '  All funding methods and their prices: venice-onboard fund options'
    return [
      `${funding.reason} ${advice.step}`,
      ...links,
      ways,
      '  This run continues by itself once the key can spend.',
    ].join('\n')
  }
}
