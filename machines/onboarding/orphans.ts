import type { KeyType, MintIntent } from '../../src/domain/key.ts'
import { type Action, action, say, type Told } from '../../src/domain/next-action.ts'
import type { RunRecord } from './context.ts'

/** Finds and deletes keys that nobody holds. A stored ADMIN key can do that; otherwise the wallet makes one for it. */
export const reclaimAction = (storedType: KeyType | null): Action =>
  action('keys.reclaim', storedType === 'ADMIN' ? {} : { withAdminKey: true })

/**
 * What the person is told of a key that nobody holds.
 *
 * @param type - of the key that the run stores, if any.
 * @param isProven - Venice said that there is such a key.
 */
export const orphanWarning = (
  { label }: Pick<MintIntent, 'label'>,
  { type, isProven = false }: { type: KeyType | null; isProven?: boolean },
): Told =>
  say`A key labelled "${label}" ${isProven ? 'exists' : 'may exist'} that nobody holds; ${reclaimAction(type)} finds and deletes it.`

/** The record with one more mint that may make a key nobody holds. */
export const withOrphan = (record: RunRecord, intent: MintIntent, type: KeyType | null): RunRecord => ({
  ...record,
  mints: [...record.mints, { ...intent, status: 'lost' }],
  warnings: [...record.warnings, orphanWarning(intent, { type })],
})

/** The record once it is known what became of the key under `label`: it counts and is warned of no longer. */
export const withSettledOrphan = (
  record: RunRecord,
  label: string,
  status: Extract<MintIntent['status'], 'reclaimed' | 'refused'>,
): RunRecord => ({
  ...record,
  mints: record.mints.map((intent) => (intent.label === label ? { ...intent, status } : intent)),
  // Labels hold a random marker, so no other sentence names this one.
  warnings: record.warnings.filter((warning) =>
    typeof warning === 'string' ? !warning.includes(`"${label}"`) : !warning.includes(label),
  ),
})
