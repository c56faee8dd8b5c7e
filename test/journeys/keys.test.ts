import { describe, expect, test } from 'vitest'
import { envelopeIn } from '../support/records.ts'
import { CHALLENGE, type Journey, MINT, RATE_LIMITS, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

const DELETE = 'DELETE /api_keys'
const ADMIN = ['--key-type', 'ADMIN']
const DAY_MS = 86_400_000

const keys = (journey: Journey, words: readonly string[], options = {}) =>
  journey.command(['keys', ...words, '--json'], options)
const list = (journey: Journey, more: readonly string[] = []) => keys(journey, ['list', ...more])
const revoke = (journey: Journey, name: string, more: readonly string[] = []) =>
  keys(journey, ['revoke', name, '--yes', ...more])
const rotate = (journey: Journey, more: readonly string[] = []) => keys(journey, ['rotate', '--yes', ...more])

const activeKeys = (journey: Journey) =>
  journey.keys().filter(({ revoked, expiresAt }) => !revoked && (expiresAt === null || expiresAt > Date.now()))
const secretOf = ({ id }: { id: string }) => lab.sandbox.venice.secretOf(id)
const recordOf = (journey: Journey) => envelopeIn(journey).snapshot.context.record
const storedLabel = (journey: Journey): string => recordOf(journey).key?.label ?? ''

/** A finished run. */
async function finished(words: readonly string[] = []): Promise<Journey> {
  const journey = await lab.begin()
  const { code } = await journey.run(words)
  expect(code).toBe(0)
  return journey
}

/** Another key of the same account, unknown to this run. */
async function withOther(words: readonly string[] = ADMIN, more: object = {}) {
  const journey = await finished(words)
  const authorization = `Bearer ${journey.storedKey()}`
  const body = JSON.stringify({ apiKeyType: 'INFERENCE', description: 'another agent', ...more })
  const headers = { authorization, 'content-type': 'application/json' }
  const reply = await fetch(`${lab.sandbox.apiUrl}/api_keys`, { method: 'POST', headers, body })
  const { data } = (await reply.json()) as { data: { id: string; apiKey: string } }
  return { journey, other: data }
}

/** The stored key is the only one that Venice accepts, and doctor has no finding about keys. */
async function expectOnlyTheStoredKey(journey: Journey): Promise<void> {
  expect(activeKeys(journey).map(secretOf)).toEqual([journey.storedKey()])
  const { json } = await journey.command(['doctor', '--json'])
  const about = json.checks.filter(({ name }: { name: string }) => name === 'key' || name === 'mint')
  expect(about).toEqual([expect.objectContaining({ name: 'key', status: 'ok' })])
}

describe('keys list', () => {
  test('shows every key of the account, and marks the run’s keys', async () => {
    const soon = new Date(Date.now() + 3 * DAY_MS).toISOString()
    const { journey, other } = await withOther(ADMIN, { expiresAt: soon, consumptionLimit: { usd: 5 } })
    const { code, json } = await list(journey)
    expect(code).toBe(0)
    expect(json).toMatchObject({
      adminKey: 'stored',
      keys: [
        {
          id: other.id,
          label: 'another agent',
          last6: other.apiKey.slice(-6),
          type: 'INFERENCE',
          is: 'other',
          limit: { usd: 5, diem: null },
          limitPeriod: 'EPOCH',
          used: { usd: '0.0000', diem: '0.0000' },
          expiresAt: soon,
          expiry: { status: 'expiring', daysLeft: 2 },
        },
        { label: storedLabel(journey), is: 'current', used: null, expiry: { status: 'valid', expiresAt: null } },
      ],
    })
    expect(json.keys).toHaveLength(2)
  })

  test('marks a key that nobody holds, and omits the ADMIN key made for the list', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'dropAfter' })
    await journey.run()
    const { json } = await list(journey, ['--with-admin-key'])
    expect(json.adminKey).toBe('minted')
    expect(json.keys.map(({ is }: { is: string }) => is)).toEqual(['current', 'orphan'])
    expect(activeKeys(journey)).toHaveLength(2)
  })

  test('fits a terminal of 80 columns, and prints expiries as words', async () => {
    const soon = new Date(Date.now() + 3 * DAY_MS).toISOString()
    const description = 'a description that is as long as it may be at Venice, 64 charac.'
    const { journey } = await withOther([...ADMIN, '--expires-at', soon], {
      description,
      consumptionLimit: { usd: 9_999_999, diem: 9_999_999 },
      limitPeriod: 'LIFETIME',
    })
    const { stdout } = await journey.command(['keys', 'list'])
    const rows = stdout.split('\n').filter((line) => !line.startsWith('warning'))
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(80)
    expect(stdout).toContain(`expires at ${soon}, in 2 days; \`venice-onboard keys rotate --network base `)
  })

  test('needs an ADMIN key, and says how to get one', async () => {
    const journey = await finished()
    lab.sandbox.venice.requests.reset()
    const { code, json } = await list(journey)
    expect(code).toBe(78)
    expect(json.failure).toMatchObject({ code: 'keys/admin-key-needed' })
    expect(json.failure?.hint).toContain('--with-admin-key')
    expect(lab.sandbox.venice.requests.byRoute()).toEqual({})
  })
})

