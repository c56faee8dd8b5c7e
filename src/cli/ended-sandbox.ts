import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import type { FundRequest } from '../domain/fund.ts'
import { type Action, action } from '../domain/next-action.ts'
import { commandOf } from './told.ts'

/** What a run is begun with. */
type Given = Action['arguments']

/**
 * What to do once the sandbox of a run has ended: archive the run, then begin another, whose sandbox is new.
 *
 * @param given - to the other run, e.g. `{ fund: 'diem:0.1' }`.
 */
export const anotherRun = (address: string, given: Given = {}): readonly [wipe: Action, run: Action] => [
  action('wipe', { address }),
  action('run', given),
]

/** The command for `anotherRun`. @param place - options that say which run is meant; see `placeIn`. */
export const anotherRunCommand = (actions: ReturnType<typeof anotherRun>, place: string): string =>
  actions.map((one) => commandOf(one, place)).join(' && ')

/** The value of `--fund` that makes another run able to pay. */
export const LEAST_FUND = { key: 'diem:0.1', wallet: 'x402:5' } as const

/** The value of `--fund` for a request. */
export const fundValue = ({ way, amount }: FundRequest): string =>
  `${way}:${formatAmount(amount, way === 'x402' ? { decimals: USDC_DECIMALS } : {})}`
