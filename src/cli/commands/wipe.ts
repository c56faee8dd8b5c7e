import { resolve } from 'node:path'
import { acquireLock } from '../../adapters/store/lock.ts'
import { isOpen } from '../../domain/attempt.ts'
import { recordOf } from '../../driver/envelope.ts'
import { RunInFlightError } from '../../errors/usage.ts'
import { addressOf } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { findRun, readRun } from '../records.ts'

/** `wipe`: moves a finished or abandoned run aside. Nothing is deleted; the key stays in its sink. */
export async function wipe(flags: Flags & { force?: boolean }, output: Output, context: CliContext): Promise<number> {
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
      `The run of ${run.address} is in ${archive} now.`,
    )
    return 0
  } finally {
    await lock.release()
  }
}
