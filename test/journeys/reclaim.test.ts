import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { acquireLock } from '../../src/adapters/locks/lock.ts'
import { envelopeIn } from '../support/records.ts'
import { type Journey, MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

const LIST = 'GET /api_keys'
const DELETE = 'DELETE /api_keys'

const reclaim = (journey: Journey, more: readonly string[] = ['--yes'], options = {}) =>
  journey.command(['keys', 'reclaim', '--json', ...more], options)

/** Keys that Venice still accepts. */
const activeKeys = (journey: Journey) => journey.keys().filter(({ revoked }) => !revoked)

const withAdminKey = ['--yes', '--with-admin-key']

/** A run whose first mint reply was lost after the key was made. */
async function orphaned(words: readonly string[] = []): Promise<Journey> {
  const journey = await lab.begin()
  lab.fault(MINT, { kind: 'dropAfter' })
  const { code, json } = await journey.run(words)
  expect({ code, orphans: json.orphans }).toEqual({ code: 0, orphans: [expect.objectContaining({ status: 'lost' })] })
  return journey
}

/** The stored key is the only one that Venice holds, and it works. */
async function expectOnlyTheStoredKey(journey: Journey): Promise<void> {
  const secrets = activeKeys(journey).map(({ id }) => lab.sandbox.venice.secretOf(id))
  expect(secrets).toEqual([journey.storedKey()])
  const doctor = await journey.command(['doctor', '--json'])
  expect(doctor.json.checks).toContainEqual(expect.objectContaining({ name: 'key', status: 'ok' }))
  expect(doctor.json.checks.filter(({ name }: { name: string }) => name === 'mint')).toEqual([])
}

const statusesOf = (journey: Journey) => envelopeIn(journey).snapshot.context.record.mints.map(({ status }) => status)

describe.each(['jwt', 'siwe'] as const)('a key of a %s mint whose reply was lost', (form) => {
  test.each([
    ['by the stored key, an ADMIN key', ['--key-type', 'ADMIN'], ['--yes'], 'stored', ['reclaimed', 'stored']],
    ['by an ADMIN key made for it', [], withAdminKey, 'minted', ['reclaimed', 'stored', 'reclaimed']],
  ])('is named and deleted %s, and no other key is', async (_, runWords, words, adminKey, statuses) => {
    lab.sandbox.venice.setChallenge(form)
    const journey = await orphaned(runWords)
    const [orphan] = activeKeys(journey).filter(({ id }) => lab.sandbox.venice.secretOf(id) !== journey.storedKey())
    const { code, json } = await reclaim(journey, words)
    expect(code).toBe(0)
    expect(json).toMatchObject({
      dryRun: false,
      adminKey,
      keys: [
        {
          label: orphan?.description,
          id: orphan?.id,
          last6: lab.sandbox.venice.secretOf(orphan?.id ?? '')?.slice(-6),
          createdAt: expect.any(String),
          status: 'deleted',
        },
      ],
    })
    expect(statusesOf(journey)).toEqual(statuses)
    await expectOnlyTheStoredKey(journey)
    const again = await journey.run()
    expect(again.json).toMatchObject({ outcome: 'unfunded', wasFinished: true, warnings: [], orphans: [] })
    expect((await reclaim(journey, words)).json).toMatchObject({ keys: [], adminKey: null })
  })
})

test('a single-use challenge that "has already been used" proves that the named key exists', async () => {
  lab.sandbox.venice.setChallenge('siwe')
  const journey = await orphaned()
  const status = await journey.command(['status'])
  expect(status.stdout).toMatch(
    /A key labelled ".+" exists that nobody holds; `venice-onboard keys reclaim --with-admin-key --network base /,
  )
})

test('status and doctor name the key that nobody holds, and the command that deletes it', async () => {
  const journey = await orphaned()
  const [status, doctor] = await Promise.all([journey.command(['status']), journey.command(['doctor', '--json'])])
  const command = 'venice-onboard keys reclaim --with-admin-key'
  expect(status.stdout).toContain(command)
  expect(doctor.json.checks).toContainEqual(
    expect.objectContaining({ name: 'mint', status: 'warn', fix: expect.stringContaining(command) }),
  )
})

test('a mint lost on its way to Venice made no key, and is no longer counted', async () => {
  const journey = await lab.begin()
  lab.fault(MINT, { kind: 'dropBefore' })
  await journey.run(['--key-type', 'ADMIN'])
  expect((await reclaim(journey)).json).toMatchObject({ keys: [{ status: 'none', id: null }] })
  expect(statusesOf(journey)).toEqual(['refused', 'stored'])
  await expectOnlyTheStoredKey(journey)
})

test('mints can be made again after they were given up, once their keys are reclaimed', async () => {
  const journey = await lab.begin()
  lab.fault(MINT, { kind: 'dropAfter' }, { times: 3 })
  const spent = await journey.run()
  expect(spent.code).toBe(75)
  expect(spent.json.failure?.hint).toContain('venice-onboard keys reclaim --with-admin-key')
  expect(activeKeys(journey)).toHaveLength(3)
  expect((await reclaim(journey, withAdminKey)).code).toBe(0)
  expect(activeKeys(journey)).toEqual([])
  const again = await journey.run()
  expect(again.json).toMatchObject({ outcome: 'unfunded', warnings: [] })
  await expectOnlyTheStoredKey(journey)
})

test('a short-lived ADMIN key cannot spend and expires within an hour', async () => {
  const journey = await orphaned()
  lab.fault(LIST, { kind: 'reply', status: 503, body: { error: 'busy' } })
  lab.fault(DELETE, { kind: 'reply', status: 503, body: { error: 'busy' } }, { times: 2 })
  expect((await reclaim(journey, withAdminKey)).code).toBe(75)
  const [left] = activeKeys(journey).filter(({ type }) => type === 'ADMIN')
  expect(left).toMatchObject({ limit: { usd: 0, diem: 0 }, limitPeriod: 'LIFETIME' })
  expect(left?.expiresAt).toBeLessThan(Date.now() + 3_700_000)
  expect((await journey.command(['status'])).stdout).toContain(`"${left?.description}"`)

  const { json } = await reclaim(journey, withAdminKey)
  expect(json.keys).toMatchObject([{ status: 'deleted' }, { label: left?.description, status: 'deleted' }])
  await expectOnlyTheStoredKey(journey)
})

describe('without approval or an ADMIN key', () => {
  test('reclaim deletes, mints and asks nothing', async () => {
    const journey = await orphaned()
    lab.sandbox.venice.requests.reset()
    const refused = await reclaim(journey, ['--with-admin-key'])
    expect(refused).toMatchObject({ code: 5, json: { failure: { code: 'keys/deletion-not-confirmed' } } })
    const needed = await reclaim(journey)
    expect(needed).toMatchObject({ code: 78, json: { failure: { code: 'keys/admin-key-needed' } } })
    expect(needed.json.failure?.hint).toContain('--with-admin-key')
    const env = { WALLET_PRIVATE_KEY: `0x${'11'.repeat(32)}` }
    const others = await reclaim(journey, withAdminKey, { env })
    expect(others).toMatchObject({ code: 2, json: { failure: { code: 'cli/other-wallet' } } })
    expect(lab.sandbox.venice.requests.byRoute()).toEqual({})
    expect(activeKeys(journey)).toHaveLength(2)
  })

  test('reclaim --dry-run lists the keys, and changes nothing except its own ADMIN key', async () => {
    const journey = await orphaned()
    const { code, json } = await reclaim(journey, ['--dry-run', '--with-admin-key'])
    expect(code).toBe(0)
    expect(json).toMatchObject({ dryRun: true, adminKey: 'minted', keys: [{ status: 'found' }] })
    expect(activeKeys(journey).map(({ type }) => type)).toEqual(['INFERENCE', 'INFERENCE'])
    expect(statusesOf(journey)).toEqual(['lost', 'stored', 'reclaimed'])
  })
})

describe('reclaim with an answer of Venice', () => {
  test.each([
    ['forbidden', LIST, 403, 'venice/forbidden', 6],
    ['not found', LIST, 404, 'venice/not-found', 78],
    ['busy', DELETE, 503, 'venice/unavailable', 75],
  ])('%s: ends with its error, and the same command finishes it', async (_, on, status, failure, exit) => {
    const journey = await orphaned(['--key-type', 'ADMIN'])
    lab.fault(on, { kind: 'reply', status, body: { error: 'No.' } })
    const stopped = await reclaim(journey)
    expect(stopped.json.failure?.code).toBe(failure)
    expect(stopped.code).toBe(exit)
    expect((await reclaim(journey)).json.keys).toMatchObject([{ status: 'deleted' }])
    await expectOnlyTheStoredKey(journey)
  })

  test('treats a key that is already gone as deleted', async () => {
    const journey = await orphaned(['--key-type', 'ADMIN'])
    const gone = { error: 'API key could not be found' }
    lab.fault(DELETE, { kind: 'reply', status: 400, body: gone })
    expect((await reclaim(journey)).json.keys).toMatchObject([{ status: 'deleted' }])
  })

  test('treats a revoked stored ADMIN key as none', async () => {
    const journey = await orphaned(['--key-type', 'ADMIN'])
    lab.fault(LIST, { kind: 'reply', status: 401, body: { error: 'Authentication failed' } }, { times: 2 })
    expect((await reclaim(journey)).json.failure?.code).toBe('keys/admin-key-needed')
    expect((await reclaim(journey, withAdminKey)).json).toMatchObject({
      adminKey: 'minted',
      keys: [{ status: 'deleted' }],
    })
  })

  test.each([LIST, DELETE])('leaves no ADMIN key after a second try when the answer to %s is lost', async (on) => {
    const journey = await orphaned()
    lab.fault(on, { kind: 'dropAfter' })
    expect((await reclaim(journey, withAdminKey)).code).toBe(75)
    await reclaim(journey, withAdminKey)
    await expectOnlyTheStoredKey(journey)
  })

  test('treats its ADMIN key as deleted when that answer is lost and the key is no longer accepted', async () => {
    const journey = await orphaned()
    lab.fault(DELETE, { kind: 'dropAfter' }, { skip: 1 })
    expect((await reclaim(journey, withAdminKey)).code).toBe(0)
    expect(statusesOf(journey)).toEqual(['reclaimed', 'stored', 'reclaimed'])
    await expectOnlyTheStoredKey(journey)
  })

  test('records an ADMIN key that cannot delete itself, and the same command deletes it', async () => {
    const journey = await orphaned()
    lab.fault(DELETE, { kind: 'reply', status: 503, body: { error: 'busy' } }, { skip: 1, times: 2 })
    const left = await reclaim(journey, withAdminKey)
    expect(left).toMatchObject({ code: 75, json: { failure: { code: 'keys/admin-key-left' } } })
    expect(left.json.failure?.hint).toContain('venice-onboard keys reclaim --with-admin-key')
    expect(statusesOf(journey)).toEqual(['reclaimed', 'stored', 'lost'])
    await reclaim(journey, withAdminKey)
    await expectOnlyTheStoredKey(journey)
  })

  test('finds the ADMIN key of an earlier try whose mint answer was lost', async () => {
    const journey = await orphaned()
    lab.fault(MINT, { kind: 'dropAfter' })
    const lost = await reclaim(journey, withAdminKey)
    expect(lost).toMatchObject({ code: 75, json: { failure: { code: 'venice/mint-outcome-unknown' } } })
    expect(activeKeys(journey)).toHaveLength(3)
    await reclaim(journey, withAdminKey)
    await expectOnlyTheStoredKey(journey)
  })
})

test('reclaim leaves a wallet alone while another process works on it', async () => {
  const journey = await orphaned()
  const lock = await acquireLock({ chainId: 8453, address: journey.address })
  expect((await reclaim(journey, withAdminKey)).code).toBe(7)
  await lock.release()
  expect(activeKeys(journey)).toHaveLength(2)
})

test('reclaim does not touch a run that is unrecorded or not to be trusted', async () => {
  const journey = await lab.begin()
  expect((await reclaim(journey)).code).toBe(2)
  await journey.run()
  const record = join(journey.cwd, '.venice-onboard', `8453-${journey.address.toLowerCase()}`, 'run.json')
  writeFileSync(record, '{')
  expect((await reclaim(journey)).json.failure?.code).toBe('store/corrupt')
})
