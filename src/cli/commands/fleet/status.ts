import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import { systemClock } from '../../../adapters/clock.ts'
import { BASE_CHAIN_ID } from '../../../domain/addresses.ts'
import { inDollars } from '../../../domain/amounts.ts'
import { formatDuration } from '../../../domain/duration.ts'
import { action, say } from '../../../domain/next-action.ts'
import { NoRunError } from '../../../errors/run.ts'
import type { FleetClient } from '../../../fleet/client.ts'
import { isAtRest, type Overview, shortened } from '../../../fleet/overview.ts'
import { readOverview } from '../../../fleet/read-overview.ts'
import type { CliContext } from '../../environment.ts'
import type { Output } from '../../output.ts'
import { resultText } from '../../result-text.ts'
import { table } from '../../table.ts'
import { withCommand } from '../../told.ts'
import { awaitsWords, eth, vvv } from '../../words.ts'
import { clientFor } from './place.ts'
import type { FleetRequest } from './request.ts'
import { treasuryText } from './sponsor.ts'
import { exitOf } from './submit.ts'
import { watch } from './watch.ts'

export type StatusRequest = FleetRequest & { follows: boolean }

/**
 * `fleet status`: how the whole fleet stands, or one wallet of it. With `--follow`, until nothing is under way; on a
 * terminal it is redrawn meanwhile. Changes nothing.
 */
export async function status(request: StatusRequest, output: Output, context: CliContext): Promise<number> {
  const client = clientFor(request)
  const address = request.address
  if (address !== null) return oneWallet(client, address, request, output)
  const overview = request.follows ? await follow(client, output, context) : await readOverview(client)
  output.result(overview, overviewText(overview, output))
  const { failed, stopped, queued, running } = overview.outcomes
  return request.follows ? exitOf({ failed, waiting: stopped + queued + running }) : 0
}

/** Looks until nothing is under way, or somebody has seen enough. */
export async function follow(
  client: FleetClient,
  output: Output,
  { stderr }: Pick<CliContext, 'stderr'>,
  isOver: (overview: Overview) => boolean = isAtRest,
): Promise<Overview> {
  let drawn = 0
  let told = ''
  const show = (overview: Overview) => {
    output.event({ type: 'fleet', ...shortened(overview, ADDRESSES_OF_EVENT) })
    if (output.isLive) {
      moveCursor(stderr, 0, -drawn)
      cursorTo(stderr, 0)
      clearScreenDown(stderr)
      const picture = overviewText(overview, output)
      stderr.write(`${output.screen(picture)}\n`)
      drawn = picture.split('\n').length
      return
    }
    const line = counts(overview)
    if (line !== told && output.format === 'text') output.note(line)
    told = line
  }
  try {
    return await watch({ read: () => readOverview(client), show, isOver, output })
  } finally {
    if (drawn > 0) {
      moveCursor(stderr, 0, -drawn)
      cursorTo(stderr, 0)
      clearScreenDown(stderr)
    }
  }
}

const counts = ({ outcomes }: Overview): string =>
  Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')

function overviewText(overview: Overview, output: Output): string {
  const { wallets, failures, slowest, spent, withCredit, keys, orphans, treasuries, troubles, engine } = overview
  const { style } = output
  const stakes = treasuries.map((treasury) => `treasury ${treasuryText(treasury, output)}`)
  if (wallets === 0) return ['No wallet was submitted yet.', ...stakes].join('\n')
  const parts = [
    `${style('bold', `${wallets} wallets`)}: ${counts(overview)}`,
    `spent    ${vvv(spent.vvv)}, ${eth(spent.feeWei)} for gas${spent.usd === '0' ? '' : `, ${inDollars(spent.usd)} for credit`}, pending at its most`,
    `keys     ${keys} stored${orphans > 0 ? style('yellow', `, ${orphans} may exist that nobody holds`) : ''}`,
    ...(withCredit > 0 ? [`credit   ${withCredit} wallets pay for calls themselves`] : []),
    ...stakes,
    statesTable(overview),
  ]
  if (failures.length > 0) {
    const rows = failures.map(({ code, count, recoverable }) => [code, String(count), recoverable ? 'yes' : 'no'])
    parts.push('', table(['failure', 'wallets', 'retry'], rows, { right: [1] }))
    for (const { code, message, hint } of failures.slice(0, 3))
      parts.push(`${style('red', code)}  ${message}\n      ${output.say(hint)}`)
  }
  if (slowest.length > 0) {
    const rows = slowest.map(({ address, state, seconds }) => [address, state, formatDuration(seconds * 1000)])
    parts.push('', table(['slowest', 'state', 'for'], rows))
  }
  parts.push('', ...addressLines(overview))
  if ((engine.paused ?? 0) > 0)
    parts.push('', output.say(say`${engine.paused ?? 0} are paused at Restate: ${action('fleet.retry')}`))
  for (const { failure, count } of troubles) parts.push(`${style('yellow', 'restate')}  ${count} times: ${failure}`)
  return parts.join('\n')
}

/** Addresses on a terminal; `--json` has all of them. */
const SHOWN_ADDRESSES = 10
/** Addresses in an event of `--follow`, of which there may be one a second; its result has all of them. */
const ADDRESSES_OF_EVENT = 100

function addressLines({ addresses, wallets }: Overview): string[] {
  const shown = addresses.slice(0, SHOWN_ADDRESSES)
  const rows = shown.map(({ address, outcome, state, code }) => [address, outcome, code ?? state])
  const left = wallets - shown.length
  const more = left > 0 ? [`and ${left} more; --json lists them all`] : []
  return [
    table(['wallet', 'outcome', 'state or failure'], rows),
    ...more,
    'One of them: the command fleet inspect, with --address',
  ]
}

function statesTable({ states }: Overview): string {
  const rows = Object.entries(states).sort(([, a], [, b]) => b - a)
  return rows.length === 0
    ? ''
    : `\n${table(
        ['state', 'wallets'],
        rows.map(([name, count]) => [name, String(count)]),
        { right: [1] },
      )}`
}

async function oneWallet(
  client: FleetClient,
  address: string,
  { network }: StatusRequest,
  output: Output,
): Promise<number> {
  const found = await client.status({ chainId: BASE_CHAIN_ID, address })
  const { summary, result, progress } = found
  if (summary === null) throw new NoRunError(`the fleet for ${address}`)
  const doing = progress === null ? '' : `now      ${awaitsWords(progress as never, systemClock.now())}\n`
  const failure =
    summary.failure && result === null
      ? `${summary.failure.message} [${summary.failure.code}]\n${output.say(summary.failure.hint)}`
      : ''
  const shown = result && withCommand(result, output.command)
  const text = shown === null ? failure : resultText(shown, output, { isSandbox: network === 'sandbox' })
  output.result(
    { summary, progress, ...(shown !== null && { result: shown }) },
    `pass ${summary.pass}: ${summary.state}\n${doing}${text}`,
  )
  return 0
}
