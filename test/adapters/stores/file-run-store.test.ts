import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FileRunStore, openRunStore } from '../../../src/adapters/stores/file-run-store.ts'
import { describeRunStore } from '../../ports/run-store.ts'
import { canMount, mountSmallDisk } from '../../support/disk.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { WALLET } from '../../support/wallet.ts'

const open = (stateDir = temporaryDirectory()): Promise<FileRunStore> => openRunStore({ stateDir, ...WALLET })
const line = (revision: number) => ({ revision, at: '2026-11-23T00:00:00.000Z', type: 'run.started' })
const modeOf = (path: string): number => statSync(path).mode & 0o777

describeRunStore('the file store', open)

describe('openRunStore', () => {
  test('names the directory after chain and lower-case address, and closes every directory it makes', async () => {
    const stateDir = join(temporaryDirectory(), 'deep', 'state')
    const { directory } = await open(stateDir)
    expect(directory).toBe(join(stateDir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}`))
    expect([modeOf(directory), modeOf(stateDir)]).toEqual([0o700, 0o700])
  })

  test("leaves the mode of a state directory that was there, and closes the run's own", async () => {
    const stateDir = join(temporaryDirectory(), 'state')
    mkdirSync(stateDir, { mode: 0o755 })
    mkdirSync(join(stateDir, `${WALLET.chainId}-${WALLET.address.toLowerCase()}`), { mode: 0o755 })
    const { directory } = await open(stateDir)
    expect([modeOf(directory), modeOf(stateDir)]).toEqual([0o700, 0o755])
  })

  test('another spelling of the address opens the same run', async () => {
    const stateDir = temporaryDirectory()
    await (await open(stateDir)).save('record')
    const address = WALLET.address.toLowerCase() as `0x${string}`
    expect(await (await openRunStore({ stateDir, chainId: WALLET.chainId, address })).load()).toBe('record')
  })

  test('a file in the place of the state directory is named', async () => {
    const stateDir = join(temporaryDirectory(), 'state')
    writeFileSync(stateDir, '')
    await expect(open(stateDir)).rejects.toMatchObject({
      code: 'store/unusable',
      message: expect.stringContaining(stateDir),
      facts: [expect.stringMatching(/^(ENOTDIR|EEXIST)/)],
    })
  })

  test("a symbolic link in the place of the run's directory is refused", async () => {
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
  test('only its owner can read it, and the generation before it', async () => {
    const { directory, save } = await open()
    await save('one')
    await save('two')
    expect(readFileSync(join(directory, 'run.json.prev'), 'utf8')).toBe('one')
    expect([modeOf(join(directory, 'run.json')), modeOf(join(directory, 'run.json.prev'))]).toEqual([0o600, 0o600])
    expect(readdirSync(directory)).toEqual(['run.json', 'run.json.prev'])
  })

  test('after a crash between keeping the old generation and writing the new one, saving goes on and litters nothing', async () => {
    const { directory, save, load } = await open()
    await save('one')
    linkSync(join(directory, 'run.json'), join(directory, 'run.json.prev'))
    await save('two')
    expect([await load(), readFileSync(join(directory, 'run.json.prev'), 'utf8')]).toEqual(['two', 'one'])
    expect(readdirSync(directory)).toEqual(['run.json', 'run.json.prev'])
  })

  test('a save that fails leaves record and generation as they were', async () => {
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

  test('a symbolic link is neither read nor replaced', async () => {
    const { directory, save, load } = await open()
    const target = join(temporaryDirectory(), 'target')
    writeFileSync(target, 'of somebody else')
    symlinkSync(target, join(directory, 'run.json'))
    await expect(load()).rejects.toMatchObject({ code: 'store/unreadable' })
    await expect(save('mine')).rejects.toMatchObject({ code: 'store/write-failed' })
    expect(readFileSync(target, 'utf8')).toBe('of somebody else')
  })

  test('a directory in its place is unreadable, not absent', async () => {
    const { directory, load } = await open()
    mkdirSync(join(directory, 'run.json'))
    await expect(load()).rejects.toMatchObject({
      code: 'store/unreadable',
      hint: expect.stringMatching(/move it aside/),
    })
  })
})

describe('the record, when it is something that cannot be a record,', () => {
  test('is not waited for, should it be a pipe', async () => {
    const { directory, load } = await open()
    spawnSync('mkfifo', [join(directory, 'run.json')])
    await expect(load()).rejects.toMatchObject({ code: 'store/unreadable' })
  })

  test('is not read into memory, should it be too large', async () => {
    const { directory, load } = await open()
    writeFileSync(join(directory, 'run.json'), '')
    truncateSync(join(directory, 'run.json'), 100_000_000)
    // Not `rejects`, which would show all that was read.
    const error = await load().then(
      () => 'read',
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'store/unreadable', message: expect.stringContaining('larger') })
  })
})

describe('the history', () => {
  test('has one line for each event, in order, for its owner alone', async () => {
    const { directory, append } = await open()
    await Promise.all([append(line(1)), append(line(2)), append(line(3))])
    const lines = readFileSync(join(directory, 'journal.ndjson'), 'utf8').trimEnd().split('\n')
    expect(lines.map((text) => JSON.parse(text).revision)).toEqual([1, 2, 3])
    expect(modeOf(join(directory, 'journal.ndjson'))).toBe(0o600)
  })

  test.skipIf(!existsSync('/dev/full'))('a full disk does not stop a run, and a link is not followed', async () => {
    const { directory, append } = await open()
    symlinkSync('/dev/full', join(directory, 'journal.ndjson'))
    await append(line(1))
  })

  test('a directory in its place does not stop a run, nor does a pipe that nobody reads', async () => {
    for (const put of [mkdirSync, (path: string) => spawnSync('mkfifo', [path])]) {
      const { directory, append } = await open()
      put(join(directory, 'journal.ndjson'))
      await append(line(1))
    }
  })

  test('goes on with a line of its own after one that a power loss tore', async () => {
    const { directory, append } = await open()
    await append(line(1))
    appendFileSync(join(directory, 'journal.ndjson'), '{"revision":2,"at')
    await append(line(3))
    const lines = readFileSync(join(directory, 'journal.ndjson'), 'utf8').split('\n')
    expect([lines[0], lines[2]].map((text) => JSON.parse(text ?? '').revision)).toEqual([1, 3])
  })

  test.skipIf(!canMount)('takes back the part of a line that still went onto a full disk', async () => {
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
  test('moves nothing to where a link in its place leads', async () => {
    const { directory, save, load, archive } = await open()
    await save('one')
    const outside = temporaryDirectory()
    symlinkSync(outside, join(directory, 'archive'))
    await expect(archive()).rejects.toMatchObject({ code: 'store/write-failed' })
    expect([await load(), readdirSync(outside)]).toEqual(['one', []])
  })

  test('moves record, generation and history together', async () => {
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
