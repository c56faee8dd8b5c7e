import type { KeyRef, RetiredKey } from '../../src/domain/key.ts'
import { type Action, action, say, type Told } from '../../src/domain/next-action.ts'
import type { RunRecord } from './context.ts'

/** Keys of this run that Venice may still accept although they are to be deleted. */
export const keysToRevoke = ({ retired }: Pick<RunRecord, 'retired'>): readonly RetiredKey[] =>
  retired.filter(({ status }) => status === 'toRevoke')

/** Mints the next key, or finishes an earlier rotation. Only an ADMIN key can delete the old one. */
export const rotateAction = ({ key }: Pick<RunRecord, 'key'>): Action =>
  action('keys.rotate', key === null || key.type === 'ADMIN' ? {} : { withAdminKey: true })

/**
 * The record with its key moved to the retired ones. A pass that starts from it mints another.
 *
 * @param at - ISO 8601.
 */
export function withRetiredKey(record: RunRecord, { why, at }: Pick<RetiredKey, 'why' | 'at'>): RunRecord {
  const { key, retired } = record
  if (key === null) return record
  return { ...record, key: null, funding: null, retired: [...retired, { key, at, why, status: 'toRevoke' }] }
}

/** The record after Venice no longer accepts the retired key with `label`. */
export const withRevokedKey = (record: RunRecord, label: string): RunRecord => ({
  ...record,
  retired: record.retired.map((entry) =>
    entry.key.label === label ? { ...entry, status: 'revoked' as const } : entry,
  ),
})

/** Warnings about earlier keys, a sentence each. */
export function retiredWarnings({ key, retired }: Pick<RunRecord, 'key' | 'retired'>): Told[] {
  const open = keysToRevoke({ retired }).map((entry) => openWarning(entry, key))
  const last = retired.at(-1)
  if (key !== null || last === undefined || last.status !== 'revoked') return open
  return [
    ...open,
    say`The key …${last.key.last6} is gone: it was revoked after ${last.at}. ${action('run')} mints another.`,
  ]
}

function openWarning({ key: old, why }: RetiredKey, key: KeyRef | null): Told {
  const rotate = rotateAction({ key })
  if (key === null && why === 'rotated') {
    return say`The key …${old.last6} in ${old.sink} serves until its successor is stored and proven; ${rotate} goes on.`
  }
  const isReplaced = why === 'rotated'
  const revoke = action('keys.revoke', {
    key: old.id ?? old.label,
    ...(key?.type !== 'ADMIN' && { withAdminKey: true as const }),
  })
  const remedy = isReplaced && key !== null ? rotate : revoke
  return say`Venice still takes the key …${old.last6}, which was ${isReplaced ? 'replaced' : 'given up'}; ${remedy} deletes it.`
}
