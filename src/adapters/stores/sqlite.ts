import type { RunStores } from '../../ports/run-store.ts'
import { type VersionedStore, versionedStores } from './versioned-store.ts'

/** The part of a database of `node:sqlite` (Node 22.13) or `better-sqlite3` that is used. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): {
    get(...values: (string | number)[]): unknown
    run(...values: (string | number)[]): unknown
  }
}

/**
 * Runs in a SQLite database, for processes of one machine, which its lock keeps apart. A network drive does not lock
 * SQLite's file reliably.
 *
 * Side effects: creates two tables, and flushes each commit to the disk.
 */
export function sqliteStores(database: SqliteDatabase): RunStores {
  database.exec(
    `pragma synchronous = full; pragma busy_timeout = ${BUSY_MS};
    create table if not exists venice_onboard_records (key text primary key, version integer not null, text text not null);
    create table if not exists venice_onboard_journal (id integer primary key, key text not null, line text not null)`,
  )
  const store: VersionedStore<number> = {
    name: 'sqlite',
    async read(key) {
      const row = database.prepare('select version, text from venice_onboard_records where key = ?').get(key)
      return (row as { version: number; text: string } | undefined) ?? null
    },
    async write(key, text, expected) {
      const row =
        expected === null ? database.prepare(INSERT).get(key, text) : database.prepare(UPDATE).get(text, key, expected)
      return (row as { version: number } | undefined)?.version ?? null
    },
    async remove(key) {
      database.prepare('delete from venice_onboard_records where key = ?').run(key)
    },
    async append(key, line) {
      database.prepare('insert into venice_onboard_journal (key, line) values (?, ?)').run(key, line)
    },
  }
  return versionedStores(store)
}

/** Milliseconds to wait for another process's write, which takes one flush. */
const BUSY_MS = 5_000
const INSERT =
  'insert into venice_onboard_records (key, version, text) values (?, 1, ?) on conflict do nothing returning version'
const UPDATE =
  'update venice_onboard_records set version = version + 1, text = ? where key = ? and version = ? returning version'
