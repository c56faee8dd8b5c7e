import { describe, expect, it } from 'vitest'
import { type Envelope, FORMAT, seal, unseal } from '../../src/driver/envelope.ts'
import { StoreCorruptError, StoreNewerFormatError, StoreOtherWalletError } from '../../src/errors/store.ts'
import { scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost, onDisk } from '../support/memory-host.ts'
import { request } from '../support/samples.ts'

const OWNER = { chainId: request().chainId, address: request().address }
const open = (text: string) => unseal(text, '/state/run.json', OWNER)

async function sample(): Promise<{ envelope: Envelope; text: string }> {
  const host = memoryHost()
  await driveOn(host, scriptedEffects().effects)
  const envelope = await onDisk(host)
  if (envelope === null || host.disk === null) throw new Error('The run left nothing on disk.')
  return { envelope, text: host.disk }
}
const { envelope, text } = await sample()

describe('a sealed envelope', () => {
  it('opens as it was sealed', async () => {
    expect(await open(await seal(envelope))).toEqual(envelope)
    expect(await seal(await open(text))).toBe(text)
  })

  it('opens for the same wallet written in another case', async () => {
    await expect(unseal(text, 'x', { ...OWNER, address: OWNER.address.toLowerCase() })).resolves.toEqual(envelope)
  })

  it('does not open with any bit of any byte flipped', async () => {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      const error = await open(flipped.toString()).catch((thrown: unknown) => thrown)
      // A flipped bit may raise the format's digit, which is checked before the checksum.
      const isRefused = error instanceof StoreCorruptError || error instanceof StoreNewerFormatError
      expect(isRefused, `byte ${at} of ${text.slice(Math.max(0, at - 10), at + 10)}`).toBe(true)
    }
  })

  it('does not open when cut short anywhere', async () => {
    for (let length = 0; length < text.length - 1; length += 1) {
      await expect(open(text.slice(0, length)), `cut after ${length}`).rejects.toBeInstanceOf(StoreCorruptError)
    }
  })

  it.each([
    ['nothing', ''],
    ['something else', '{"hello":"world"}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['two envelopes', `${text}${text}`],
  ])('is rejected when it is %s', async (_, other) => {
    await expect(open(other)).rejects.toBeInstanceOf(StoreCorruptError)
  })

  it.each([
    ['address', { ...OWNER, address: `0x${'12'.repeat(20)}` }],
    ['chain', { ...OWNER, chainId: 1 }],
  ])('of another %s is refused', async (_, owner) => {
    await expect(unseal(text, 'x', owner)).rejects.toBeInstanceOf(StoreOtherWalletError)
  })

  it('of a newer format is refused, whatever its checksum covers', async () => {
    const newer = JSON.stringify({ checksum: 'of another kind', envelope: { ...envelope, format: FORMAT + 1 } })
    await expect(open(newer)).rejects.toBeInstanceOf(StoreNewerFormatError)
  })

  it.each<[string, Partial<Record<keyof Envelope, unknown>>]>([
    ['without a run id', { runId: '' }],
    ['with a negative revision', { revision: -1 }],
    ['with an unknown status', { snapshot: { ...envelope.snapshot, status: 'error' } }],
    ['without a record', { snapshot: { ...envelope.snapshot, context: { request: request() } } }],
  ])('%s is refused although its checksum is right', async (_, changes) => {
    await expect(open(await seal({ ...envelope, ...changes } as Envelope))).rejects.toBeInstanceOf(StoreCorruptError)
  })

  it('has no field for a secret', () => {
    const names = new Set([...text.matchAll(/"(\w+)":/g)].map(([, name]) => name))
    const secrets = [
      'apiKey',
      'privateKey',
      'signature',
      'token',
      'text',
      'message',
      'password',
      'secret',
      'authorization',
    ]
    expect(secrets.filter((name) => names.has(name))).toEqual([])
    expect(names.has('challenge')).toBe(true)
  })
})
