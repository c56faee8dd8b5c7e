import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../machines/onboarding/select.ts'
import { ChallengeLostError } from '../../src/errors/challenge.ts'
import { KeyNotReadableError } from '../../src/errors/key.ts'
import { SinkUnusableError, SinkWriteError } from '../../src/errors/sink.ts'
import * as venice from '../../src/errors/venice/all.ts'
import type { Script } from '../support/fakes.ts'
import { FUNDED, MINTED, runMachine } from '../support/run-machine.ts'
import { intent, keyRef, stakedWallet } from '../support/samples.ts'
import { shown } from '../support/told.ts'

const times = <T>(count: number, ...items: T[]): T[] => Array.from({ length: count }, () => items).flat()
const staked = { readWalletState: { always: stakedWallet() } }
const BEFORE = ['checkBalance.read', ...MINTED]
const statuses = (record: { mints: readonly { status: string }[] }) => record.mints.map(({ status }) => status)
const RECORD = {
  attempts: [],
  mints: [],
  key: null,
  retired: [],
  funding: null,
  payments: [],
  skipped: [],
  warnings: [],
}

const lost = new venice.MintOutcomeUnknownError()
const full = new SinkWriteError({ sink: 'fake', reason: 'the disk is full' })

describe('a token whose mint has an unknown outcome', () => {
  it('is not posted again: a key found in the sink is adopted', async () => {
    const found = keyRef({ id: null })
    const { path, record, inputsOf } = await runMachine({ ...staked, mintKey: [lost], recoverKey: [{ key: found }] })
    expect(path).toEqual([...BEFORE, 'mint.recover', ...FUNDED])
    expect(inputsOf('mintKey')).toHaveLength(1)
    expect(record.key).toEqual(found)
    expect(statuses(record)).toEqual(['stored'])
    expect(record.warnings).toEqual([])
  })

  it('has its label reported when the key is not found, before another key is minted', async () => {
    const { path, record, inputsOf } = await runMachine({ ...staked, mintKey: [lost] })
    expect(path).toEqual([...BEFORE, 'mint.recover', ...MINTED, ...FUNDED])
    expect(statuses(record)).toEqual(['lost', 'stored'])
    expect(record.warnings.map(shown)).toEqual([expect.stringContaining('"venice-onboard 1"')])
    const labels = inputsOf('mintKey').map((input) => (input as { intent: { label: string } }).intent.label)
    expect(labels).toEqual(['venice-onboard 1', 'venice-onboard 2'])
  })

  it('ends the run after several times, with every label reported', async () => {
    const { path, record, failure } = await runMachine({ ...staked, mintKey: { always: lost } })
    expect(path).toEqual(['checkBalance.read', ...times(LIMITS.mints, ...MINTED, 'mint.recover'), 'failed'])
    expect(failure?.code).toBe('venice/mint-outcome-unknown')
    expect(statuses(record)).toEqual(times(LIMITS.mints, 'lost'))
    expect(record.warnings).toHaveLength(LIMITS.mints)
  })
})

describe('a single-use challenge whose mint has an unknown outcome', () => {
  const siwe: Script = {
    ...staked,
    fetchChallenge: [{ form: 'siwe', expiresAt: '2026-11-23T12:15:00.000Z' }],
  }

  it('is posted again unchanged, under the same label', async () => {
    const { path, record, inputsOf } = await runMachine({ ...siwe, mintKey: [lost] })
    expect(path).toEqual([...BEFORE, 'mint.settle', 'mint.post', ...FUNDED])
    const labels = inputsOf('mintKey').map((input) => (input as { intent: { label: string } }).intent.label)
    expect(labels).toEqual(['venice-onboard 1', 'venice-onboard 1'])
    expect(statuses(record)).toEqual(['stored'])
    expect(record.warnings).toEqual([])
  })

  it('proves that a key was made and lost when it is used by then', async () => {
    const { path, record } = await runMachine({ ...siwe, mintKey: [lost, new venice.ChallengeUsedError()] })
    expect(path).toEqual([...BEFORE, 'mint.settle', 'mint.post', ...MINTED, ...FUNDED])
    expect(statuses(record)).toEqual(['lost', 'stored'])
    expect(record.warnings.map(shown)).toEqual([expect.stringContaining('"venice-onboard 1"')])
  })

  it.each([new venice.RateLimitedError(), new venice.ConnectionFailedError(), new venice.SignatureNotVerifiedError()])(
    'stays unknown while its second post fails temporarily: %s',
    async (error) => {
      const { path, record } = await runMachine({ ...siwe, mintKey: [lost, error] })
      expect(path).toEqual([...BEFORE, ...times(2, 'mint.settle', 'mint.post'), ...FUNDED])
      expect(statuses(record)).toEqual(['stored'])
      expect(record.warnings).toEqual([])
    },
  )

  it('is posted a limited number of times', async () => {
    const { path, record } = await runMachine({ ...siwe, mintKey: times(LIMITS.retries + 1, lost) })
    expect(path).toEqual([
      ...BEFORE,
      ...times(LIMITS.retries, 'mint.settle', 'mint.post'),
      'mint.recover',
      ...MINTED,
      ...FUNDED,
    ])
    expect(statuses(record)).toEqual(['lost', 'stored'])
  })
})

