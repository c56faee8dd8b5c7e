/** An envelope of any format, as it was read: of no other field is it known that it is there. */
export interface StoredEnvelope {
  readonly format: number
  readonly [field: string]: unknown
}

/** One step from a format to the next. */
export interface Migration {
  from: number
  to: number
  /** Pure, and leaves its argument as it is. May throw at what cannot be of format `from`. */
  migrate(envelope: StoredEnvelope): StoredEnvelope
}

/** The first format that a release wrote. */
export const OLDEST_FORMAT = 1

/**
 * Every step since the first release, in order and without gaps. A step that was released is never changed: it is what
 * older records are read with, `test/corpus` among them.
 */
export const MIGRATIONS: readonly Migration[] = []

/** The format in which records are written: the end of the list. */
export const formatOf = (migrations: readonly Migration[]): number => migrations.at(-1)?.to ?? OLDEST_FORMAT

/**
 * `envelope` in the format in which records are written, or null when no step leads there from its own. Pure.
 *
 * @throws whatever a step throws at an envelope that is not of its format.
 */
export function migrate(
  envelope: StoredEnvelope,
  migrations: readonly Migration[] = MIGRATIONS,
): StoredEnvelope | null {
  let current = envelope
  for (const step of migrations) {
    if (step.from === current.format) current = { ...step.migrate(current), format: step.to }
  }
  return current.format === formatOf(migrations) ? current : null
}
