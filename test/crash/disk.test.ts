import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import { FORMAT, seal, unseal } from '../../src/driver/envelope.ts'
import { isAt, isDoing, runCli } from '../support/cli.ts'
import { asNobody, canMount, giveAway, hasPermissions, mountSmallDisk } from '../support/disk.ts'
import { type Journey, MINT, newFolder, useSandbox } from '../support/sandbox.ts'
import { ACCOUNTED, account, inPairs } from './account.ts'

const lab = useSandbox()
const withMount = canMount ? test : test.skip
const withPermissions = hasPermissions ? test : test.skip
if (!canMount) console.warn('Skipped: disks that are full or read-only, because this user may not mount any.')
if (!hasPermissions) console.warn('Skipped: files without permission, because root cannot be anybody else here.')

const runName = ({ address }: Journey): string => `${BASE_CHAIN_ID}-${address.toLowerCase()}`
const recordOf = (journey: Journey, stateDir = '.venice-onboard'): string =>
  join(journey.cwd, stateDir, runName(journey), 'run.json')

/** A run that was killed while its transactions were pending, and its record. */
async function killed(args: readonly string[] = []): Promise<{ journey: Journey; record: string; text: string }> {
  const journey = await lab.begin()
  const running = journey.start(args)
  await running.event(isAt('awaitConfirmation.watch'))
  await running.kill('SIGKILL')
  const record = recordOf(journey)
  return { journey, record, text: readFileSync(record, 'utf8') }
}

const existing = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

withMount(
  'a disk that rejects writes after the mint does not lose the key: it stays in memory until it can be stored',
  async () => {
    const journey = await lab.begin()
    const disk = mountSmallDisk(journey.cwd, 1_000)
    lab.fault(MINT, { kind: 'delay', ms: 500 })
    const running = journey.start()
    await running.event(isDoing('mintKey'))
    disk.freeze()
    await running.event((event) => event.type === 'progress' && event.effect === 'storeKey')
    disk.mend()
    expect(await account(lab, journey, await running.done)).toEqual(ACCOUNTED)
    expect(journey.keys()).toHaveLength(1)
  },
  60_000,
)

withMount(
  'a full disk stops the run with 78, and the same command succeeds once there is space',
  async () => {
    const outcomes = await inPairs([0, 1, 2], async (pages) => {
      const journey = await lab.begin()
      const stateDir = join(journey.cwd, 'state')
      mkdirSync(stateDir)
      const disk = mountSmallDisk(stateDir, Math.max(1, pages))
      // A file system has at least one page, so another file uses it.
      if (pages === 0) writeFileSync(join(stateDir, 'filler'), 'x')
      const { code, json } = await journey.run(['--state-dir', 'state'])
      const record = recordOf(journey, 'state')
      const text = existing(record)
      if (text !== null) await unseal(text, record, { chainId: BASE_CHAIN_ID, address: journey.address })
      disk.mend()
      const ended = await account(lab, journey, await journey.run(['--state-dir', 'state']))
      return { pages, full: { code, isBegun: text !== null, ...json.failure }, ended }
    })
    const full = { code: 'store/write-failed', facts: [expect.stringMatching(/^ENOSPC/)] }
    expect(outcomes.sort((a, b) => a.pages - b.pages)).toEqual(
      [0, 1, 2].map((pages) => ({
        pages,
        full: expect.objectContaining({ ...full, isBegun: pages > 0 }),
        ended: ACCOUNTED,
      })),
    )
  },
  120_000,
)

withMount('a disk that becomes read-only stops the run with 78, and status still shows the run', async () => {
  const journey = await lab.begin()
  const stateDir = join(journey.cwd, 'state')
  mkdirSync(stateDir)
  const disk = mountSmallDisk(stateDir, 256)
  const running = journey.start(['--state-dir', 'state'])
  await running.event(isAt('awaitConfirmation.watch'))
  await running.kill('SIGKILL')
  disk.freeze()
  const refused = await journey.run(['--state-dir', 'state'])
  expect(refused.code).toBe(78)
  expect(refused.json).toMatchObject({
    recoverable: true,
    failure: { code: 'store/write-failed', facts: [expect.stringMatching(/^EROFS/)] },
  })
  const shown = await journey.command(['status', '--json', '--state-dir', 'state'])
  expect(shown.code).toBe(0)
  expect(shown.json.runs).toEqual([expect.objectContaining({ outcome: 'paused' })])
  disk.mend()
  expect(await account(lab, journey, await journey.run(['--state-dir', 'state']))).toEqual(ACCOUNTED)
})

withPermissions(
  'files without permissions stop the run with 78, and it can be resumed once they are restored',
  async () => {
    const journey = await lab.begin()
    const { cwd } = journey
    const as = { under: asNobody }
    giveAway(cwd)

    chmodSync(cwd, 0o500)
    const unwritable = await journey.run([], as)
    expect(unwritable.code).toBe(78)
    expect(unwritable.json).toMatchObject({
      recoverable: true,
      failure: { code: 'store/unusable', facts: [expect.stringMatching(/^EACCES/)] },
    })
    chmodSync(cwd, 0o700)

    const running = journey.start([], as)
    await running.event(isAt('awaitConfirmation.watch'))
    await running.kill('SIGKILL')
    chmodSync(recordOf(journey), 0)
    const unreadable = await journey.run([], as)
    expect(unreadable.code).toBe(78)
    expect(unreadable.json.failure).toMatchObject({
      code: 'store/unreadable',
      hint: expect.stringContaining('chmod 600'),
      facts: [expect.stringMatching(/^EACCES/)],
    })
    chmodSync(recordOf(journey), 0o600)
    expect(await account(lab, journey, await journey.run([], as))).toEqual(ACCOUNTED)
  },
)

