import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { removeStaleTemps, replaceFile, writeTemp } from '../../src/adapters/atomic-file.ts'
import { nextLine, startScript } from '../support/scripts.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const onLinux = test.skipIf(process.platform !== 'linux')

describe('replaceFile', () => {
  test('makes a file that only its owner can read, and leaves nothing beside it', () => {
    const dir = temporaryDirectory()
    replaceFile(join(dir, 'run.json'), 'new')
    expect(readFileSync(join(dir, 'run.json'), 'utf8')).toBe('new')
    expect(statSync(join(dir, 'run.json')).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir)).toEqual(['run.json'])
  })

  test('closes a file that was open to others', () => {
    const path = join(temporaryDirectory(), 'run.json')
    writeFileSync(path, 'old', { mode: 0o644 })
    replaceFile(path, 'new')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('takes a name of the greatest length a file can have', () => {
    const path = join(temporaryDirectory(), 'n'.repeat(255))
    replaceFile(path, 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
  })

  onLinux('a write cut short by the system leaves the old file as it was, and no temporary file', async () => {
    const dir = temporaryDirectory()
    const path = join(dir, 'run.json')
    writeFileSync(path, 'old')
    const child = startScript(new URL('stores/replace-file.ts', import.meta.url), [path, '20000'], { maxFileKiB: 8 })
    expect(await nextLine(child)).toBe('EFBIG')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(dir)).toEqual(['run.json'])
  })

  test('a directory in the place of the file is an error, and stays', () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'run.json'))
    expect(() => replaceFile(join(dir, 'run.json'), 'new')).toThrow(expect.objectContaining({ code: 'EISDIR' }))
    expect(readdirSync(dir)).toEqual(['run.json'])
  })

  test('a file in the place of the directory is an error', () => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'plain'), '')
    expect(() => replaceFile(join(dir, 'plain', 'run.json'), 'new')).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    )
  })

  test.each(['target', 'missing'])('a symbolic link to a %s is refused, not followed', (target) => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'target'), 'old')
    symlinkSync(join(dir, target), join(dir, 'run.json'))
    expect(() => replaceFile(join(dir, 'run.json'), 'new')).toThrow(expect.objectContaining({ code: 'ELOOP' }))
    expect(readFileSync(join(dir, 'target'), 'utf8')).toBe('old')
    expect(existsSync(join(dir, 'missing'))).toBe(false)
  })
})

describe('removeStaleTemps', () => {
  test('removes what a killed writer left, and nothing else', () => {
    const dir = temporaryDirectory()
    const ofDeadProcess = `.venice-onboard-${2 ** 30}-0123456789abcdef.tmp`
    for (const name of [ofDeadProcess, '.env', '.venice-onboard-notes.tmp']) writeFileSync(join(dir, name), '')
    removeStaleTemps(dir)
    expect(readdirSync(dir).sort()).toEqual(['.env', '.venice-onboard-notes.tmp'])
  })

  test('leaves what a living process is writing, until no write takes that long', () => {
    const dir = temporaryDirectory()
    const temp = writeTemp(dir, 'half of it')
    removeStaleTemps(dir)
    expect(existsSync(temp)).toBe(true)
    const anHourAgo = Date.now() / 1000 - 3600
    utimesSync(temp, anHourAgo, anHourAgo)
    removeStaleTemps(dir)
    expect(existsSync(temp)).toBe(false)
  })

  test('a directory that is not there is no error', () => {
    removeStaleTemps(join(temporaryDirectory(), 'missing'))
  })
})
