import { resolve } from 'node:path'
import { formatAmount } from '../../domain/amounts.ts'
import { keyExpiry } from '../../domain/key-expiry.ts'
import type { Position } from '../../domain/position.ts'
import { resultOf } from '../../driver/result.ts'
import { addressOf } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { findRuns, readRun } from '../records.ts'
import { resultText } from '../result-text.ts'

/** `status`: what is on disk and, with `--live`, on chain. Changes nothing and needs no key. */
export async function status(flags: Flags & { live?: boolean }, output: Output, context: CliContext): Promise<number> {
  const stored = await findRuns(resolve(context.cwd, flags.stateDir), addressOf(flags))
  const runs = []
  const texts: string[] = []
  for (const found of stored) {
    const envelope = await readRun(found)
    const result = resultOf(envelope, { command: 'venice-onboard run' })
    const request = envelope.snapshot.context.request
    const live = flags.live
      ? await look(flags, context, { address: found.address, stakeAmount: BigInt(request.stakeAmount) })
      : null
    const expiry = result.key && keyExpiry(result.key, Date.now())
    runs.push({ ...result, keyExpiry: expiry, revision: envelope.revision, writtenAt: envelope.writtenAt, live })
    texts.push(
      [
        `${found.address} on chain ${found.chainId}: ${result.state} (revision ${envelope.revision}, ${envelope.writtenAt})`,
        resultText(result, output, { isSandbox: flags.network === 'sandbox' }),
        expiry?.warning ? `${output.style('yellow', 'warning')}  ${expiry.warning}` : '',
        live === null ? '' : liveText(live),
      ]
        .filter((part) => part !== '')
        .join('\n'),
    )
  }
  output.result({ runs }, texts.join('\n\n'))
  return 0
}

/** Chain code is loaded only when it is asked for. */
async function look(
  flags: Flags,
  context: CliContext,
  wallet: { address: Position['implementation'] & string; stakeAmount: bigint },
): Promise<Position> {
  const { chainFor } = await import('../wiring.ts')
  const chain = await chainFor(flags, context)
  return chain.survey({ ...wallet, open: [] })
}

const liveText = ({ eth, vvv, sVvv, allowance, blockNumber }: Position): string =>
  `chain    ${formatAmount(sVvv)} sVVV, ${formatAmount(vvv)} VVV, ${formatAmount(eth, { maxFraction: 9 })} ETH, allowance ${formatAmount(allowance)} VVV (block ${blockNumber})`
