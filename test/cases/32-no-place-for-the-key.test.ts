import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Journey, useSandbox } from '../support/sandbox.ts'

// Regression: issue 18, number 32 — the messages and actions when the key sink cannot store a key.
const lab = useSandbox()

/** The kind of `.env`, how to make it, and the reason in the message. */
const PLACES: [string, (path: string) => void, string][] = [
  ['a folder', (path) => mkdirSync(path), 'is not a file'],
  ['read-only', (path) => writeFileSync(path, 'OTHER=1\n', { mode: 0o444 }), 'is read-only'],
  ['a link', (path) => symlinkSync('elsewhere', path), 'is a symbolic link'],
  ['binary', (path) => writeFileSync(path, 'a\0b'), 'is not plain text'],
]
// Root can read everything.
if (process.getuid?.() !== 0)
  PLACES.push(['unreadable', (path) => writeFileSync(path, 'OTHER=1\n', { mode: 0o000 }), 'cannot be read'])

describe.each(PLACES)('an .env that is %s', (_, make, reason) => {
  async function begin(): Promise<{ journey: Journey; path: string }> {
    const journey = await lab.begin()
    const path = join(journey.cwd, '.env')
    make(path)
    return { journey, path }
  }

  test('stops a run without a fallback before anything is signed, and is not changed', async () => {
    const { journey, path } = await begin()
    const before = statSync(path, { throwIfNoEntry: false })
    const run = await journey.run()
    expect(run.code).toBe(78)
    expect(run.json.failure).toMatchObject({
      message: expect.stringContaining(reason),
      hint: expect.stringContaining('--save-key'),
    })
    expect(await journey.onChain()).toMatchObject({ transactions: 0, sVvv: 0n })
    const after = statSync(path, { throwIfNoEntry: false })
    expect([after?.mode, after?.size]).toEqual([before?.mode, before?.size])
    // The sink that the hint names stores the key.
    const again = await journey.run(['--save-key', 'file:venice-key'])
    expect(again.json.key).toMatchObject({ sink: 'file:venice-key' })
  })

  test('is skipped when a fallback is named after it', async () => {
    const { journey } = await begin()
    const backup = join(journey.cwd, 'backup')
    const run = await journey.run(['--save-key', 'env-file:.env', '--save-key', `file:${backup}`])
    expect(run.code).toBe(0)
    expect(run.json.key).toMatchObject({ sink: `file:${backup}` })
    expect(run.json.warnings).toContainEqual(expect.stringContaining(reason))
    expect(readFileSync(backup, 'utf8').trimEnd().slice(-6)).toBe(run.json.key?.last6)
  })
})