describe('a mint during which the process died', () => {
  it('is searched for, reported, and followed by another', async () => {
    const { path, record } = await runMachine({ ...staked, mintKey: [new ChallengeLostError()] })
    expect(path).toEqual([...BEFORE, 'mint.recover', ...MINTED, ...FUNDED])
    expect(statuses(record)).toEqual(['lost', 'stored'])
  })

  it('is searched for by the next pass before it posts', async () => {
    const { path, record } = await runMachine(staked, { record: { ...RECORD, mints: [intent()] } })
    expect(path).toEqual(['checkBalance.read', 'fetchToken.fetch', 'sign.sign', 'mint.recover', ...MINTED, ...FUNDED])
    expect(statuses(record)).toEqual(['lost', 'stored'])
  })

  it('is its own failure after too many times, in a new pass too', async () => {
    const mints = [intent({ status: 'lost' }), intent({ status: 'lost' }), intent()]
    const { end, failure, record } = await runMachine(staked, { record: { ...RECORD, mints } })
    expect(end).toBe('failed')
    expect(failure).toMatchObject({ code: 'venice/mint-outcome-unknown', facts: times(3, 'Label: venice-onboard 1') })
    expect(statuses(record)).toEqual(['lost', 'lost', 'lost'])
  })

  it('is still to be searched for when the sink fails during the search', async () => {
    const error = new SinkUnusableError({ sink: 'fake', reason: 'x' })
    const { path, record } = await runMachine(
      { ...staked, recoverKey: [error] },
      { record: { ...RECORD, mints: [intent()] } },
    )
    expect(path.slice(-2)).toEqual(['mint.recover', 'failed'])
    expect(statuses(record)).toEqual(['posting'])
  })
})

describe('a key whose sink failed', () => {
  it('is stored at the second try, and never minted a second time', async () => {
    const { path, record, inputsOf } = await runMachine({ ...staked, mintKey: [full] })
    expect(path).toEqual([...BEFORE, 'mint.store', ...FUNDED])
    expect(inputsOf('mintKey')).toHaveLength(1)
    expect(statuses(record)).toEqual(['stored'])
  })

  it('waits in memory until the sink works', async () => {
    const { path } = await runMachine({ ...staked, mintKey: [full], storeKey: times(3, full) })
    expect(path).toEqual([...BEFORE, 'mint.store', ...times(3, 'mint.storeLater', 'mint.store'), ...FUNDED])
  })

  it('is given up after a limited time, and reported as lost', async () => {
    const { path, record, failure, inputsOf } = await runMachine({
      ...staked,
      mintKey: [full],
      storeKey: { always: full },
    })
    expect(path).toEqual([...BEFORE, 'mint.store', ...times(LIMITS.retries, 'mint.storeLater', 'mint.store'), 'failed'])
    expect(inputsOf('mintKey')).toHaveLength(1)
    expect(failure?.code).toBe('sink/write-failed')
    expect(statuses(record)).toEqual(['lost'])
    expect(record.warnings).toHaveLength(1)
  })

  it('is searched for when the process died', async () => {
    const { path } = await runMachine({ ...staked, mintKey: [full], storeKey: [new ChallengeLostError()] })
    expect(path).toEqual([...BEFORE, 'mint.store', 'mint.recover', ...MINTED, ...FUNDED])
  })

  it('is not minted at all when the sink reports an error before', async () => {
    const unusable = new SinkUnusableError({ sink: 'fake', reason: 'x' })
    const { path, record, inputsOf } = await runMachine({ ...staked, openSink: [unusable] })
    expect(path.slice(-2)).toEqual(['mint.open', 'failed'])
    expect(inputsOf('mintKey')).toEqual([])
    expect(record.mints).toEqual([])
  })

  it('adds its sink’s warnings to the record, each once', async () => {
    const opened = { intent: intent(), warnings: ['git does not ignore .env'] }
    const { record } = await runMachine({
      ...staked,
      openSink: { always: opened },
      mintKey: [new venice.TokenExpiredError()],
    })
    expect(record.warnings).toEqual(['git does not ignore .env'])
  })
})

describe('the funding of a stored key', () => {
  it.each([
    ['is unknown when Venice does not answer', new venice.UnavailableError(), LIMITS.retries],
    ['is unknown when Venice does not accept the key', new venice.AuthenticationFailedError(), 0],
    ['is unknown when the key cannot be read back', new KeyNotReadableError('keyring'), 0],
  ])('%s, and the key is never lost', async (_, error, waits) => {
    const { path, record, failure } = await runMachine({ ...staked, checkFunding: { always: error } })
    expect(path).toEqual([
      ...BEFORE,
      'fundingCheck.ask',
      ...times(waits, 'fundingCheck.wait', 'fundingCheck.ask'),
      'unfunded',
    ])
    expect(failure).toBeNull()
    expect(record.key).not.toBeNull()
    expect(record.funding).toMatchObject({ spendable: null, reason: `Not known: ${error.message}` })
  })
})
