import { createHash } from 'node:crypto'
import { LockedError, LockUnusableError } from '../../errors/store.ts'
import type { AcquireLock, RunStores } from '../../ports/run-store.ts'
import { runKey, type VersionedStore, versionedStores } from './versioned-store.ts'

/** The part of a `Pool` of `pg` version 8 that is used. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  connect(): Promise<PostgresClient>
}

/** The part of a `PoolClient` of `pg` that is used. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  /** @param error - if given, the connection is not used again. */
  release(error?: Error | boolean): void
  on(event: 'error' | 'end', listener: () => void): unknown
  off(event: 'error' | 'end', listener: () => void): unknown
}

export interface PostgresOptions {
  /** Prefix of the tables, in lower case. Default `venice_onboard`. */
  prefix?: string
}

const PREFIX = /^[a-z_][a-z0-9_]{0,40}$/

/**
 * Runs in a PostgreSQL database, for any number of machines: one statement per save, and an advisory lock for each
 * wallet, which the server releases when its holder's connection ends.
 *
 * A lock uses one connection of the pool while the run lasts. It does not work through a proxy that gives each
 * transaction another connection (PgBouncer in transaction mode): connect to the server itself.
 *
 * Side effects: creates two tables at the first use.
 */
export function postgresStores(pool: PostgresPool, { prefix = 'venice_onboard' }: PostgresOptions = {}): RunStores {
  if (!PREFIX.test(prefix)) throw new TypeError('The prefix must be a name in lower case, such as venice_onboard.')
  return versionedStores(versionsIn(pool, prefix), { lock: lockIn(pool) })
}

function versionsIn(pool: PostgresPool, prefix: string): VersionedStore<string> {
  const [records, journal] = [`${prefix}_records`, `${prefix}_journal`]
  let made: Promise<unknown> | undefined
  /** If two processes come first, one creates the tables, and the other waits for it. */
  const tables = () => {
    made ??= pool
      .query(
        `select pg_advisory_xact_lock(${MAKING_TABLES});
        create table if not exists ${records} (key text primary key, version bigint not null, text text not null);
        create table if not exists ${journal} (id bigserial primary key, key text not null, line text not null)`,
      )
      .catch((error: unknown) => {
        made = undefined
        throw error
      })
    return made
  }
  const ask = async (text: string, values: unknown[]) => {
    await tables()
    return (await pool.query(text, values)).rows
  }
  return {
    name: 'postgres',
    async read(key) {
      const [row] = (await ask(`select version::text, text from ${records} where key = $1`, [key])) as Row[]
      return row ?? null
    },
    async write(key, text, expected) {
      const statement =
        expected === null
          ? `insert into ${records} (key, version, text) values ($1, 1, $2) on conflict do nothing returning version::text`
          : `update ${records} set version = version + 1, text = $2 where key = $1 and version = $3 returning version::text`
      const [row] = (await ask(statement, expected === null ? [key, text] : [key, text, expected])) as Row[]
      return row?.version ?? null
    },
    async remove(key) {
      await ask(`delete from ${records} where key = $1`, [key])
    },
    async append(key, line) {
      await ask(`insert into ${journal} (key, line) values ($1, $2)`, [key, line])
    },
  }
}

interface Row {
  version: string
  text: string
}

/** Not the lock of a wallet: those are hashes. */
const MAKING_TABLES = 8453

const lockIn =
  (pool: PostgresPool): AcquireLock =>
  async (owner) => {
    const id = lockId(runKey(owner))
    let client: PostgresClient
    try {
      client = await pool.connect()
    } catch (cause) {
      throw new LockUnusableError({ path: 'postgres', cause })
    }
    const lost = new AbortController()
    const lose = () => lost.abort(new Error('The connection that held the lock has ended.'))
    client.on('error', lose)
    client.on('end', lose)
    const giveBack = (error?: Error) => {
      client.off('error', lose)
      client.off('end', lose)
      client.release(error)
    }
    try {
      const { rows } = await client.query('select pg_try_advisory_lock($1::bigint) as taken', [id])
      if ((rows[0] as { taken?: boolean } | undefined)?.taken !== true) throw new LockedError(owner)
    } catch (error) {
      giveBack(error instanceof LockedError ? undefined : (error as Error))
      throw error instanceof LockedError ? error : new LockUnusableError({ path: 'postgres', cause: error })
    }
    let isHeld = true
    return {
      lost: lost.signal,
      async release() {
        if (!isHeld) return
        isHeld = false
        // A closed connection has released the lock.
        const failure = await client.query('select pg_advisory_unlock($1::bigint)', [id]).then(
          () => undefined,
          (error: Error) => error,
        )
        giveBack(failure)
      },
    }
  }

/** 64 bits of a hash, as PostgreSQL's bigint. */
const lockId = (key: string): string =>
  createHash('sha256').update(`venice-onboard ${key}`).digest().readBigInt64BE().toString()
