/** An envelope of any format, as it was read. No other field is certain to exist. */
export interface StoredEnvelope {
  readonly format: number
  readonly [field: string]: unknown
}

/** One step from a format to the next. */
export interface Migration {
  from: number
  to: number
  /** Pure; does not change its argument. May throw at an envelope that is not of format `from`. */
  migrate(envelope: StoredEnvelope): StoredEnvelope
}

/** The first format. */
export const OLDEST_FORMAT = 1

/**
 * Every step since the first format, in order and without gaps. A released step is never changed, because older
 * records, such as those of `test/corpus`, are read with it.
 */
export const MIGRATIONS: readonly Migration[] = [
  { from: 1, to: 2, migrate: withNothingLeftOut },
  { from: 2, to: 3, migrate: withWordsOfGlossary },
]

/** The format in which records are written: the end of the list. */
export const formatOf = (migrations: readonly Migration[]): number => migrations.at(-1)?.to ?? OLDEST_FORMAT

/**
 * `envelope` in the current format, or null if there is no migration from its own. Pure.
 *
 * @throws the error of a step that gets an envelope of another format.
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

type Format1Attempt = { hash: string; purpose: string; nonce: number; restsOn?: number | null }

/** A transaction as in format 1, which may lack fields. */
interface Format1 {
  snapshot: {
    context: { record: { attempts: readonly Format1Attempt[]; mints: readonly object[]; funding: object | null } }
  }
  due: { input: { attempts?: readonly Format1Attempt[]; intent?: object } | null } | null
}

/** Format 2: empty lists are written, and each transaction names the approve that it needs. */
function withNothingLeftOut(envelope: StoredEnvelope): StoredEnvelope {
  const { snapshot, due } = envelope as unknown as Format1
  const { attempts: before, mints, funding, ...record } = snapshot.context.record
  const attempts = before.map(withApprove)
  const inRecord = ({ hash }: Format1Attempt) => attempts.find((attempt) => attempt.hash === hash)
  const inFull = {
    retired: [],
    payments: [],
    ...record,
    attempts,
    mints: mints.map(withFallbacks),
    funding: funding && { cause: null, ...funding },
  }
  const input = due?.input && {
    ...due.input,
    ...(due.input.attempts && { attempts: due.input.attempts.map((attempt) => inRecord(attempt) ?? attempt) }),
    ...(due.input.intent && { intent: withFallbacks(due.input.intent) }),
  }
  return {
    ...envelope,
    snapshot: { ...snapshot, context: { ...snapshot.context, record: inFull } },
    due: due && { ...due, input },
  }
}

const withFallbacks = (mint: object): object => ({ fallbacks: [], ...mint })

/** An approve was signed right before the stake that needs it. */
function withApprove(attempt: Format1Attempt, index: number, attempts: readonly Format1Attempt[]): Format1Attempt {
  const before = attempts[index - 1]
  const isApproved = attempt.purpose === 'stake' && before?.purpose === 'approve' && before.nonce === attempt.nonce - 1
  return { restsOn: isApproved ? before.nonce : null, ...attempt }
}

/** Field names of format 2, and the current names. */
const FIELDS: Readonly<Record<string, string>> = { position: 'walletState', unblocks: 'replacements' }
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  purpose: { fill: 'fillNonce' },
  recovery: { unblock: 'replace' },
  code: { 'run/position-stale': 'run/wallet-state-stale' },
  src: { readPosition: 'readWalletState', unblockTransactions: 'replaceTransactions' },
  id: { readPosition: 'readWalletState', unblockTransactions: 'replaceTransactions' },
  awaitConfirmation: { unblock: 'replace' },
}

/** Format 3: states, fields and purposes have the words of `docs/glossary.md`. Texts of the user are left alone. */
export function withWordsOfGlossary(envelope: StoredEnvelope): StoredEnvelope {
  const { snapshot, due } = envelope as unknown as { snapshot: object; due: object | null }
  return { ...envelope, snapshot: reworded(snapshot), due: reworded(due) }
}

function reworded(value: unknown, field = ''): unknown {
  if (typeof value === 'string') return WORDS[field]?.[value] ?? value
  if (Array.isArray(value)) return value.map((item) => reworded(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [FIELDS[name] ?? name, reworded(part, name)]))
}
