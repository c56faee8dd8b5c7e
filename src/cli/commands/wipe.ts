import { existsSync } from 'node:fs'
import { acquireLock } from '../../adapters/locks/lock.ts'
import { sponsorDirectory } from '../../adapters/stores/file-run-store.ts'
import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { isOpen } from '../../domain/attempt.ts'
import { recordOf } from '../../driver/envelope.ts'
import { UsageError } from '../../errors/cli.ts'
import { NoRunError, RunInFlightError } from '../../errors/run.ts'
import type { Output } from '../output.ts'
import { findRun, readRun } from '../records.ts'
import type { Request } from '../request.ts'

export type WipeRequest = Request & { isForced: boolean }

/** `wipe`: moves a finished or abandoned run aside. Nothing is deleted; the key stays in its sink. */
export async function wipe(request: WipeRequest, output: Output): Promise<number> {
  if (request.isSponsored) return wipeSponsor(request, output)
  const run = await findRun(request.stateDir, request.address)
  const lock = await acquireLock(run)
  try {
    if (!request.isForced) {
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
async function wipeSponsor(request: WipeRequest, output: Output): Promise<number> {
  const { address } = request
  if (address === null)
    throw new UsageError('The sponsor is not named.', 'Name the wallet of the sponsor with --address.')
  const { openSponsorStore, recordedSponsoring } = await import('../../sponsoring/record.ts')
  const { openIn } = await import('../../sponsoring/result.ts')
  const place = { stateDir: request.stateDir, chainId: BASE_CHAIN_ID, address }
  if (!existsSync(sponsorDirectory(place))) throw new NoRunError(sponsorDirectory(place))
  const lock = await acquireLock(place)
  try {
    if (!request.isForced) {
      const recorded = await recordedSponsoring(place)
      const open = recorded === null ? [] : openIn(recorded)
      if (open.length > 0) throw new RunInFlightError(open.map(({ hash }) => hash))
    }
    const archive = await (await openSponsorStore(place)).archive()
    output.result(
      { address, chainId: BASE_CHAIN_ID, archive },
      `The record of the sponsor ${address} is now in ${archive}.`,
    )
    return 0
  } finally {
    await lock.release()
  }
}
