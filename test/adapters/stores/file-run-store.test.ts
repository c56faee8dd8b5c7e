import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type FileRunStore, openRunStore } from '../../../src/adapters/stores/file-run-store.ts'
import { testRunStore } from '../../../src/suites/run-store.ts'
import { canMount, mountSmallDisk } from '../../support/disk.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { WALLET } from '../../support/wallet.ts'

const open = (stateDir = temporaryDirectory()): Promise<FileRunStore> => openRunStore({ stateDir, ...WALLET })
const line = (revision: number) => ({ revision, at: '2026-11-23T00:00:00.000Z', type: 'run.started' })
const modeOf = (path: string): number => statSync(path).mode & 0o777

describe('the files of runs', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  afterAll(() => rmSync(stateDir, { recursive: true }))
  testRunStore(test, () => ({ open: (owner) => openRunStore({ stateDir, ...owner }) }))
})

describe('openRunStore', () => {
  test('names the directory after chain and lower-case address, and restricts each new directory', async () => {
    const stateDir = join(temporaryDirectory(), 'deep', 'state')
    const { directory } = await open(stateDir)
    expect(directory).toBe(join(stateDir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}`))
    expect([modeOf(directory), modeOf(stateDir)]).toEqual([0o700, 0o700])
  })

  test("keeps the mode of an existing state directory, and restricts the run's own", async () => {
    const stateDir = join(temporaryDirectory(), 'state')
    mkdirSync(stateDir, { mode: 0o755 })
    mkdirSync(join(stateDir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}`), { mode: 0o755 })
    const { directory } = await open(stateDir)
    expect([modeOf(directory), modeOf(stateDir)]).toEqual([0o700, 0o755])
  })

  test('opens the same run for another spelling of the address', async () => {
    const stateDir = temporaryDirectory()
    await (await open(stateDir)).save('record')
    const address = WALLET.address.toLowerCase() as `0x${string}`
    expect(await (await openRunStore({ stateDir, chainId: WALLET.chainId, address })).load()).toBe('record')
  })

  test('names a file in the place of the state directory', async () => {
    const stateDir = join(temporaryDirectory(), 'state')
    writeFileSync(stateDir, '')
    await expect(open(stateDir)).rejects.toMatchObject({
      code: 'store/unusable',
      message: expect.stringContaining(stateDir),
      facts: [expect.stringMatching(/^(ENOTDIR|EEXIST)/)],
    })
  })

  test("refuses a symbolic link in the place of the run's directory", async () => {
    const stateDir = temporaryDirectory()
    symlinkSync(temporaryDirectory(), join(stateDir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}`))
    await expect(open(stateDir)).rejects.toMatchObject({ code: 'store/unusable' })
  })

  test('removes what a killed run was writing', async () => {
    const stateDir = temporaryDirectory()
    const { directory } = await open(stateDir)
    writeFileSync(join(directory, `.venice-onboard-${2 ** 30}-0123456789abcdef.tmp`), 'half')
    await open(stateDir)
    expect(readdirSync(directory)).toEqual([])
  })
})

describe('the record', () => {
  test('is readable by its owner only, and so is the generation before it', async () => {
    const { directory, save } = await open()
    await save('one')
    await save('two')
    expect(readFileSync(join(directory, 'run.json.prev'), 'utf8')).toBe('one')
    expect([modeOf(join(directory, 'run.json')), modeOf(join(directory, 'run.json.prev'))]).toEqual([0o600, 0o600])
    expect(readdirSync(directory)).toEqual(['run.json', 'run.json.prev'])
  })

  test('is saved after a crash between two generations, and no file is left over', async () => {
    const { directory, save, load } = await open()
    await save('one')
    linkSync(join(directory, 'run.json'), join(directory, 'run.json.prev'))
    await save('two')
    expect([await load(), readFileSync(join(directory, 'run.json.prev'), 'utf8')]).toEqual(['two', 'one'])
    expect(readdirSync(directory)).toEqual(['run.json', 'run.json.prev'])
  })

  test('keeps record and generation when a save fails', async () => {
    const { directory, save, load } = await open()
    await save('one')
    mkdirSync(join(directory, 'run.json.prev'))
    await expect(save('two')).rejects.toMatchObject({
      code: 'store/write-failed',
      facts: [expect.stringMatching(/^E[A-Z]+: /)],
    })
    expect(await load()).toBe('one')
    expect(readdirSync(directory)).toEqual(['run.json', 'run.json.prev'])
  })

  test('is neither read nor replaced through a symbolic link', async () => {
    const { directory, save, load } = await open()
    const target = join(temporaryDirectory(), 'target')
    writeFileSync(target, 'of somebody else')
    symlinkSync(target, join(directory, 'run.json'))
    await expect(load()).rejects.toMatchObject({ code: 'store/unreadable' })
    await expect(save('mine')).rejects.toMatchObject({ code: 'store/write-failed' })
    expect(readFileSync(target, 'utf8')).toBe('of somebody else')
  })

  test('is unreadable, not absent, when a directory is in its place', async () => {
    const { directory, load } = await open()
    mkdirSync(join(directory, 'run.json'))
    await expect(load()).rejects.toMatchObject({
      code: 'store/unreadable',
      hint: expect.stringMatching(/move it aside/),
    })
  })
})

describe('an invalid file in the place of the record', () => {
  test('is not waited for when it is a pipe', async () => {
    const { directory, load } = await open()
    spawnSync('mkfifo', [join(directory, 'run.json')])
    await expect(load()).rejects.toMatchObject({ code: 'store/unreadable' })
  })

  test('is not read into memory when it is too large', async () => {
    const { directory, load } = await open()
    writeFileSync(join(directory, 'run.json'), '')
    truncateSync(join(directory, 'run.json'), 100_000_000)
    // Not `rejects`, which would print everything that was read.
    const error = await load().then(
      () => 'read',
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'store/unreadable', message: expect.stringContaining('larger') })
  })
})

describe('the journal', () => {
  test('has one line for each event, in order, for its owner alone', async () => {
    const { directory, append } = await open()
    await Promise.all([append(line(1)), append(line(2)), append(line(3))])
    const lines = readFileSync(join(directory, 'journal.ndjson'), 'utf8').trimEnd().split('\n')
    expect(lines.map((text) => JSON.parse(text).revision)).toEqual([1, 2, 3])
    expect(modeOf(join(directory, 'journal.ndjson'))).toBe(0o600)
  })

  test.skipIf(!existsSync('/dev/full'))(
    'does not stop a run when the disk is full, and a link is not followed',
    async () => {
      const { directory, append } = await open()
      symlinkSync('/dev/full', join(directory, 'journal.ndjson'))
      await append(line(1))
    },
  )

  test('does not stop a run when a directory or an unread pipe is in its place', async () => {
    for (const put of [mkdirSync, (path: string) => spawnSync('mkfifo', [path])]) {
      const { directory, append } = await open()
      put(join(directory, 'journal.ndjson'))
      await append(line(1))
    }
  })

  test('continues on a new line after one that a power loss cut short', async () => {
    const { directory, append } = await open()
    await append(line(1))
    appendFileSync(join(directory, 'journal.ndjson'), '{"revision":2,"at')
    await append(line(3))
    const lines = readFileSync(join(directory, 'journal.ndjson'), 'utf8').split('\n')
    expect([lines[0], lines[2]].map((text) => JSON.parse(text ?? '').revision)).toEqual([1, 3])
  })

  test.skipIf(!canMount)('removes the part of a line that still fitted on a full disk', async () => {
    const stateDir = temporaryDirectory()
    mountSmallDisk(stateDir, 1)
    const { directory, append } = await open(stateDir)
    for (let revision = 1; revision <= 100; revision += 1) await append(line(revision))
    const text = readFileSync(join(directory, 'journal.ndjson'), 'utf8')
    const revisions = text
      .trimEnd()
      .split('\n')
      .map((written) => JSON.parse(written).revision)
    expect(text.endsWith('\n')).toBe(true)
    expect(revisions.length).toBeGreaterThan(10)
    expect(revisions.length).toBeLessThan(100)
    expect(revisions).toEqual(revisions.map((_, index) => index + 1))
  })
})

describe('archive', () => {
  test('moves nothing through a link in its place', async () => {
    const { directory, save, load, archive } = await open()
    await save('one')
    const outside = temporaryDirectory()
    symlinkSync(outside, join(directory, 'archive'))
    await expect(archive()).rejects.toMatchObject({ code: 'store/write-failed' })
    expect([await load(), readdirSync(outside)]).toEqual(['one', []])
  })

  test('moves record, generation and journal together', async () => {
    const { directory, save, append, archive } = await open()
    await save('one')
    await save('two')
    await append(line(1))
    const target = await archive()
    expect(target.startsWith(join(directory, 'archive'))).toBe(true)
    expect(readdirSync(target)).toEqual(['journal.ndjson', 'run.json', 'run.json.prev'])
    expect(readdirSync(directory)).toEqual(['archive'])
  })
})
