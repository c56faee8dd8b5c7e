import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tokenIn } from '../../src/gateway/token-file.ts'
import { newFolder } from '../support/sandbox.ts'

const UNUSABLE = { code: 'gateway/token-file-unusable' }

describe('the token of a gateway', () => {
  test('is random, in a file that only its owner can read, and stays the same', () => {
    const path = join(newFolder(), 'deep', 'token')
    const token = tokenIn(path)
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(tokenIn(path)).toBe(token)
    expect(tokenIn(join(newFolder(), 'token'))).not.toBe(token)
  })

  test.each<[string, (path: string) => void]>([
    ['others can read', (path) => chmodSync(path, 0o640)],
    ['somebody else can write', (path) => chmodSync(path, 0o606)],
    ['holds another text', (path) => writeFileSync(path, 'short')],
    ['is empty', (path) => writeFileSync(path, '')],
  ])('is not read from a file that %s, and that file is not changed', (_, spoil) => {
    const path = join(newFolder(), 'token')
    tokenIn(path)
    spoil(path)
    const before = readFileSync(path, 'utf8')
    expect(() => tokenIn(path)).toThrow(expect.objectContaining(UNUSABLE))
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  test('is neither read from a link nor written through one', () => {
    const folder = newFolder()
    const target = join(folder, 'target')
    tokenIn(target)
    symlinkSync(target, join(folder, 'link'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'))
    for (const name of ['link', 'dangling'])
      expect(() => tokenIn(join(folder, name))).toThrow(expect.objectContaining(UNUSABLE))
  })
})
