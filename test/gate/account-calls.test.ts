import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  encodePacked,
  pad,
  parseAbi,
  parseAbiParameters,
  size,
} from 'viem'
import { describe, expect, it } from 'vitest'
import type { Address, Hex } from '../../src/domain/addresses.ts'
import { BATCH_MODE } from '../../src/domain/batch.ts'
import { MULTI_SENDS, makesOnly } from '../../src/gate/account-calls.ts'
import { type Call, callFor } from '../../src/gate/calls.ts'
import { createGate } from '../../src/gate/gate.ts'
import type { AccountCall } from '../../src/ports/account.ts'
import type { Signer } from '../../src/ports/signer.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { ADDRESS, draft, VVV } from '../support/samples.ts'
import { decodeBytes } from '../support/signed-bytes.ts'

const OTHER = '0x00000000000000000000000000000000000000aa'
const APPROVE = callFor({ purpose: 'approve', amount: VVV }, ADDRESS)
const STAKE = callFor({ purpose: 'stake', amount: VVV }, ADDRESS)
const BOTH = [APPROVE, STAKE]
const SINGLE_MODE = pad('0x0')

/** A call as a hostile library may make it. */
interface Made extends Call {
  value?: bigint
  operation?: number
}

const abi = parseAbi([
  'struct Call { address target; uint256 value; bytes data; }',
  'function execute(address target, uint256 value, bytes data)',
  'function execute(bytes32 mode, bytes executionCalldata)',
  'function executeBatch(Call[] calls)',
  'function executeUserOp(address to, uint256 value, bytes data, uint8 operation)',
  'function executeUserOpWithErrorString(address to, uint256 value, bytes data, uint8 operation)',
  'function multiSend(bytes transactions)',
])
const kernel2Abi = parseAbi(['function execute(address to, uint256 value, bytes data, uint8 operation)'])
const listsAbi = parseAbi(['function executeBatch(address[] targets, uint256[] values, bytes[] datas)'])
const pairsAbi = parseAbi(['function executeBatch(address[] targets, bytes[] datas)'])

const structs = (calls: readonly Made[]) => calls.map(({ to, data, value = 0n }) => ({ target: to, value, data }))
const tuples = (calls: readonly Made[]): Hex =>
  encodeFunctionData({ abi, functionName: 'executeBatch', args: [structs(calls)] })
const lists = (calls: readonly Made[]): Hex =>
  encodeFunctionData({
    abi: listsAbi,
    args: [calls.map(({ to }) => to), calls.map(({ value = 0n }) => value), calls.map(({ data }) => data)],
  })
const pairs = (calls: readonly Made[]): Hex =>
  encodeFunctionData({ abi: pairsAbi, args: [calls.map(({ to }) => to), calls.map(({ data }) => data)] })
const inMode = (mode: Hex, data: Hex): Hex => encodeFunctionData({ abi, functionName: 'execute', args: [mode, data] })
const executions = (calls: readonly Made[]): Hex =>
  encodeAbiParameters(parseAbiParameters('(address target, uint256 value, bytes data)[]'), [structs(calls)])
const erc7579 = (calls: readonly Made[]): Hex => inMode(BATCH_MODE, executions(calls))
const execution = ({ to, data, value = 0n }: Made): Hex =>
  encodePacked(['address', 'uint256', 'bytes'], [to, value, data])
const multiSend = (calls: readonly Made[]): Hex =>
  encodeFunctionData({
    abi,
    functionName: 'multiSend',
    args: [
      concatHex(
        calls.map(({ to, data, value = 0n, operation = 0 }) =>
          encodePacked(
            ['uint8', 'address', 'uint256', 'uint256', 'bytes'],
            [operation, to, value, BigInt(size(data)), data],
          ),
        ),
      ),
    ],
  })
const safe = (
  { to, data, value = 0n, operation = 0 }: Made,
  functionName: 'executeUserOp' | 'executeUserOpWithErrorString' = 'executeUserOp',
): Hex => encodeFunctionData({ abi, functionName, args: [to, value, data, operation] })
const [MULTI_SEND = OTHER] = MULTI_SENDS
const safeBatch = (calls: readonly Made[], to: Address = MULTI_SEND): Hex =>
  safe({ to, data: multiSend(calls), operation: 1 })

