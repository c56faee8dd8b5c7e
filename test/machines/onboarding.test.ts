import { describe, expect, it } from 'vitest'
import { FUNDED, MINTED, runMachine, STAKED } from '../support/run-machine.ts'
import { attempt, draft, funding, hashOf, keyRef, request, stakedWallet, VVV, walletState } from '../support/samples.ts'

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

describe('a wallet with VVV', () => {
  it('goes from nothing to a funded key; approve and stake are signed together and sent back to back', async () => {
    const { path, failure, record, inputsOf } = await runMachine()
    expect(path).toEqual([...STAKED, ...MINTED, ...FUNDED])
    expect(failure).toBeNull()
    expect(record.attempts.map(({ purpose, nonce, status }) => [purpose, nonce, status])).toEqual([
      ['approve', 7, 'mined'],
      ['stake', 8, 'mined'],
    ])
    expect(inputsOf('signTransactions')).toHaveLength(1)
    expect(record.key).toEqual(keyRef({ label: 'venice-onboard 1' }))
    expect(record.mints.map(({ status }) => status)).toEqual(['stored'])
    expect(record.skipped).toEqual([])
  })

  it('is approved and staked one after the other when only the approve could be drafted', async () => {
    const { path, record, inputsOf } = await runMachine({
      readWalletState: [walletState({ account: 'delegated', drafts: [draft('approve', 7)] })],
    })
    expect(path).toEqual([
      'checkBalance.read',
      'approve.prepare',
      'approve.broadcast',
      'awaitConfirmation.watch',
      'checkBalance.read',
      'stake.prepare',
      'stake.broadcast',
      'awaitConfirmation.watch',
      ...MINTED,
      ...FUNDED,
    ])
    expect(inputsOf('signTransactions')).toHaveLength(2)
    expect(record.skipped).toEqual([
      { stage: 'approve', why: `This run approved already, in ${hashOf('approve', 7)}.` },
    ])
  })

  it('skips approve when the allowance is enough, and says why', async () => {
    const { path, record } = await runMachine({
      readWalletState: [walletState({ allowance: (2n * VVV).toString(), drafts: [draft('stake', 7)] })],
    })
    expect(path).toEqual([
      'checkBalance.read',
      'stake.prepare',
      'stake.broadcast',
      'awaitConfirmation.watch',
      ...MINTED,
      ...FUNDED,
    ])
    expect(record.skipped).toEqual([{ stage: 'approve', why: 'The staking contract may pull 2 VVV already.' }])
  })

  it('skips approve and stake when enough is staked, and says why', async () => {
    const { path, record, inputsOf } = await runMachine({ readWalletState: [stakedWallet()] })
    expect(path).toEqual(['checkBalance.read', ...MINTED, ...FUNDED])
    const why = 'The wallet holds 1 sVVV; 1 is asked for.'
    expect(record.skipped).toEqual([
      { stage: 'approve', why },
      { stage: 'stake', why },
    ])
    expect(inputsOf('signTransactions')).toEqual([])
  })

  it('ends unfunded when the key cannot spend', async () => {
    const unfunded = funding({ spendable: false, reason: 'No credit.' })
    const { path, record, failure } = await runMachine({ checkFunding: [unfunded] })
    expect(path.slice(-2)).toEqual(['fundingCheck.ask', 'unfunded'])
    expect(record.funding).toEqual(unfunded)
    expect(failure).toBeNull()
  })
})

describe('a new pass over an earlier record', () => {
  it('goes straight to the funding check when a key is stored', async () => {
    const { path } = await runMachine({}, { record: { ...RECORD, key: keyRef() } })
    expect(path).toEqual(FUNDED)
  })

  it('watches pending transactions before anything else', async () => {
    const attempts = [attempt('approve', 7, { status: 'sent' }), attempt('stake', 8, { status: 'sent' })]
    const { path, inputsOf } = await runMachine({}, { record: { ...RECORD, attempts } })
    expect(path).toEqual(['awaitConfirmation.watch', ...MINTED, ...FUNDED])
    expect(inputsOf('watchTransactions')).toEqual([{ address: request().address, attempts }])
    expect(inputsOf('broadcast')).toEqual([])
  })

  it('sends what was recorded and perhaps never sent at once, and signs nothing', async () => {
    const attempts = [attempt('approve', 7, { status: 'sent' }), attempt('stake', 8)]
    const { path, inputsOf } = await runMachine({}, { record: { ...RECORD, attempts } })
    expect(path).toEqual(['awaitConfirmation.rebroadcast', 'awaitConfirmation.watch', ...MINTED, ...FUNDED])
    expect(inputsOf('broadcast')).toEqual([{ attempts: attempts.slice(1) }])
    expect(inputsOf('signTransactions')).toEqual([])
  })

  it('with a key mints no other, whatever else is pending', async () => {
    const attempts = [attempt('stake', 8, { status: 'mined' }), attempt('revoke', 9, { status: 'sent' })]
    const { path } = await runMachine({}, { record: { ...RECORD, attempts, key: keyRef() } })
    expect(path).toEqual(['awaitConfirmation.watch', ...FUNDED])
  })

  it('stakes the rest when the earlier stake is smaller than requested', async () => {
    const attempts = [attempt('stake', 8, { status: 'sent', expected: '1' })]
    const { path } = await runMachine({}, { record: { ...RECORD, attempts } })
    expect(path.slice(0, 2)).toEqual(['awaitConfirmation.watch', 'checkBalance.read'])
  })

  it('proves an earlier stake again before it mints, and names its transaction', async () => {
    const attempts = [attempt('stake', 8, { status: 'mined' })]
    const { path, record } = await runMachine({}, { record: { ...RECORD, attempts } })
    expect(path).toEqual(['awaitConfirmation.watch', ...MINTED, ...FUNDED])
    expect(record.skipped).toEqual([{ stage: 'stake', why: `This run staked already, in ${hashOf('stake', 8)}.` }])
  })

  it('reads the wallet state when the requested stake is larger than the earlier one', async () => {
    const attempts = [attempt('stake', 8, { status: 'mined' })]
    const asked = request({ stakeAmount: (2n * VVV).toString() })
    const { path } = await runMachine({}, { request: asked, record: { ...RECORD, attempts } })
    expect(path[0]).toBe('checkBalance.read')
  })
})
