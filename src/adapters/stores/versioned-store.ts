import { StoreConflictError, StoreUnreadableError, StoreWriteError } from '../../errors/store.ts'
import type { AcquireLock, JournalLine, RunOwner, RunStore, RunStores } from '../../ports/run-store.ts'

/** A text and the store's name for this version, e.g. a number or an ETag. */
export interface Versioned<Version> {
  text: string
  version: Version
}

/** A key-value store that replaces a text only if its version is still the one that the caller read. */
export interface VersionedStore<Version extends string | number = string | number> {
  /** For messages, e.g. `postgres`. No secret. */
  readonly name: string
  /** Null: nothing is there. */
  read(key: string): Promise<Versioned<Version> | null>
  /**
   * Writes `text` durably if `expected` is the current version (null: if there is none), in one atomic step.
   *
   * @returns the new version; null if another version is there, and nothing was written.
   */
  write(key: string, text: string, expected: Version | null): Promise<Version | null>
  /** Removes the text, at any version. */
  remove(key: string): Promise<void>
  /** Adds a line to the history of a key. Absent: no history is kept. */
  append?(key: string, line: string): Promise<void>
}

/**
 * Runs in a store of versions. A process that lost its lock without knowing cannot overwrite another's record: its next
 * save fails, and the run stops before its next step.
 *
 * @param lock - keeps out the processes of other machines that share this store.
 */
export const versionedStores = <Version extends string | number>(
  store: VersionedStore<Version>,
  { lock }: { lock?: AcquireLock } = {},
): RunStores => ({
  open: async (owner) => openRun(store, owner),
  ...(lock !== undefined && { lock }),
})

/** `8453/0x…`, in lower case. */
export const runKey = ({ chainId, address }: RunOwner): string => `${chainId}/${address.toLowerCase()}`

function openRun<Version extends string | number>(store: VersionedStore<Version>, owner: RunOwner): RunStore {
  const key = runKey(owner)
  const record = `${store.name}:${key}`
  /** Undefined: not read yet. */
  let version: Version | null | undefined

  async function read(): Promise<Versioned<Version> | null> {
    try {
      return await store.read(key)
    } catch (cause) {
      throw new StoreUnreadableError({ path: record, reason: 'did not answer', cause })
    }
  }

  /** After a lost answer: whether the stored text is ours. */
  async function written(text: string, expected: Version | null): Promise<Version> {
    const made = await store.write(key, text, expected)
    if (made !== null) return made
    const found = await store.read(key)
    if (found?.text === text) return found.version
    throw new StoreConflictError(record)
  }

  async function save(text: string): Promise<void> {
    if (version === undefined) version = (await read())?.version ?? null
    try {
      version = await written(text, version)
    } catch (cause) {
      if (cause instanceof StoreConflictError) throw cause
      throw new StoreWriteError({ path: record, cause })
    }
  }

  return {
    record,
    async load() {
      const found = await read()
      version = found?.version ?? null
      return found?.text ?? null
    },
    save,
    async append(line: JournalLine) {
      // The history may be lost: a run does not fail because of it.
      await store.append?.(key, JSON.stringify(line)).catch(() => {})
    },
    async archive() {
      const found = await read()
      const place = `${key}/archive/${new Date().toISOString()}-${crypto.randomUUID()}`
      try {
        if (found !== null) await store.write(place, found.text, null)
        await store.remove(key)
      } catch (cause) {
        throw new StoreWriteError({ path: record, cause })
      }
      version = null
      return `${store.name}:${place}`
    },
  }
}
