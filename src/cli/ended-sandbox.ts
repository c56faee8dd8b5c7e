import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import type { FundRequest } from '../domain/fund.ts'
import { shellWord } from '../domain/shell-word.ts'
import type { Flags } from './options.ts'

const STATE_DIR = '.venice-onboard'

/**
 * What to type once the sandbox of a run has ended: it archives the run, and begins another, whose sandbox is new.
 *
 * @param options - of the other run, e.g. `--fund diem:0.1`.
 */
export function anotherRun(
  { stateDir }: Pick<Flags, 'stateDir'>,
  { address, options = '' }: { address: string; options?: string },
): string {
  const place = stateDir === STATE_DIR ? '' : ` --state-dir ${shellWord(stateDir)}`
  const run = `venice-onboard run${place}${options === '' ? '' : ` ${options}`}`
  return `venice-onboard wipe${place} --address ${address} && ${run}`
}

/** `--fund` for a request. */
export const fundOption = ({ way, amount }: FundRequest): string =>
  `--fund ${way}:${formatAmount(amount, way === 'x402' ? { decimals: USDC_DECIMALS } : {})}`
