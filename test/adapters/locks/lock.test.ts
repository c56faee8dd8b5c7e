import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { acquireFileLock } from '../../../src/adapters/locks/file-lock.ts'
import { acquireLock } from '../../../src/adapters/locks/lock.ts'
import type { RunLock } from '../../../src/ports/run-store.ts'
import { kill, nextLine, startScript } from '../../support/scripts.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { WALLET } from '../../support/wallet.ts'

const HOLD_LOCK = new URL('hold-lock.ts', import.meta.url)

type Kind = 'socket' | 'file'
const acquire = (kind: Kind, dir: string): Promise<RunLock> =>
  kind === 'socket' ? acquireLock({ ...WALLET, directories: [dir] }) : acquireFileLock({ ...WALLET, dir })

async function startHolder(kind: Kind, dir: string) {
  const child = startScript(HOLD_LOCK, [kind, dir])
  await nextLine(child)
  child.stdin.write('go\n')
  expect(await nextLine(child)).toBe('held')
  return child
}

describe.each<Kind>(['socket', 'file'])('the %s lock', (kind) => {
  test('is free again after release', async () => {
    const dir = temporaryDirectory()
    await (await acquire(kind, dir)).release()
    await (await acquire(kind, dir)).release()
  })

  test('is refused a second time in the same process', async () => {
    const dir = temporaryDirectory()
    const lock = await acquire(kind, dir)
    await expect(acquire(kind, dir)).rejects.toMatchObject({ code: 'store/locked' })
    await lock.release()
  })

  test('of another process names that process, and is free as soon as the process is killed', {
    timeout: 30_000,
  }, async () => {
    const dir = temporaryDirectory()
    const child = await startHolder(kind, dir)
    await expect(acquire(kind, dir)).rejects.toMatchObject({
      code: 'store/locked',
      exit: 'locked',
      facts: expect.arrayContaining([`process ${child.pid}`]),
    })
    await kill(child)
    await (await acquire(kind, dir)).release()
  })

  test('is never held by two processes that try at once', { timeout: 30_000 }, async () => {
    const dir = temporaryDirectory()
    const children = [1, 2, 3].map(() => startScript(HOLD_LOCK, [kind, dir]))
    await Promise.all(children.map(nextLine))
    for (const child of children) child.stdin.write('go\n')
    const outcomes = await Promise.all(children.map(nextLine))
    const holders = outcomes.filter((outcome) => outcome === 'held').length
    expect(outcomes.every((outcome) => outcome === 'held' || outcome === 'store/locked')).toBe(true)
    expect(holders).toBeLessThanOrEqual(1)
    if (kind === 'socket') expect(holders).toBe(1)
  })
})

describe('the socket lock', () => {
  test('is refused while its holder is stopped and cannot answer', { timeout: 30_000 }, async () => {
    const dir = temporaryDirectory()
    const child = await startHolder('socket', dir)
    child.kill('SIGSTOP')
    await expect(acquire('socket', dir)).rejects.toMatchObject({
      code: 'store/locked',
      facts: [expect.stringContaining('suspended')],
    })
  })

  test('of another wallet or chain is independent', async () => {
    const directories = [temporaryDirectory()]
    const locks = await Promise.all([
      acquireLock({ ...WALLET, directories }),
      acquireLock({ ...WALLET, chainId: WALLET.chainId + 1, directories }),
      acquireLock({ ...WALLET, address: `0x${'12'.repeat(20)}`, directories }),
    ])
    await Promise.all(locks.map((lock) => lock.release()))
  })
})

describe('the file lock', () => {
  test('ignores and removes what dead processes left, even one with our own process id', async () => {
    const dir = temporaryDirectory()
    const claims = join(dir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}.lock`)
    mkdirSync(claims)
    for (const pid of [2 ** 30, process.pid]) writeFileSync(join(claims, String(pid)), '')
    const lock = await acquireFileLock({ ...WALLET, dir })
    expect(readdirSync(claims)).toEqual([String(process.pid)])
    await lock.release()
    expect(readdirSync(claims)).toEqual([])
  })

  test('truncates no file through a link in the place of its own', async () => {
    const [dir, outside] = [temporaryDirectory(), temporaryDirectory()]
    const claims = join(dir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}.lock`)
    writeFileSync(join(outside, 'precious'), 'of somebody else')
    mkdirSync(claims)
    symlinkSync(join(outside, 'precious'), join(claims, String(process.pid)))
    const lock = await acquireFileLock({ ...WALLET, dir })
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('of somebody else')
    await lock.release()
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('of somebody else')
  })

  test.each(['the folder of all locks', 'the folder of this lock'])(
    'refuses a link in the place of %s',
    async (where) => {
      const [parent, outside] = [temporaryDirectory(), temporaryDirectory()]
      const dir = join(parent, 'locks')
      const claims = join(dir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}.lock`)
      if (where === 'the folder of all locks') symlinkSync(outside, dir)
      else {
        mkdirSync(dir)
        symlinkSync(outside, claims)
      }
      await expect(acquireFileLock({ ...WALLET, dir })).rejects.toMatchObject({
        code: 'store/unusable',
        facts: [expect.stringMatching(/^ELOOP/)],
      })
    },
  )

  test('names a directory that it cannot write to', async () => {
    const dir = join(temporaryDirectory(), 'plain')
    writeFileSync(dir, '')
    await expect(acquireFileLock({ ...WALLET, dir })).rejects.toMatchObject({ code: 'store/unusable' })
  })
})
