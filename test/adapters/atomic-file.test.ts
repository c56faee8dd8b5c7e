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
  test('makes a file that only its owner can read, and leaves no temporary file', () => {
    const dir = temporaryDirectory()
    replaceFile(join(dir, 'run.json'), 'new')
    expect(readFileSync(join(dir, 'run.json'), 'utf8')).toBe('new')
    expect(statSync(join(dir, 'run.json')).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir)).toEqual(['run.json'])
  })

  test('restricts a file that others could read', () => {
    const path = join(temporaryDirectory(), 'run.json')
    writeFileSync(path, 'old', { mode: 0o644 })
    replaceFile(path, 'new')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('accepts a file name of the maximum length', () => {
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

  test('fails when a directory is in the place of the file, and keeps it', () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'run.json'))
    expect(() => replaceFile(join(dir, 'run.json'), 'new')).toThrow(expect.objectContaining({ code: 'EISDIR' }))
    expect(readdirSync(dir)).toEqual(['run.json'])
  })

  test('fails when a file is in the place of the directory, and keeps it', () => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'plain'), '')
    expect(() => replaceFile(join(dir, 'plain', 'run.json'), 'new')).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    )
  })

  test.each(['target', 'missing'])('refuses a symbolic link to a %s, and does not follow it', (target) => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, 'target'), 'old')
    symlinkSync(join(dir, target), join(dir, 'run.json'))
    expect(() => replaceFile(join(dir, 'run.json'), 'new')).toThrow(expect.objectContaining({ code: 'ELOOP' }))
    expect(readFileSync(join(dir, 'target'), 'utf8')).toBe('old')
    expect(existsSync(join(dir, 'missing'))).toBe(false)
  })
})

describe('removeStaleTemps', () => {
  test('removes only what a killed writer left', () => {
    const dir = temporaryDirectory()
    const ofDeadProcess = `.venice-onboard-${2 ** 30}-0123456789abcdef.tmp`
    for (const name of [ofDeadProcess, '.env', '.venice-onboard-notes.tmp']) writeFileSync(join(dir, name), '')
    removeStaleTemps(dir)
    expect(readdirSync(dir).sort()).toEqual(['.env', '.venice-onboard-notes.tmp'])
  })

  test('keeps the file of a living process until no write can take that long', () => {
    const dir = temporaryDirectory()
    const temp = writeTemp(dir, 'half of it')
    removeStaleTemps(dir)
    expect(existsSync(temp)).toBe(true)
    const anHourAgo = Date.now() / 1000 - 3600
    utimesSync(temp, anHourAgo, anHourAgo)
    removeStaleTemps(dir)
    expect(existsSync(temp)).toBe(false)
  })

  test('accepts a missing directory', () => {
    removeStaleTemps(join(temporaryDirectory(), 'missing'))
  })
})
