import { isDoubtful } from '../../domain/key.ts'
import { action, say } from '../../domain/next-action.ts'
import { recordOf } from '../../driver/envelope.ts'
import { DeletionNotConfirmedError } from '../../errors/keys.ts'
import { type Reclaimed, type ReclaimedKey, reclaimKeys } from '../../operations/reclaim-keys.ts'
import { isConfirmed } from '../confirm.ts'
import type { CliContext } from '../environment.ts'
import { keysOptions } from '../keys-options.ts'
import type { Output } from '../output.ts'
import { findRun, readRun } from '../records.ts'
import { isUnasked, type Request } from '../request.ts'
import { table } from '../table.ts'

export type ReclaimRequest = Request & { withAdminKey: boolean; isDryRun: boolean }

/**
 * `keys reclaim`: finds keys that nobody holds, by their labels, and deletes them. Signs only with
 * `--with-admin-key`; asks before it deletes.
 */
export async function reclaim(request: ReclaimRequest, output: Output, context: CliContext): Promise<number> {
  const { isDryRun: dryRun } = request
  const found = await findRun(request.stateDir, request.address)
  const { address, chainId } = found
  const finish = (result: Reclaimed): number => {
    output.result({ address, chainId, dryRun, ...result }, reclaimedText(result, output))
    return 0
  }
  if (!recordOf(await readRun(found)).mints.some(isDoubtful)) return finish({ keys: [], adminKey: null })
  const isApproved = isUnasked(request)
  // Before anything is signed or sent to Venice.
  if (!isApproved && !dryRun && !output.mayAsk) throw new DeletionNotConfirmedError({ isDeclined: false })

  const result = await reclaimKeys({
    ...(await keysOptions(request, context)),
    isDryRun: dryRun,
    confirm: async (keys) => isApproved || ask(keys, output),
  })
  return finish(result)
}

async function ask(keys: readonly ReclaimedKey[], output: Output): Promise<boolean> {
  output.note(`${keysTable(keys)}\n`)
  const message = keys.length === 1 ? 'Delete this key at Venice?' : `Delete these ${keys.length} keys at Venice?`
  return isConfirmed(message)
}

const keysTable = (keys: readonly ReclaimedKey[]): string =>
  table(
    ['label', 'id', 'ends in', 'created', 'is'],
    keys.map(({ label, id, last6, createdAt, status }) => [label, id ?? '', last6 ?? '', createdAt ?? '', status]),
  )

function reclaimedText({ keys, adminKey }: Reclaimed, output: Output): string {
  const { style } = output
  if (keys.length === 0) return 'Nothing to reclaim: the outcome of every mint of this run is known.'
  const is = (status: ReclaimedKey['status']) => keys.filter((key) => key.status === status).length
  const found = is('found')
  return [
    keysTable(keys),
    found > 0 ? `${style('cyan', 'next')}  the same command without --dry-run deletes ${found}.` : '',
    is('held') > 0 ? output.say(say`held: the key is in its sink. The next ${action('run')} uses it.`) : '',
    is('none') > 0 ? 'none: Venice has no key with this label. It was never minted, or was deleted.' : '',
    adminKey === 'minted' ? 'The ADMIN key that this command made has deleted itself.' : '',
  ]
    .filter((line) => line !== '')
    .join('\n')
}
