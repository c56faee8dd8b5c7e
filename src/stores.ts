/** Where runs are kept instead of files: for the `runStore` of `onboard`, `createRun`, `createTools` and MCP. */
export {
  type PostgresClient,
  type PostgresOptions,
  type PostgresPool,
  postgresStores,
} from './adapters/stores/postgres.ts'
export { type SqliteDatabase, sqliteStores } from './adapters/stores/sqlite.ts'
export { type Versioned, type VersionedStore, versionedStores } from './adapters/stores/versioned-store.ts'
export type { AcquireLock, JournalLine, RunLock, RunOwner, RunStore, RunStores } from './ports/run-store.ts'
