import { encodeAbiParameters, encodeFunctionData, parseAbi, parseAbiParameters } from 'viem'
import { describe, expect, it } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { BATCH_MODE } from '../../src/domain/batch.ts'
import { type Call, callFor, callsFor, executeCall, type TypedPurpose, typedPurposeOf } from '../../src/gate/calls.ts'
import { ADDRESS } from '../support/samples.ts'

const OTHER = '0x00000000000000000000000000000000000000aa'
const abi = parseAbi([
  'function approve(address spender, uint256 amount)',
  'function stake(address recipient, uint256 amount)',
  'function mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut)',
])
const diemAbi = parseAbi(['function stake(uint256 amount)'])
const AMOUNT = 123_456_789_012_345_678_901n

describe('the call for a purpose', () => {
  it.each<[TypedPurpose, string, string]>([
    [
      { purpose: 'approve', amount: AMOUNT },
      ADDRESSES.vvv,
      encodeFunctionData({ abi, functionName: 'approve', args: [ADDRESSES.staking, AMOUNT] }),
    ],
    [
      { purpose: 'revoke' },
      ADDRESSES.vvv,
      encodeFunctionData({ abi, functionName: 'approve', args: [ADDRESSES.staking, 0n] }),
    ],
    [
      { purpose: 'stake', amount: AMOUNT },
      ADDRESSES.staking,
      encodeFunctionData({ abi, functionName: 'stake', args: [ADDRESS, AMOUNT] }),
    ],
    [
      { purpose: 'sponsor', beneficiary: OTHER, amount: AMOUNT },
      ADDRESSES.staking,
      encodeFunctionData({ abi, functionName: 'stake', args: [OTHER, AMOUNT] }),
    ],
    [
      { purpose: 'mintDiem', lock: AMOUNT, least: 7n },
      ADDRESSES.staking,
      encodeFunctionData({ abi, functionName: 'mintDiem', args: [AMOUNT, 7n] }),
    ],
    [
      { purpose: 'stakeDiem', amount: AMOUNT },
      ADDRESSES.diem,
      encodeFunctionData({ abi: diemAbi, functionName: 'stake', args: [AMOUNT] }),
    ],
    [{ purpose: 'fillNonce' }, ADDRESS, '0x'],
  ])('$0.purpose is what viem encodes for its contract', (typed, to, data) => {
    expect(callFor(typed, ADDRESS)).toEqual({ to, data })
  })

  it.each([
    ['below zero', -1n],
    ['above the greatest uint256', 2n ** 256n],
  ])('for an amount %s is rejected', (_, amount) => {
    expect(() => callFor({ purpose: 'stake', amount }, ADDRESS)).toThrow(RangeError)
  })
})

describe('the purpose of a draft', () => {
  const draft = { purpose: 'stake', amount: '5', data: '0x' } as const

  it('is read from its amounts, and from call data only for the least DIEM of a lock', () => {
    expect(typedPurposeOf(draft)).toEqual({ purpose: 'stake', amount: 5n })
    const { data } = callFor({ purpose: 'mintDiem', lock: 9n, least: 7n }, ADDRESS)
    expect(typedPurposeOf({ purpose: 'mintDiem', amount: '5', data })).toEqual({
      purpose: 'mintDiem',
      lock: 5n,
      least: 7n,
    })
  })

  it.each([
    ['an amount below zero', { ...draft, amount: '-1' }],
    ['an amount in hex', { ...draft, amount: '0x1' }],
    ['no amount', { ...draft, amount: '' }],
    ['a sponsor without a beneficiary', { ...draft, purpose: 'sponsor' as const }],
    ['a lock whose data is too short', { ...draft, purpose: 'mintDiem' as const, data: '0x2006efcb' as const }],
    ['an unknown purpose', { ...draft, purpose: 'transfer' as never }],
  ])('with %s is rejected', (_, broken) => {
    expect(typedPurposeOf(broken)).toBeNull()
  })
})

describe('a batch', () => {
  const executor = parseAbi(['function execute(bytes32 mode, bytes executionData)'])
  const items = parseAbiParameters('(address to, uint256 value, bytes data)[]')
  const byViem = (calls: readonly Call[]) =>
    encodeFunctionData({
      abi: executor,
      functionName: 'execute',
      args: [BATCH_MODE, encodeAbiParameters(items, [calls.map((call) => ({ ...call, value: 0n }))])],
    })

  it.each<[string, Call[]]>([
    ['no calls', []],
    ['one call without data', [{ to: OTHER, data: '0x' }]],
    ['one call of whole words', [{ to: OTHER, data: `0x${'ab'.repeat(64)}` }]],
    [
      'several calls of any length',
      [1, 31, 32, 33, 68, 100].map((length) => ({ to: OTHER, data: `0x${'cd'.repeat(length)}` as const })),
    ],
  ])('of %s is what viem encodes, sent by the account to itself', (_, calls) => {
    expect(executeCall(calls, ADDRESS)).toEqual({ to: ADDRESS, data: byViem(calls) })
  })

  const batch = { via: 'delegate', delegate: OTHER, approve: AMOUNT.toString() } as const

  it('approves exactly the staked amount, first', () => {
    expect(callsFor({ purpose: 'stake', amount: AMOUNT }, { batch, self: ADDRESS })).toEqual([
      callFor({ purpose: 'approve', amount: AMOUNT }, ADDRESS),
      callFor({ purpose: 'stake', amount: AMOUNT }, ADDRESS),
    ])
  })

  const locked = { via: 'calls', id: `0x${'1'.repeat(64)}`, approve: '0', paymaster: null } as const
  const lock = { purpose: 'mintDiem', lock: AMOUNT, least: 7n } as const

  it('stakes DIEM right after the lock that makes it', () => {
    expect(callsFor(lock, { batch: { ...locked, least: '7', stakeDiem: '9' }, self: ADDRESS })).toEqual([
      callFor(lock, ADDRESS),
      callFor({ purpose: 'stakeDiem', amount: 9n }, ADDRESS),
    ])
  })

  it.each<[string, TypedPurpose, object]>([
    ['DIEM is staked along with a stake of VVV', { purpose: 'stake', amount: AMOUNT }, { stakeDiem: '9' }],
    ['DIEM is staked along with DIEM', { purpose: 'stakeDiem', amount: AMOUNT }, { stakeDiem: '9' }],
    ['VVV is approved along with a lock', lock, { approve: AMOUNT.toString(), stakeDiem: '9' }],
    ['no DIEM is staked', lock, { stakeDiem: '0' }],
    ['an amount of DIEM is none', lock, { stakeDiem: '-9' }],
    ['a stake names the least DIEM', { purpose: 'stake', amount: AMOUNT }, { least: '7' }],
  ])('in which %s is refused', (_, typed, changes) => {
    expect(callsFor(typed, { batch: { ...locked, ...changes }, self: ADDRESS })).toBeNull()
  })

  it.each<[string, TypedPurpose]>([
    ['another amount', { purpose: 'stake', amount: AMOUNT - 1n }],
    ['another purpose', { purpose: 'stakeDiem', amount: AMOUNT }],
  ])('that approves for %s is rejected', (_, typed) => {
    expect(callsFor(typed, { batch, self: ADDRESS })).toBeNull()
  })
})
