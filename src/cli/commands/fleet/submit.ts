import { openSeed } from '../../../adapters/signers/seed.ts'
import { BASE_CHAIN_ID } from '../../../domain/addresses.ts'
import { formatAmount, inDollars, sum, toUnits } from '../../../domain/amounts.ts'
import { action, say } from '../../../domain/next-action.ts'
import { MissingOptionError, UsageError } from '../../../errors/cli.ts'
import { ConfirmationNeededError } from '../../../errors/policy.ts'
import type { FleetClient } from '../../../fleet/client.ts'
import { walletKey } from '../../../fleet/names.ts'
import type { Order } from '../../../fleet/order.ts'
import { isConfirmed } from '../../confirm.ts'
import type { CliContext } from '../../environment.ts'
import { EXIT_CODES } from '../../exit-codes.ts'
import type { Output } from '../../output.ts'
import { isUnasked } from '../../request.ts'
import { clientFor, placeOf } from './place.ts'
import type { FleetRequest, SubmitRequest } from './request.ts'
import { type ListedRow, type Row, readRows } from './rows.ts'

/** Orders that are on their way at a time. */
const AT_ONCE = 32
/** As in `run`. */
export const DEFAULT_STAKE = toUnits('1')

/** What became of the rows. */
export interface Submitted {
  submitted: number
  /** A pass of them is under way, or waits for its turn. */
  underWay: number
  finished: number
  /** Of an earlier pass; `fleet retry` begins another. */
  failed: number
}

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

/** Which rows are new, and how many of the others stand where. */
export async function sortOut(
  client: FleetClient,
  rows: readonly Row[],
): Promise<Omit<Submitted, 'submitted'> & { fresh: Order[] }> {
  // In this order: a pass that has ended in between is seen as ended.
  const invocations = await client.invocations()
  const summaries = await client.summaries()
  const result = { underWay: 0, finished: 0, failed: 0, fresh: [] as Order[] }
  for (const row of rows) {
    const key = walletKey(row)
    const summary = summaries.get(key)
    if (invocations.has(key)) result.underWay += 1
    else if (summary === undefined) result.fresh.push({ ...row, pass: 1 })
    else if (summary.outcome === 'failed' || summary.outcome === 'running') result.failed += 1
    else result.finished += 1
  }
  return result
}

export async function submitAll(
  client: FleetClient,
  orders: readonly Order[],
  known: Omit<Submitted, 'submitted'>,
): Promise<Submitted> {
  const result = { ...known, submitted: 0 }
  const queue = [...orders]
  const lane = async () => {
    for (let order = queue.shift(); order !== undefined; order = queue.shift()) {
      if (await client.submit(order)) result.submitted += 1
      else result.underWay += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return result
}

/** @throws {UsageError} {MissingOptionError} {FleetRowsInvalidError} */
export async function rowsOf(
  file: string | undefined,
  request: SubmitRequest,
  context: CliContext,
): Promise<ListedRow[]> {
  const { range } = request
  if (file !== undefined && range !== undefined)
    throw new UsageError('Both a list and --hd are given.', 'Give one of them.')
  if (file !== undefined) return readRows(file, context)
  if (range === undefined) {
    throw new MissingOptionError('The list of wallets', 'Name a CSV or JSON-lines file, - for stdin, or --hd 0-999.')
  }
  const { seed, passwordFile } = placeOf(request).keys
  if (seed === undefined || passwordFile === undefined) {
    throw new MissingOptionError('The seed of the range', 'Give --seed F and --password-file F.')
  }
  const opened = await openSeed({ path: seed, passwordFile })
  return Array.from({ length: range.to - range.from + 1 }, (_, offset) => {
    const index = range.from + offset
    return { chainId: BASE_CHAIN_ID, address: opened.addressOf(index), index }
  })
}

/** What is wanted of all wallets. */
type ForAll = Pick<SubmitRequest, 'wanted' | 'mustProve' | 'mustBeFunded' | 'waitForFundsMs'>

/** What is wanted of all holds for rows that do not say otherwise. */
export function withWanted({ credential: ofRow, fund: fundOfRow, ...row }: ListedRow, request: ForAll): Row {
  const { wanted } = request
  const asked = { ...wanted.key, ...row.key }
  const stake = row.stakeAmount ?? wanted.stakeAmount?.toString()
  const [credential, fund] = [ofRow ?? wanted.credential, fundOfRow ?? wanted.fund]
  return {
    ...row,
    ...(credential === 'wallet' && { credential }),
    ...(fund != null && fund !== 'none' && fund.way === 'x402' && { fund }),
    ...(stake !== undefined && { stakeAmount: stake }),
    ...(Object.keys(asked).length > 0 && { key: asked }),
    ...(request.mustProve && { mustProve: true }),
    ...(request.mustBeFunded && { mustBeFunded: true }),
    ...(request.waitForFundsMs !== undefined && {
      fundsDeadline: new Date(Date.now() + request.waitForFundsMs).toISOString(),
    }),
  }
}

/** What a fleet has come to, as an exit code: 0 where every wallet has its key. */
export const exitOf = ({ failed, waiting }: { failed: number; waiting: number }): number =>
  failed > 0 ? EXIT_CODES.unexpected : waiting > 0 ? EXIT_CODES.waiting : 0
