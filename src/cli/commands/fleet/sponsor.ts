import { formatAmount } from '../../../domain/amounts.ts'
import { action, say } from '../../../domain/next-action.ts'
import type { FleetClient } from '../../../fleet/client.ts'
import { withWanted } from '../../../fleet/hand-in.ts'
import { walletKey } from '../../../fleet/names.ts'
import { handIn, orderFor } from '../../../fleet/sponsor-list.ts'
import type { SponsorOrder, TreasurySummary } from '../../../fleet/treasury-order.ts'
import type { CliContext } from '../../environment.ts'
import { EXIT_CODES } from '../../exit-codes.ts'
import type { Output } from '../../output.ts'
import { eth, vvv } from '../../words.ts'
import { rowsOf } from './list.ts'
import { clientFor } from './place.ts'
import type { SubmitRequest } from './request.ts'
import { confirm } from './submit.ts'
import { treasuryAddress } from './treasury.ts'
import { watch } from './watch.ts'

/** @property submits - each wallet is handed in once its stake is there. */
export type SponsorRequest = SubmitRequest & { submits: boolean }

/**
 * `fleet sponsor`: a treasury stakes for the wallets of a list, which then need neither ETH nor VVV; with `--submit` each is
 * handed in once its stake is there. It is only followed here: stopped, it goes on at the workers.
 */
export async function sponsor(
  file: string | undefined,
  request: SponsorRequest,
  output: Output,
  context: CliContext,
): Promise<number> {
  // It is the treasury whose funds are waited for.
  const ofWallets = { ...request, waitForFundsMs: undefined }
  const rows = (await rowsOf(file, request, context)).map((row) => withWanted(row, ofWallets))
  const address = await treasuryAddress(request)
  const client = clientFor(request)
  const order = await orderFor(client, { address, rows, asked: request })
  const total = order.wallets.reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  const words = `up to ${formatAmount(total)} VVV of ${address} for ${rows.length} wallets`
  if (request.isDryRun) {
    output.result({ treasury: address, wallets: rows.length, vvv: total.toString() }, `Would stake ${words}.`)
    return 0
  }
  await confirm(`Stake ${words}? sVVV cannot be transferred back.`, request, output)
  await handIn(client, order)
  return finish(await followTreasury(client, order, output), output)
}

/** Looks until the list has ended, or somebody has seen enough; null: it has not begun. */
export async function followTreasury(
  client: FleetClient,
  order: SponsorOrder,
  output: Output,
): Promise<TreasurySummary | null> {
  let told = ''
  const read = async () => {
    const summary = (await client.treasuries()).get(walletKey(order)) ?? null
    return summary !== null && summary.pass >= order.pass ? summary : null
  }
  const show = (summary: TreasurySummary | null) => {
    if (summary === null) return
    output.event({ type: 'treasury', ...summary })
    const line = `sponsor  ${summary.staked} of ${summary.wallets} wallets staked for`
    if (line !== told) output.note(line)
    told = line
  }
  const isOver = (summary: TreasurySummary | null) => summary !== null && summary.outcome !== 'running'
  return watch({ read, show, isOver, output })
}

export function treasuryText(
  { address, outcome, wallets, staked, handedIn, spent, failure }: TreasurySummary,
  output: Pick<Output, 'say'>,
): string {
  const parts = [
    `${address} has staked for ${staked} of ${wallets} wallets: ${vvv(spent.vvv)}, ${eth(spent.feeWei)} in fees.`,
    handedIn > 0 ? `${handedIn} were handed in: ${output.say([action('fleet.status', { follow: true })])}` : '',
    outcome === 'failed' && failure !== null ? `${failure.message} [${failure.code}]\n${output.say(failure.hint)}` : '',
  ]
  return parts.filter((part) => part !== '').join('\n')
}

export function finish(summary: TreasurySummary | null, output: Output): number {
  if (summary === null) {
    output.result(
      { outcome: 'running' },
      output.say(say`The list was submitted and continues: ${action('fleet.status')}`),
    )
    return EXIT_CODES.waiting
  }
  const { address, ...rest } = summary
  output.result({ treasury: address, ...rest }, treasuryText(summary, output))
  if (summary.outcome === 'running') return EXIT_CODES.waiting
  return summary.failure === null ? 0 : EXIT_CODES[summary.failure.exit]
}
