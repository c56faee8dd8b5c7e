import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { acquireLock } from '../../adapters/locks/lock.ts'
import { sponsorDirectory } from '../../adapters/stores/file-run-store.ts'
import { isOpen } from '../../domain/attempt.ts'
import { recordOf } from '../../driver/envelope.ts'
import { UsageError } from '../../errors/cli.ts'
import { NoRunError, RunInFlightError } from '../../errors/run.ts'
import { addressOf, CHAIN_ID } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { findRun, readRun } from '../records.ts'

/** `wipe`: moves a finished or abandoned run aside. Nothing is deleted; the key stays in its sink. */
export async function wipe(flags: Flags & { force?: boolean }, output: Output, context: CliContext): Promise<number> {
  if (flags.sponsor) return wipeSponsor(flags, output, context)
  const run = await findRun(resolve(context.cwd, flags.stateDir), addressOf(flags))
  const lock = await acquireLock(run)
  try {
    if (!flags.force) {
      const open = recordOf(await readRun(run)).attempts.filter(isOpen)
      if (open.length > 0) throw new RunInFlightError(open.map(({ hash }) => hash))
    }
    const archive = await run.store.archive()
    output.result(
      { address: run.address, chainId: run.chainId, archive },
      `The run of ${run.address} is now in ${archive}.`,
    )
    return 0
  } finally {
    await lock.release()
  }
}

/** The same for the record of a wallet as a sponsor. */
async function wipeSponsor(flags: Flags & { force?: boolean }, output: Output, context: CliContext): Promise<number> {
  const address = addressOf(flags)
  if (address === null)
    throw new UsageError('The sponsor is not named.', 'Name the wallet of the sponsor with --address.')
  const { openSponsorStore, recordedSponsoring } = await import('../../sponsoring/record.ts')
  const { openIn } = await import('../../sponsoring/result.ts')
  const place = { stateDir: resolve(context.cwd, flags.stateDir), chainId: CHAIN_ID, address }
  if (!existsSync(sponsorDirectory(place))) throw new NoRunError(sponsorDirectory(place))
  const lock = await acquireLock(place)
  try {
    if (!flags.force) {
      const recorded = await recordedSponsoring(place)
      const open = recorded === null ? [] : openIn(recorded)
      if (open.length > 0) throw new RunInFlightError(open.map(({ hash }) => hash))
    }
    const archive = await (await openSponsorStore(place)).archive()
    output.result({ address, chainId: CHAIN_ID, archive }, `The record of the sponsor ${address} is now in ${archive}.`)
    return 0
  } finally {
    await lock.release()
  }
}
