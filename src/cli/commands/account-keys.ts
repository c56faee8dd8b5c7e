import { systemClock } from '../../adapters/clock.ts'
import { keyExpiry } from '../../domain/key-expiry.ts'
import { action, say } from '../../domain/next-action.ts'
import { excerpt } from '../../domain/redact.ts'
import { DeletionNotConfirmedError } from '../../errors/keys.ts'
import { type AccountKey, listKeys, type RevokedKey, revokeKey } from '../../operations/keys.ts'
import { isConfirmed } from '../confirm.ts'
import type { CliContext } from '../environment.ts'
import { keysOptions } from '../keys-options.ts'
import type { Output } from '../output.ts'
import { isUnasked, type Request } from '../request.ts'
import { table } from '../table.ts'

export type AccountKeysRequest = Request & { withAdminKey: boolean; isForced: boolean }

/** `keys list`: the account's keys, with those of the run marked. Signs only with `--with-admin-key`. */
export async function list(request: AccountKeysRequest, output: Output, context: CliContext): Promise<number> {
  const options = await keysOptions(request, context)
  const { keys, adminKey } = await listKeys(options)
  const shown = keys.map((key) => ({ ...key, expiry: keyExpiry(key, systemClock.now()) }))
  const { address, chainId } = options
  output.result({ address, chainId, adminKey, keys: shown }, listText(shown, output))
  return 0
}

/** `keys revoke`: deletes one key. Asks first. */
export async function revoke(
  name: string,
  request: AccountKeysRequest,
  output: Output,
  context: CliContext,
): Promise<number> {
  const isApproved = isUnasked(request)
  // Before anything is signed or asked of Venice.
  if (!isApproved && !output.mayAsk) throw new DeletionNotConfirmedError({ isDeclined: false })
  const options = await keysOptions(request, context)
  const revoked = await revokeKey({
    ...options,
    name,
    isForced: request.isForced,
    confirm: async (key) => isApproved || ask(key, output),
  })
  const { address, chainId } = options
  output.result({ address, chainId, ...revoked }, revokedText(name, revoked, output))
  return 0
}

async function ask(key: AccountKey, output: Output): Promise<boolean> {
  output.note(`${keysTable([key])}\n`)
  return isConfirmed('Delete this key at Venice?')
}

/** Widths of the columns with free text, so that a row has at most 80 characters. */
const LABEL_WIDTH = 27
const LIMIT_WIDTH = 10

const keysTable = (keys: readonly AccountKey[]): string =>
  table(
    ['label', 'ends in', 'type', 'is', 'expires', 'limit'],
    keys.map(({ label, last6, type, is, expiresAt, ...key }) => [
      excerpt(label, LABEL_WIDTH),
      excerpt(last6, 7),
      type,
      is,
      expiresAt?.slice(0, 10) ?? 'never',
      excerpt(limitText(key), LIMIT_WIDTH),
    ]),
  )

const PERIODS = { EPOCH: 'day', MONTH: 'month', LIFETIME: 'life' } as const

function limitText({ limit: { usd, diem }, limitPeriod }: Pick<AccountKey, 'limit' | 'limitPeriod'>): string {
  const amounts = [usd === null ? '' : `$${usd}`, diem === null ? '' : `${diem}D`].filter((part) => part !== '')
  if (amounts.length === 0) return 'none'
  return `${amounts.join('+')}${limitPeriod === null ? '' : `/${PERIODS[limitPeriod]}`}`
}

type ShownKey = AccountKey & { expiry: ReturnType<typeof keyExpiry> }

function listText(keys: readonly ShownKey[], output: Output): string {
  const { style } = output
  if (keys.length === 0) return 'The account has no active key.'
  const warnings = keys.flatMap(({ is, last6, expiry }) => {
    if (expiry.warning === null) return []
    return is === 'current' ? [expiry.warning] : `The key …${last6} expires at ${expiry.expiresAt}.`
  })
  const orphans = keys.some(({ is }) => is === 'orphan')
    ? [output.say(say`orphan: nobody holds this key. ${action('keys.reclaim')} deletes it.`)]
    : []
  const retired = keys.some(({ is }) => is === 'retired')
    ? [output.say(say`retired: the run used this key before. ${action('keys.rotate')} revokes it.`)]
    : []
  return [
    keysTable(keys),
    ...warnings.map((warning) => `${style('yellow', 'warning')}  ${output.say(warning)}`),
    ...orphans,
    ...retired,
  ].join('\n')
}

function revokedText(name: string, { status, key }: RevokedKey, output: Pick<Output, 'say'>): string {
  const what = key === null ? excerpt(name) : `…${key.last6} ("${key.label}")`
  if (status === 'gone') return `Venice no longer has the key ${what}.`
  const isOwn = key !== null && 'is' in key && key.is === 'current'
  return `Deleted the key ${what}.${isOwn ? output.say(say` This run now has no key. ${action('run')} mints another.`) : ''}`
}
