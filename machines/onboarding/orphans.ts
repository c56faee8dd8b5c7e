import type { KeyType, MintIntent } from '../../src/domain/key.ts'
import { type Action, action, say, type Told } from '../../src/domain/next-action.ts'
import type { RunRecord } from './context.ts'

/**
 * The action that finds and deletes keys that nobody has. A stored ADMIN key can do that; otherwise the wallet mints
 * one for it.
 */
export const reclaimAction = (storedType: KeyType | null): Action =>
  action('keys.reclaim', storedType === 'ADMIN' ? {} : { withAdminKey: true })

/**
 * The warning about a key that nobody has.
 *
 * @param type - type of the run's key, if any.
 * @param isProven - Venice said that the key exists.
 */
export const orphanWarning = (
  { label }: Pick<MintIntent, 'label'>,
  { type, isProven = false }: { type: KeyType | null; isProven?: boolean },
): Told =>
  say`A key labelled "${label}" ${isProven ? 'exists' : 'may exist'} that nobody holds; ${reclaimAction(type)} finds and deletes it.`

/** The record with one more mint that may make a key which nobody has. */
export const withOrphan = (record: RunRecord, intent: MintIntent, type: KeyType | null): RunRecord => ({
  ...record,
  mints: [...record.mints, { ...intent, status: 'lost' }],
  warnings: [...record.warnings, orphanWarning(intent, { type })],
})

/** The record after the fate of the key with `label` is known: the key no longer counts, and its warning is gone. */
export const withSettledOrphan = (
  record: RunRecord,
  label: string,
  status: Extract<MintIntent['status'], 'reclaimed' | 'refused'>,
): RunRecord => ({
  ...record,
  mints: record.mints.map((intent) => (intent.label === label ? { ...intent, status } : intent)),
  // Labels contain a random marker, so no other sentence contains this one.
  warnings: record.warnings.filter((warning) =>
    typeof warning === 'string' ? !warning.includes(`"${label}"`) : !warning.includes(label),
  ),
})
