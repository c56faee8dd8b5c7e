import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { acquireLock, isLocked } from '../../src/adapters/locks/lock.ts'
import { lockDirectories } from '../../src/adapters/locks/lock-directories.ts'
import { kill, nextLine, startScript } from '../support/scripts.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { WALLET } from '../support/wallet.ts'
import { asNobody, isRoot, NOBODY, nodeForAll } from './other-user.ts'

const HOLD_LOCK = new URL('../adapters/locks/hold-lock.ts', import.meta.url)

const RACERS = 20
/** Another version of Node that shares the lock. CI names one. */
const otherNode = process.env.VENICE_ONBOARD_OTHER_NODE

const TSX = import.meta.resolve('tsx')

const needsRoot = test.skipIf(!isRoot)

function openDirectory(): string {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o755)
  return directory
}

async function startHolder(directory: string, program = process.execPath) {
  const child = startScript(HOLD_LOCK, ['socket', directory], { program })
  expect(await nextLine(child)).toBe('ready')
  child.stdin.write('go\n')
  expect(await nextLine(child)).toBe('held')
  return child
}

/** The names under which versions before 0.2 held the lock: Node 20 fills the rest with zeros, Node 22 does not. */
const OLD_NAMES = (name: string) => [`\0${name}`, `\0${name}`.padEnd(108, '\0')]

describe('another user of the machine', () => {
  needsRoot('cannot hold the lock against us under any name that he can bind', async () => {
    const directory = openDirectory()
    const name = `venice-onboard/${WALLET.chainId}/${WALLET.address.toLowerCase()}`
    const script = `const net = require('net'); let n = 0
      for (const name of ${JSON.stringify(OLD_NAMES(name))})
        net.createServer().on('error', (e) => console.log(e.code)).listen(name, () => { if (++n === 2) console.log('bound') })`
    const squatter = spawn(nodeForAll, ['-e', script], { uid: NOBODY, gid: NOBODY, cwd: '/', env: {} })
    onTestFinished(() => void squatter.kill('SIGKILL'))
    await once(squatter.stdout, 'data')
    const lock = await acquireLock({ ...WALLET, directories: [directory] })
    await lock.release()
  })

  needsRoot('cannot enter, change or take away the folder of the lock', async () => {
    const [directory = ''] = lockDirectories([join(openDirectory(), 'locks')])
    const lock = await acquireLock({ ...WALLET, directories: [directory] })
    const [wallet = ''] = readdirSync(directory)
    const script = `const fs = require('fs'); const [dir, wallet] = process.argv.slice(1)
      const tries = [() => fs.readdirSync(dir), () => fs.symlinkSync('x', dir + '/' + wallet + '/2'),
        () => fs.unlinkSync(dir + '/' + wallet + '/1'), () => fs.renameSync(dir, dir + '-gone'), () => fs.chmodSync(dir, 0o777)]
      for (const attempt of tries) try { attempt(); console.log('done') } catch (e) { console.log(e.code) }
      require('net').connect(dir + '/' + wallet + '/1').on('connect', () => console.log('connected')).on('error', (e) => console.log(e.code))`
    const said = asNobody(script, [directory, wallet]).split('\n')
    expect(said).toHaveLength(6)
    for (const errno of said) expect(errno).toMatch(/^E(ACCES|PERM)$/)
    expect(await isLocked({ ...WALLET, directories: [directory] })).toBe(true)
    await lock.release()
  })

  needsRoot('who made the folder first is not trusted, and does not keep us out', () => {
    const parent = openDirectory()
    const [taken, own] = [join(parent, 'taken'), join(parent, 'own')]
    mkdirSync(taken)
    chownSync(taken, NOBODY, NOBODY)
    expect(lockDirectories([own, taken])).toEqual([expect.stringContaining(own)])
    expect(() => lockDirectories([taken])).toThrow(
      expect.objectContaining({ code: 'store/lock-unusable', exit: 'config' }),
    )
  })

  needsRoot('who put a link there is not followed', () => {
    const [parent, outside] = [openDirectory(), openDirectory()]
    symlinkSync(outside, join(parent, 'locks'))
    expect(() => lockDirectories([join(parent, 'locks')])).toThrow(
      expect.objectContaining({ code: 'store/lock-unusable' }),
    )
    expect(readdirSync(outside)).toEqual([])
  })

  test('cannot open a folder that was open to them before', () => {
    const locks = join(temporaryDirectory(), 'locks')
    mkdirSync(locks, { mode: 0o755 })
    const [directory = ''] = lockDirectories([locks])
    expect([statSync(locks).mode & 0o777, statSync(directory).mode & 0o777]).toEqual([0o700, 0o700])
  })
})

describe('the single lock of a wallet', () => {
  test('depends neither on the environment nor on the state directory', () => {
    const script = `import('${new URL('../../src/adapters/locks/lock-directories.ts', import.meta.url)}').then((m) => console.log(JSON.stringify(m.lockDirectories())))`
    const inside = (env: Record<string, string>) =>
      JSON.parse(
        execFileSync(process.execPath, ['--import', TSX, '-e', script], {
          env: { PATH: process.env.PATH ?? '', ...env },
          cwd: temporaryDirectory(),
          encoding: 'utf8',
        }),
      )
    const plain = inside({})
    expect(plain.length).toBeGreaterThan(0)
    expect(
      inside({ HOME: temporaryDirectory(), XDG_RUNTIME_DIR: temporaryDirectory(), TMPDIR: temporaryDirectory() }),
    ).toEqual(plain)
  })

  test('is held in every folder, and excludes a process that can use only the second', async () => {
    const [home, shared] = [temporaryDirectory(), temporaryDirectory()]
    const lock = await acquireLock({ ...WALLET, directories: [home, shared] })
    await expect(acquireLock({ ...WALLET, directories: [shared] })).rejects.toMatchObject({ code: 'store/locked' })
    await lock.release()
    const other = await acquireLock({ ...WALLET, directories: [shared] })
    await expect(acquireLock({ ...WALLET, directories: [home, shared] })).rejects.toMatchObject({
      code: 'store/locked',
    })
    // Locks taken before the refusal are released.
    await (await acquireLock({ ...WALLET, directories: [home] })).release()
    await other.release()
  })

  test('skips a folder in which the path of a socket is too long', () => {
    const parent = temporaryDirectory()
    const long = join(parent, 'x'.repeat(60))
    expect(lockDirectories([long, join(parent, 'l')])).toEqual([expect.stringContaining(join(parent, 'l'))])
    expect(existsSync(long)).toBe(false)
  })

  test(`goes to exactly one of ${RACERS} that find what a killed process left`, { timeout: 120_000 }, async () => {
    const directory = temporaryDirectory()
    await kill(await startHolder(directory))
    const racers = Array.from({ length: RACERS }, () => startScript(HOLD_LOCK, ['socket', directory]))
    await Promise.all(racers.map(nextLine))
    for (const racer of racers) racer.stdin.write('go\n')
    const outcomes = await Promise.all(racers.map(nextLine))
    expect(outcomes.filter((outcome) => outcome === 'held')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'store/locked')).toHaveLength(RACERS - 1)
  })

  test.skipIf(otherNode === undefined)('is shared with other versions of Node', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    const holder = await startHolder(directory, otherNode)
    await expect(acquireLock({ ...WALLET, directories: [directory] })).rejects.toMatchObject({
      code: 'store/locked',
      facts: [`process ${holder.pid}`],
    })
    await kill(holder)
    await (await acquireLock({ ...WALLET, directories: [directory] })).release()
  })
})