describe('keys revoke', () => {
  test.each([
    ['id', ({ id }: { id: string; apiKey: string }) => id],
    ['last 6 characters', ({ apiKey }: { id: string; apiKey: string }) => apiKey.slice(-6)],
    ['label', () => 'another agent'],
  ])('deletes one key by its %s', async (_, nameOf) => {
    const { journey, other } = await withOther()
    const { code, json } = await revoke(journey, nameOf(other))
    expect(code).toBe(0)
    expect(json).toMatchObject({ status: 'deleted', key: { id: other.id, is: 'other' }, adminKey: 'stored' })
    await expectOnlyTheStoredKey(journey)
  })

  test.each([[['-hbcde']], [['-hbcde', '--yes']], [['--yes', '--', '-hbcde']]])(
    'accepts six characters that begin with a hyphen as a key’s name (%s)',
    async (words) => {
      const { journey, other } = await withOther(ADMIN, { description: '-hbcde' })
      const { code, json } = await journey.command(['keys', 'revoke', '--json', '--yes', ...words])
      expect({ code, key: json.key }).toMatchObject({ code: 0, key: { id: other.id } })
    },
  )

  test('rejects an unknown option', async () => {
    const journey = await finished(ADMIN)
    expect((await keys(journey, ['revoke', '--forse'])).code).toBe(2)
    expect((await journey.command(['keys', 'revoke', '--help'])).stdout).toContain('Usage: venice-onboard keys revoke')
    expect((await keys(journey, ['revoke', '-abc'])).code).toBe(2)
  })

  test('treats a missing key as revoked by its id; another name may be a typing error', async () => {
    const { journey, other } = await withOther()
    await revoke(journey, other.id)
    expect(await revoke(journey, other.id)).toMatchObject({ code: 0, json: { status: 'gone' } })
    const refused = await revoke(journey, 'another agent')
    expect(refused).toMatchObject({ code: 2, json: { failure: { code: 'keys/not-listed' } } })
  })

  test('succeeds when another process deleted the key first', async () => {
    const { journey, other } = await withOther()
    lab.fault(DELETE, { kind: 'reply', status: 400, body: { error: 'API key could not be found' } })
    expect(await revoke(journey, other.id)).toMatchObject({ code: 0, json: { status: 'deleted' } })
  })

  test('deletes nothing when a name fits several keys', async () => {
    const { journey, other } = await withOther()
    await fetch(`${lab.sandbox.apiUrl}/api_keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${journey.storedKey()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ apiKeyType: 'INFERENCE', description: 'another agent' }),
    })
    const { code, json } = await revoke(journey, 'another agent')
    expect({ code, failure: json.failure?.code }).toEqual({ code: 2, failure: 'keys/ambiguous' })
    expect(json.failure?.facts.join()).toContain(other.id)
    expect(activeKeys(journey)).toHaveLength(3)
  })

  test('asks for approval before it sends Venice anything', async () => {
    const { journey, other } = await withOther()
    lab.sandbox.venice.requests.reset()
    const { code, json } = await keys(journey, ['revoke', other.id])
    expect({ code, failure: json.failure?.code }).toEqual({ code: 5, failure: 'keys/deletion-not-confirmed' })
    expect(lab.sandbox.venice.requests.byRoute()).toEqual({})
  })

  test.each([
    ['by the stored key itself', ADMIN, []],
    ['by an ADMIN key made for it', [], ['--with-admin-key']],
  ])(
    'refuses the run’s own key without --force, and with it the next run mints another: %s',
    async (_, words, more) => {
      const journey = await finished(words)
      const label = storedLabel(journey)
      lab.sandbox.venice.requests.reset()
      expect(await revoke(journey, label, more)).toMatchObject({ code: 5, json: { failure: { code: 'keys/own-key' } } })
      expect(lab.sandbox.venice.requests.byRoute()).toEqual({})

      expect(await revoke(journey, label, [...more, '--force'])).toMatchObject({ code: 0, json: { status: 'deleted' } })
      expect(activeKeys(journey)).toEqual([])
      const [status, doctor] = await Promise.all([journey.command(['status']), journey.command(['doctor', '--json'])])
      expect(status.stdout).toContain('is gone: it was revoked')
      expect(doctor.json.checks).toContainEqual(
        expect.objectContaining({ name: 'key', status: 'warn', fix: 'Run `venice-onboard run`.' }),
      )
      const again = await journey.run()
      expect(again).toMatchObject({ code: 0, json: { outcome: 'unfunded', toRevoke: [] } })
      expect(await journey.onChain()).toMatchObject({ transactions: 2 })
      await expectOnlyTheStoredKey(journey)
    },
  )
})

describe('keys rotate', () => {
  test.each(['jwt', 'siwe'] as const)(
    'replaces the old key with a new one, and revokes the old one (%s)',
    async (form) => {
      lab.sandbox.venice.setChallenge(form)
      const journey = await finished([...ADMIN, '--limit', 'usd=5'])
      const before = journey.storedKey()
      const { code, json } = await rotate(journey)
      expect(code).toBe(0)
      expect(json).toMatchObject({
        outcome: 'unfunded',
        toRevoke: [],
        warnings: [],
        rotated: { old: [{ last6: before?.slice(-6), status: 'revoked' }], unrevoked: null },
        key: { type: 'ADMIN', last6: journey.storedKey()?.slice(-6) },
      })
      expect(journey.storedKey()).not.toBe(before)
      expect(activeKeys(journey)).toMatchObject([{ limit: { usd: 5, diem: null } }])
      expect(await journey.onChain()).toMatchObject({ transactions: 2 })
      await expectOnlyTheStoredKey(journey)
    },
  )

  test('accepts attributes for the new key', async () => {
    const journey = await finished(ADMIN)
    await rotate(journey, [
      '--limit',
      'diem=2',
      '--limit-period',
      'LIFETIME',
      '--description',
      'next',
      '--save-key',
      'file:api-key',
    ])
    expect(activeKeys(journey)).toMatchObject([
      { limit: { usd: null, diem: 2 }, limitPeriod: 'LIFETIME', description: expect.stringMatching(/^next /) },
    ])
    expect(recordOf(journey).key?.sink).toBe('file:api-key')
  })

  test('gives the new key the lifetime of the old one', async () => {
    const journey = await finished([...ADMIN, '--expires-at', new Date(Date.now() + 30 * DAY_MS).toISOString()])
    const [old] = activeKeys(journey)
    await rotate(journey)
    const [key] = activeKeys(journey)
    expect(key?.expiresAt).toBeGreaterThan(old?.expiresAt ?? Number.POSITIVE_INFINITY)
    expect(key?.expiresAt).toBeLessThan(Date.now() + 30 * DAY_MS + 1_000)
  })

  test('leaves both keys without an ADMIN key, and names the old one and the command that finishes', async () => {
    const journey = await finished()
    const [old] = activeKeys(journey)
    const half = await rotate(journey)
    expect(half.code).toBe(3)
    const command = 'venice-onboard keys rotate --with-admin-key'
    expect(half.json).toMatchObject({
      toRevoke: [{ id: old?.id }],
      nextAction: { command: expect.stringContaining(command) },
      rotated: { unrevoked: expect.stringContaining('ADMIN') },
    })
    const stored = journey.storedKey()
    expect(activeKeys(journey).map(secretOf)).toContain(stored)
    const [status, doctor] = await Promise.all([journey.command(['status']), journey.command(['doctor', '--json'])])
    expect(status.stdout).toContain(command)
    expect(doctor.json.checks).toContainEqual(expect.objectContaining({ name: 'key', status: 'warn' }))

    expect((await rotate(journey, ['--with-admin-key'])).code).toBe(0)
    expect(journey.storedKey()).toBe(stored)
    await expectOnlyTheStoredKey(journey)
  })

  test.each([
    ['is ADMIN, and the new one is not', ADMIN, ['--key-type', 'INFERENCE']],
    ['is not ADMIN, and the new one is', [], ADMIN],
  ])('needs no extra ADMIN key when the old one %s', async (_, before, after) => {
    const journey = await finished(before)
    expect((await rotate(journey, after)).code).toBe(0)
    await expectOnlyTheStoredKey(journey)
  })

  test.each([
    ['is refused', MINT, 400, 'Wallet signature does not match', 6],
    ['gets no challenge', CHALLENGE, 403, 'No.', 6],
  ])('keeps the old key when its mint %s, and can be resumed', async (_, on, status, error, exit) => {
    const journey = await finished(ADMIN)
    const before = journey.storedKey()
    lab.fault(on, { kind: 'reply', status, body: { error } }, { times: 2 })
    expect((await rotate(journey)).code).toBe(exit)
    expect([journey.storedKey(), activeKeys(journey).map(secretOf)]).toEqual([before, [before]])
    expect((await journey.command(['status'])).stdout).toContain('serves until its successor is stored and proven')
    lab.sandbox.faults.clear()
    expect((await rotate(journey)).code).toBe(0)
    await expectOnlyTheStoredKey(journey)
  })

  test('does not revoke the old key before the new one has made a paid call', async () => {
    const journey = await finished(ADMIN)
    const [old] = activeKeys(journey)
    lab.fault(RATE_LIMITS, { kind: 'reply', status: 403, body: { error: 'No.' } }, { times: 2 })
    const unproven = await rotate(journey)
    expect(unproven).toMatchObject({ code: 75, json: { failure: { code: 'keys/not-proven' } } })
    expect(activeKeys(journey).map(({ id }) => id)).toContain(old?.id)
    expect((await rotate(journey)).code).toBe(0)
    await expectOnlyTheStoredKey(journey)
  })

  test('that is resumed by `run` mints once, and the same command finishes it', async () => {
    const journey = await finished(ADMIN)
    lab.fault(CHALLENGE, { kind: 'reply', status: 403, body: { error: 'No.' } })
    await rotate(journey)
    const run = await journey.run()
    expect(run.json).toMatchObject({
      toRevoke: [expect.anything()],
      nextAction: { command: expect.stringMatching(/^venice-onboard keys rotate --network base/) },
    })
    expect((await rotate(journey)).code).toBe(0)
    await expectOnlyTheStoredKey(journey)
  })

  test('revokes nothing when Venice no longer accepts the old key', async () => {
    const journey = await finished(ADMIN)
    const [old] = journey.keys()
    const headers = { authorization: `Bearer ${journey.storedKey()}` }
    await fetch(`${lab.sandbox.apiUrl}/api_keys?id=${old?.id}`, { method: 'DELETE', headers })
    expect((await rotate(journey, ['--key-type', 'INFERENCE'])).code).toBe(0)
    await expectOnlyTheStoredKey(journey)
  })

  test('refuses a run without a key', async () => {
    const journey = await lab.begin({ eth: 0n, vvv: 0n })
    await journey.run()
    expect(await rotate(journey)).toMatchObject({ code: 2, json: { failure: { code: 'keys/none-to-rotate' } } })
  })

  test('asks for approval before it does anything', async () => {
    const journey = await finished(ADMIN)
    const { revision } = envelopeIn(journey)
    const { code, json } = await keys(journey, ['rotate'])
    expect({ code, failure: json.failure?.code }).toEqual({ code: 5, failure: 'keys/deletion-not-confirmed' })
    expect(envelopeIn(journey).revision).toBe(revision)
  })
})

describe('key limits', () => {
  test('are read back: a stored limit that differs is a warning in the result and the record', async () => {
    const journey = await finished([...ADMIN, '--limit', 'usd=5,diem=0'])
    expect((await journey.run(['--json'])).json.warnings).toEqual([])
    const key = activeKeys(journey)[0]
    if (key !== undefined) key.limit.usd = 50
    const { json } = await journey.run(['--require-funded'])
    expect(json.warnings).toEqual([expect.stringContaining('USD limit 5; Venice stores 50')])
    expect((await journey.command(['status'])).stdout).toContain('Venice stores 50')
  })
})

describe('the expiry of a key', () => {
  const expiring = (ms: number) => finished([...ADMIN, '--expires-at', new Date(Date.now() + ms).toISOString()])

  test('within 7 days makes status and doctor warn', async () => {
    const journey = await expiring(3 * DAY_MS)
    const [status, data, doctor] = await Promise.all([
      journey.command(['status']),
      journey.command(['status', '--json']),
      journey.command(['doctor', '--json']),
    ])
    expect(status.stdout).toMatch(/expires at \S+Z, in 2 days; `venice-onboard keys rotate --network base /)
    expect(data.json.runs[0].keyExpiry).toMatchObject({ status: 'expiring', daysLeft: 2 })
    expect(doctor.json.checks).toContainEqual(
      expect.objectContaining({ name: 'key', status: 'warn', fix: expect.stringContaining('keys rotate') }),
    )
  })

  test('in the past fails doctor, and rotate mints the next key without any other key', async () => {
    const journey = await expiring(8_000)
    const [old] = journey.keys()
    await expect.poll(() => Date.now() > (old?.expiresAt ?? 0), { timeout: 15_000 }).toBe(true)
    const doctor = await journey.command(['doctor', '--json'])
    expect(doctor.code).toBe(6)
    expect(doctor.json.checks).toContainEqual(
      expect.objectContaining({ name: 'key', status: 'fail', fix: 'Run `venice-onboard keys rotate`.' }),
    )
    expect((await journey.command(['status'])).stdout).toContain('expired at')
    expect((await rotate(journey, ['--expires-at', '2999-01-01', '--key-type', 'INFERENCE'])).code).toBe(0)
    await expectOnlyTheStoredKey(journey)
  })
})
