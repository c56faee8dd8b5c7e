import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openRunStore } from '../../src/adapters/stores/file-run-store.ts'
import { createJournalReader } from '../../src/inspector/journal.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { WALLET } from '../support/wallet.ts'
import { isRoot, NOBODY } from './other-user.ts'

const open = (stateDir = temporaryDirectory()) => openRunStore({ stateDir, ...WALLET })
const line = { revision: 1, at: '2026-11-30T00:00:00.000Z', type: 'x' }
const needsRoot = test.skipIf(!isRoot)

describe('a run whose files others can write to', () => {
  test.each([0o770, 0o707, 0o777, 0o722])('is not opened: directory with mode %o', async (mode) => {
    const { directory, save } = await open()
    await save('theirs')
    chmodSync(directory, mode)
    await expect(open(join(directory, '..'))).rejects.toMatchObject({
      code: 'store/not-ours',
      exit: 'config',
      message: expect.stringContaining(directory),
      hint: expect.arrayContaining([expect.stringContaining(`chmod go-w '${directory}'`)]),
      facts: [expect.stringContaining('owner'), `mode ${mode.toString(8)}`],
    })
  })

  test.each([0o620, 0o602, 0o666])('is not read: record with mode %o', async (mode) => {
    const { record, save, load } = await open()
    await save('theirs')
    chmodSync(record, mode)
    await expect(load()).rejects.toMatchObject({ code: 'store/not-ours', message: expect.stringContaining(record) })
    expect(readFileSync(record, 'utf8')).toBe('theirs')
  })

  test('is read when others can only read it', async () => {
    const { record, save, load } = await open()
    await save('ours')
    chmodSync(record, 0o644)
    expect(await load()).toBe('ours')
  })

  needsRoot('is neither opened nor read when another user owns it', async () => {
    const { directory, record, save, load } = await open()
    await save('theirs')
    chownSync(record, NOBODY, NOBODY)
    await expect(load()).rejects.toMatchObject({
      code: 'store/not-ours',
      facts: [`owner ${NOBODY}, this user 0`, 'mode 600'],
    })
    chownSync(directory, NOBODY, NOBODY)
    await expect(open(join(directory, '..'))).rejects.toMatchObject({
      code: 'store/not-ours',
      hint: expect.arrayContaining([expect.stringContaining(`chown -R 0 '${directory}'`)]),
    })
  })
})

describe('a run with another kind of file in its place', () => {
  const things: [name: string, put: (path: string, outside: string) => void][] = [
    ['a link', (path, outside) => symlinkSync(join(outside, 'target'), path)],
    ['a pipe', (path) => void execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdirSync(path)],
    ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
  ]

  test.each(things)('neither reads nor writes %s as its record', async (_, put) => {
    const outside = temporaryDirectory()
    writeFileSync(join(outside, 'target'), 'precious')
    const { record, save, load } = await open()
    put(record, outside)
    await expect(load()).rejects.toMatchObject({ code: 'store/unreadable' })
    await save('ours').catch((error: { code: string }) => expect(error.code).toBe('store/write-failed'))
    expect(readFileSync(join(outside, 'target'), 'utf8')).toBe('precious')
  })

  test.each(things)('does not hang on %s as its journal, and writes nothing there', async (_, put) => {
    const outside = temporaryDirectory()
    writeFileSync(join(outside, 'target'), 'precious')
    const { directory, append } = await open()
    put(join(directory, 'journal.ndjson'), outside)
    await append(line)
    expect(readFileSync(join(outside, 'target'), 'utf8')).toBe('precious')
    expect(createJournalReader(join(directory, 'journal.ndjson')).read().found).toEqual([])
  })
})