test('a record that is not this run’s is refused with 78 and not changed; once restored, the run resumes', async () => {
  const { journey, record, text } = await killed()
  const other = await killed()
  const outside = newFolder()
  const target = join(outside, 'run.json')
  const own = { chainId: BASE_CHAIN_ID, address: journey.address }
  const newer = await seal({ ...(await unseal(text, record, own)), format: FORMAT + 1 })
  const middle = text.length >> 1

  const kinds: [kind: string, put: () => void, code: string][] = [
    ['nothing in it', () => writeFileSync(record, ''), 'store/corrupt'],
    ['the first half', () => writeFileSync(record, text.slice(0, middle)), 'store/corrupt'],
    [
      'zeros for its second half',
      () => writeFileSync(record, text.slice(0, middle).padEnd(text.length, '\0')),
      'store/corrupt',
    ],
    ['another digit', () => writeFileSync(record, text.replace('"pass":1', '"pass":2')), 'store/corrupt'],
    ['the record of another wallet', () => writeFileSync(record, other.text), 'store/other-wallet'],
    ['a newer format', () => writeFileSync(record, newer), 'store/newer-format'],
    ['a directory', () => mkdirSync(record), 'store/unreadable'],
    ['a pipe', () => spawnSync('mkfifo', [record]), 'store/unreadable'],
    ['100 MB', () => writeFileSync(record, text), 'store/unreadable'],
    ['a link to a record', () => symlinkSync(target, record), 'store/unreadable'],
    ['a link to nothing', () => symlinkSync(join(outside, 'nothing'), record), 'store/unreadable'],
  ]
  writeFileSync(target, text)
  for (const [kind, put, code] of kinds) {
    rmSync(record, { recursive: true })
    put()
    if (kind === '100 MB') truncateSync(record, 100_000_000)
    const before = describeFile(record)
    const run = await journey.run()
    expect({ kind, code: run.code, failure: run.json.failure?.code }).toEqual({ kind, code: 78, failure: code })
    expect(run.json.failure?.hint, kind).toMatch(/run the same command again|wipe --force|--state-dir/)
    expect(describeFile(record), kind).toEqual(before)
  }
  expect(readFileSync(target, 'utf8')).toBe(text)
  expect(existing(join(outside, 'nothing'))).toBeNull()
  rmSync(record)
  writeFileSync(record, text)
  expect(await account(lab, journey, await journey.run())).toEqual(ACCOUNTED)
}, 120_000)

test('links next to the record lead nowhere outside its directory', async () => {
  const { journey, record } = await killed()
  const [directory, outside] = [dirname(record), newFolder()]
  for (const name of ['run.json.prev', 'journal.ndjson']) {
    writeFileSync(join(outside, name), 'of somebody else')
    rmSync(join(directory, name))
    symlinkSync(join(outside, name), join(directory, name))
  }
  expect(await account(lab, journey, await journey.run())).toEqual(ACCOUNTED)
  for (const name of ['run.json.prev', 'journal.ndjson']) {
    expect(readFileSync(join(outside, name), 'utf8')).toBe('of somebody else')
  }
})

test("a link in the place of the run's directory is refused with 78, and nothing is written through it", async () => {
  const { journey, record } = await killed()
  const [directory, outside] = [dirname(record), join(newFolder(), 'moved')]
  renameSync(directory, outside)
  symlinkSync(outside, directory)
  const before = describeFile(join(outside, 'run.json'))
  const refused = await journey.run()
  expect(refused.code).toBe(78)
  expect(refused.json.failure).toMatchObject({ code: 'store/unusable', facts: [expect.stringMatching(/^ELOOP/)] })
  expect(describeFile(join(outside, 'run.json'))).toEqual(before)
  rmSync(directory)
  renameSync(outside, directory)
  expect(await account(lab, journey, await journey.run())).toEqual(ACCOUNTED)
})

test('an untrusted record is archived on request, and its transactions are taken over from the chain', async () => {
  const { journey, record, text } = await killed()
  writeFileSync(record, text.slice(0, -100))
  const wipe = (...words: string[]) => runCli(['wipe', '--json', ...words], { cwd: journey.cwd })
  expect((await wipe()).code).toBe(78)
  const wiped = await wipe('--force')
  expect(wiped.code).toBe(0)
  expect(readFileSync(join(wiped.json.archive, 'run.json'), 'utf8')).toBe(text.slice(0, -100))
  const finished = await journey.run()
  expect(finished.code).toBe(0)
  const { transactions, sVvv } = await journey.onChain()
  expect([transactions, sVvv]).toEqual([ACCOUNTED.transactions, ACCOUNTED.sVvv])
})

test('a torn journal is shown up to the tear, and is continued', async () => {
  const { journey, record } = await killed()
  appendFileSync(join(dirname(record), 'journal.ndjson'), '{"type":"transition","to":"st')
  const shown = await runCli(['export', 'mermaid', '--run', '--json'], { cwd: journey.cwd })
  expect(shown.code).toBe(0)
  expect(shown.json.text).toContain('awaitConfirmation')
  expect(await account(lab, journey, await journey.run())).toEqual(ACCOUNTED)
})

/** What is known about a file without opening or following it. */
function describeFile(path: string): { size: number; inode: number; changedAt: number } {
  const { size, ino, mtimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? { size: -1, ino: -1, mtimeMs: -1 }
  return { size, inode: ino, changedAt: mtimeMs }
}
