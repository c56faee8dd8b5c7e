import { adviceOn } from '../domain/funding-advice.ts'
import type { ResumedEvent, TransitionEvent } from '../driver/events.ts'

export const isAwaitingCredit = (state: string): boolean => state === 'fundingCheck.awaitCredit'

/** What to do, and where, while a run waits for money to come to its key: once for each reason, then null. */
export function createCreditNotice(): (event: TransitionEvent | ResumedEvent) => string | null {
  let told: string | null = null
  return (event) => {
    if (event.type === 'resumed' || !isAwaitingCredit(event.to) || event.view.funding === null) return null
    const { funding } = event.view
    const advice = adviceOn(funding, {})
    if (advice === null || funding.reason === told) return null
    told = funding.reason
    const links = advice.links.map((link) => `  ${link}`)
    const ways = '  All ways, and what they cost: venice-onboard fund options'
    return [
      `${funding.reason} ${advice.step}`,
      ...links,
      ways,
      '  This run goes on by itself once the key can spend.',
    ].join('\n')
  }
}