describe('approve and stake, put together', () => {
  it.each<[string, Hex]>([
    ['as Coinbase Smart Wallet does', tuples(BOTH)],
    ['as lists', lists(BOTH)],
    ['as lists without amounts', pairs(BOTH)],
    ['as Kernel 3 and others of ERC-7579 do', erc7579(BOTH)],
    ...MULTI_SENDS.flatMap((to): [string, Hex][] => [
      [`as a Safe does by MultiSend ${to}`, safeBatch(BOTH, to)],
      [
        `as a Safe does by MultiSend ${to}, with the reason of a revert`,
        safe({ to, data: multiSend(BOTH), operation: 1 }, 'executeUserOpWithErrorString'),
      ],
    ]),
  ])('%s, are exactly that', (_, data) => {
    expect(makesOnly(BOTH, data, ADDRESS)).toBe(true)
    expect(makesOnly(BOTH, `0x${data.slice(2).toUpperCase()}`, ADDRESS)).toBe(true)
    expect(makesOnly([STAKE], data, ADDRESS)).toBe(false)
    expect(makesOnly([STAKE, APPROVE], data, ADDRESS)).toBe(false)
  })

  const install = encodeFunctionData({
    abi: parseAbi(['function installModule(uint256 moduleType, address module, bytes data)']),
    args: [2n, OTHER, '0x'],
  })
  const more: Made = { to: OTHER, data: '0x' }
  const withEth = [APPROVE, { ...STAKE, value: 1n }]
  it.each<[string, Hex]>([
    ['nothing', '0x'],
    ['the calls without the account', APPROVE.data],
    ['one call more', tuples([...BOTH, more])],
    ['one call more, as lists', lists([...BOTH, more])],
    ['one call more, without amounts', pairs([...BOTH, more])],
    ['one call more, as ERC-7579', erc7579([...BOTH, more])],
    ['one call more, of a Safe', safeBatch([...BOTH, more])],
    ['one call less', tuples([APPROVE])],
    ['ETH', tuples(withEth)],
    ['ETH, as lists', lists(withEth)],
    ['ETH, as ERC-7579', erc7579(withEth)],
    ['ETH, of a Safe', safeBatch(withEth)],
    ['ETH to the MultiSend', safe({ to: MULTI_SEND, data: multiSend(BOTH), operation: 1, value: 1n })],
    ['another MultiSend', safeBatch(BOTH, OTHER)],
    ['a call of the MultiSend', safe({ to: MULTI_SEND, data: multiSend(BOTH), operation: 0 })],
    ['another contract’s code within the MultiSend', safeBatch([APPROVE, { ...STAKE, operation: 1 }])],
    ['a module that is installed', install],
    ['a module that is installed along', tuples([{ to: ADDRESS, data: install }, ...BOTH])],
    ['calls of which each may fail alone', inMode(`0x0101${'00'.repeat(30)}`, executions(BOTH))],
    ['the code of a migration (ERC-7579)', inMode(`0xff${'00'.repeat(31)}`, concatHex([OTHER, erc7579(BOTH)]))],
    ['a mode with a selector', inMode(`0x01${'00'.repeat(5)}78210001${'00'.repeat(22)}`, executions(BOTH))],
    ['bytes behind them', concatHex([tuples(BOTH), '0x00'])],
    ['bytes behind them, of a Safe', concatHex([safeBatch(BOTH), '0x5afe00'])],
  ])('with %s, are not', (_, data) => {
    expect(makesOnly(BOTH, data, ADDRESS)).toBe(false)
  })
})

describe('a single call', () => {
  it.each<[string, Hex]>([
    ['of most accounts', encodeFunctionData({ abi, functionName: 'execute', args: [STAKE.to, 0n, STAKE.data] })],
    ['in a list of one', tuples([STAKE])],
    ['of Kernel 2', encodeFunctionData({ abi: kernel2Abi, args: [STAKE.to, 0n, STAKE.data, 0] })],
    ['of ERC-7579', inMode(SINGLE_MODE, execution(STAKE))],
    ['of a Safe', safe(STAKE)],
  ])('%s is exactly that', (_, data) => {
    expect(makesOnly([STAKE], data, ADDRESS)).toBe(true)
    expect(makesOnly(BOTH, data, ADDRESS)).toBe(false)
  })

  it.each<[string, Hex]>([
    ['with ETH', encodeFunctionData({ abi, functionName: 'execute', args: [STAKE.to, 1n, STAKE.data] })],
    ['as code of the account', encodeFunctionData({ abi: kernel2Abi, args: [STAKE.to, 0n, STAKE.data, 1] })],
    ['with ETH, of ERC-7579', inMode(SINGLE_MODE, execution({ ...STAKE, value: 1n }))],
    ['that may fail', inMode(`0x0001${'00'.repeat(30)}`, execution(STAKE))],
    ['as code of a Safe', safe({ ...STAKE, operation: 1 })],
  ])('%s is not', (_, data) => {
    expect(makesOnly([STAKE], data, ADDRESS)).toBe(false)
  })
})

describe('the gate', () => {
  const batch = {
    via: 'operation' as const,
    approve: VVV.toString(),
    entryPoint: OTHER as Address,
    callGas: '100000',
    verificationGas: '100000',
    preVerificationGas: '50000',
    factory: null,
    paymaster: null,
  }
  async function signed(callData: (calls: readonly AccountCall[]) => Hex) {
    const asked: string[] = []
    const signer: Signer = {
      address: ADDRESS,
      operations: {
        entryPoint: { address: OTHER, version: '0.7' },
        bundlerUrl: 'http://bundler.invalid',
        callData: async (calls) => callData(calls),
        factory: async () => null,
        stubSignature: async () => '0x',
      },
      signMessage: async () => '0x',
      async signTransaction({ data }) {
        asked.push(data)
        throw new Error('asked')
      },
    }
    const gate = createGate({ signer, clock: fakeClock(), decode: decodeBytes })
    const given = draft('stake', 0, { to: ADDRESS, data: callData(BOTH), batch, gas: '250000' })
    const approval = { budget: {}, mostVvv: VVV, mostLock: 0n, mostFeeWei: 10n ** 16n }
    const failure = await gate
      .transactions([given], [], { approval })
      .then(String, ({ code, message }) => code ?? message)
    return { failure, asked: asked.length }
  }

  it('asks the account for a user operation of exactly the calls', async () => {
    expect(await signed((calls) => safeBatch(calls))).toEqual({ failure: 'asked', asked: 1 })
  })

  it('never asks an account whose library adds a call of its own', async () => {
    const more = (calls: readonly AccountCall[]) => erc7579([{ to: OTHER, data: '0x' }, ...calls])
    expect(await signed(more)).toEqual({ failure: 'policy/call-data-refused', asked: 0 })
  })
})
