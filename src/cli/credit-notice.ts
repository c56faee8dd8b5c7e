import { adviceOn } from '../domain/funding-advice.ts'
import { action, say } from '../domain/next-action.ts'
import type { ResumedEvent, TransitionEvent } from '../driver/events.ts'
import type { Output } from './output.ts'

export const isAwaitingCredit = (state: string): boolean => state === 'fundingCheck.awaitCredit'

/** What to do while a run waits for its key to be funded: once per reason, then null. */
export function createCreditNotice({
  say: words,
}: Pick<Output, 'say'>): (event: TransitionEvent | ResumedEvent) => string | null {
  let told: string | null = null
  return (event) => {
    if (event.type === 'resumed' || !isAwaitingCredit(event.to) || event.view.funding === null) return null
    const { funding } = event.view
    const advice = adviceOn(funding, {})
    if (advice === null || funding.reason === told) return null
    told = funding.reason
    const links = advice.links.map((link) => `  ${link}`)
    const ways = words(say`  All funding methods and their prices: ${action('fund.options')}`)
    return [
      `${funding.reason} ${advice.step}`,
      ...links,
      ways,
      '  This run continues by itself once the key can spend.',
    ].join('\n')
  }
}
