import { formatAmount, inDollars, sum } from '../../../domain/amounts.ts'
import { action, say } from '../../../domain/next-action.ts'
import { UsageError } from '../../../errors/cli.ts'
import { ConfirmationNeededError } from '../../../errors/policy.ts'
import { DEFAULT_STAKE, type Submitted, sortOut, submitAll, withWanted } from '../../../fleet/hand-in.ts'
import { isConfirmed } from '../../confirm.ts'
import type { CliContext } from '../../environment.ts'
import { EXIT_CODES } from '../../exit-codes.ts'
import type { Output } from '../../output.ts'
import { isUnasked } from '../../request.ts'
import { rowsOf } from './list.ts'
import { clientFor } from './place.ts'
import type { FleetRequest, SubmitRequest } from './request.ts'

/**
 * `fleet submit`: hands in the wallets of a list or of a range of the seed. Every row is checked before any is submitted;
 * what was submitted before is not started twice.
 */
export async function submit(
  file: string | undefined,
  request: SubmitRequest,
  output: Output,
  context: CliContext,
): Promise<number> {
  const rows = (await rowsOf(file, request, context)).map((row) => withWanted(row, request))
  const client = clientFor(request)
  const { fresh, ...known } = await sortOut(client, rows)
  const staking = fresh.filter(({ credential }) => credential !== 'wallet')
  const total = sum(staking.map(({ stakeAmount }) => BigInt(stakeAmount ?? DEFAULT_STAKE)))
  const usd = sum(fresh.map(({ fund }) => BigInt(fund?.amount ?? 0)))
  const words = [
    `${fresh.length} wallets`,
    ...(staking.length > 0 || usd === 0n ? [`up to ${formatAmount(total)} VVV to be staked`] : []),
    ...(usd > 0n ? [`up to ${inDollars(usd)} to be paid for credit`] : []),
  ].join(', ')
  if (request.isDryRun !== true && fresh.length > 0) await confirm(`Submit ${words}?`, request, output)
  const result = request.isDryRun ? { ...known, submitted: 0 } : await submitAll(client, fresh, known)
  const wouldSubmit = request.isDryRun ? { wouldSubmit: fresh.length } : {}
  output.result(
    { ...result, ...wouldSubmit, total: rows.length, vvv: total.toString(), usd: usd.toString() },
    textOf(result, words, { ...request, output }),
  )
  return 0
}

function textOf(
  { submitted, underWay, finished, failed }: Submitted,
  words: string,
  { isDryRun, output }: SubmitRequest & { output: Output },
): string {
  const parts = [
    isDryRun ? `Would submit ${words}.` : `Submitted ${submitted} wallets.`,
    underWay > 0 ? `${underWay} are under way already.` : '',
    finished > 0 ? `${finished} have finished before.` : '',
    failed > 0 ? output.say(say`${failed} have failed before: ${action('fleet.retry')}`) : '',
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/** @throws {ConfirmationNeededError} {UsageError} */
export async function confirm(message: string, request: FleetRequest, output: Output): Promise<void> {
  if (isUnasked(request)) return
  if (!output.mayAsk) throw new ConfirmationNeededError()
  if (!(await isConfirmed(message))) throw new UsageError('Nothing was submitted.', 'Confirm, or give --yes.')
}

/** What a fleet has come to, as an exit code: 0 where every wallet has its key. */
export const exitOf = ({ failed, waiting }: { failed: number; waiting: number }): number =>
  failed > 0 ? EXIT_CODES.unexpected : waiting > 0 ? EXIT_CODES.waiting : 0
