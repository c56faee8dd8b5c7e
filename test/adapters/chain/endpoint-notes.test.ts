import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Abilities } from '../../../src/adapters/chain/capabilities.ts'
import { openEndpointNotes } from '../../../src/adapters/chain/endpoint-notes.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const ORIGIN = 'https://rpc.example'
const LACKS: Abilities = { batchSize: 3, pending: false, methods: { eth_feeHistory: false } }
const HOUR_MS = 3_600_000

/** A state directory, and its notes as each process opens them. */
function setUp() {
  const stateDir = temporaryDirectory()
  const clock = fakeClock()
  const path = join(stateDir, 'endpoints.json')
  const open = () => openEndpointNotes({ stateDir, clock })
  return { stateDir, clock, path, open }
}

/** The file after `ORIGIN` was noted, with `change` made to its only entry or to all of it. */
function changed({ path, open }: ReturnType<typeof setUp>, change: (note: object, file: object) => unknown): void {
  open().keep(ORIGIN, LACKS)
  const file = JSON.parse(readFileSync(path, 'utf8'))
  const [hash = ''] = Object.keys(file.endpoints)
  const made = change(file.endpoints[hash], file)
  writeFileSync(path, typeof made === 'string' ? made : JSON.stringify(made ?? file))
}

describe('a note on an endpoint’s limits', () => {
  it('is read by the next process, and stored under a hash for its owner alone', () => {
    const { path, open } = setUp()
    open().keep(ORIGIN, LACKS)
    expect(open().of(ORIGIN)).toEqual(LACKS)
    expect(open().of('https://other.example')).toEqual({})
    expect(readFileSync(path, 'utf8')).not.toContain('rpc.example')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is written only for limits: a good endpoint leaves no file', () => {
    const { path, open } = setUp()
    open().keep(ORIGIN, { pending: true, stateOverride: true, methods: { eth_feeHistory: true } })
    expect(existsSync(path)).toBe(false)
  })

  it('is forgotten after a day, and when it is from the future', () => {
    const { clock, open } = setUp()
    open().keep(ORIGIN, LACKS)
    clock.pass(-HOUR_MS)
    expect(open().of(ORIGIN)).toEqual({})
    clock.pass(24 * HOUR_MS)
    expect(open().of(ORIGIN)).toEqual(LACKS)
    clock.pass(HOUR_MS)
    expect(open().of(ORIGIN)).toEqual({})
  })

  it('is added to what another process has noted meanwhile', () => {
    const { open } = setUp()
    const [one, other] = [open(), open()]
    one.keep(ORIGIN, LACKS)
    other.keep('https://other.example', { batchSize: 5 })
    expect([open().of(ORIGIN), open().of('https://other.example')]).toEqual([LACKS, { batchSize: 5 }])
  })

  it('is kept only for the most recent endpoints', () => {
    const { clock, path, open } = setUp()
    for (let index = 0; index < 40; index += 1) {
      clock.pass(1)
      open().keep(`https://${index}.example`, LACKS)
    }
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')).endpoints)).toHaveLength(32)
    expect(open().of('https://39.example')).toEqual(LACKS)
    expect(open().of('https://7.example')).toEqual({})
  })
})

describe('a foreign or damaged note file', () => {
  // Each process must make the check before a stake itself.
  it('cannot claim that no stake can be simulated', () => {
    const place = setUp()
    place.open().keep(ORIGIN, { ...LACKS, stateOverride: false })
    expect(place.open().of(ORIGIN).stateOverride).toBeUndefined()
    changed(place, (note) => void Object.assign(note, { stateOverride: false }))
    expect(place.open().of(ORIGIN)).toEqual({})
  })

  it.each<[string, (note: object, file: object) => unknown]>([
    ['invalid JSON', () => '{"format":1,'],
    ['a batch size of zero', (note) => void Object.assign(note, { batchSize: 0 })],
    ['a method that every endpoint needs', (note) => void Object.assign(note, { methods: { eth_call: false } })],
    ['another format', (_, file) => void Object.assign(file, { format: 2 })],
    ['more than the read limit', () => JSON.stringify({ format: 1, endpoints: {} }).padEnd(20_000)],
    ['an endpoint that is not hashed', () => ({ format: 1, endpoints: { [ORIGIN]: { atMs: 0, ...LACKS } } })],
  ])('is ignored and replaced by the next note: %s', (_, change) => {
    const place = setUp()
    changed(place, change)
    expect(place.open().of(ORIGIN)).toEqual({})
    place.open().keep(ORIGIN, LACKS)
    expect(place.open().of(ORIGIN)).toEqual(LACKS)
  })

  it.each<[string, (path: string) => void]>([
    ['a directory', (path) => mkdirSync(path)],
    ['a link', (path) => symlinkSync('/dev/null', path)],
  ])('stops nothing: %s', (_, plant) => {
    const { path, open } = setUp()
    plant(path)
    open().keep(ORIGIN, LACKS)
    expect(open().of(ORIGIN)).toEqual({})
  })

  it('is not created without a state directory', () => {
    const { stateDir, clock } = setUp()
    const missing = join(stateDir, 'none')
    openEndpointNotes({ stateDir: missing, clock }).keep(ORIGIN, LACKS)
    expect(existsSync(missing)).toBe(false)
  })
})
