import { parseEther } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'
import { smartAccount } from '../../src/adapters/signers/smart-account.ts'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { onboard } from '../../src/library/onboard.ts'
import { sponsorAgents } from '../../src/library/sponsor-agents.ts'
import { PAYMASTER } from '../../src/sandbox/contracts/deploy.ts'
import { DIEM_FUNDS, diemOf, TENTH } from '../support/diem-actions.ts'
import { MINT, useSandbox } from '../support/sandbox.ts'
import { STAKED, smartAccounts, type Version } from '../support/smart-account.ts'

const lab = useSandbox()
beforeEach(() => lab.sandbox.venice.setContractSignatures('all'))

const { begin, onChain, stored } = smartAccounts(lab)

describe.each<Version>(['0.6', '0.7', '0.8'])('a smart account of EntryPoint %s', (version) => {
  test('that is not there yet, and has no ETH, gets a key through one sponsored operation', async () => {
    const under = await begin(version, { vvv: parseEther('2') })
    const { options } = under
    const result = await onboard(options)
    expect(result.failure).toBeNull()
    expect(result.transactions).toMatchObject([{ purpose: 'stake', nonce: 0, status: 'mined', along: ['approve'] }])
    expect(result.spent.feeWei).toBe('0')
    expect(await onChain(under)).toEqual(STAKED)
    const [made] = result.transactions
    const receipt = await lab.sandbox.chain.public.getTransactionReceipt({ hash: made?.hash ?? '0x' })
    expect(receipt.logs.some(({ topics }) => topics[3]?.endsWith(PAYMASTER.slice(2).toLowerCase()))).toBe(true)
    expect(stored(under)).toHaveLength(1)
  })

  test('pays for itself where no paymaster is named, within the budget', async () => {
    const under = await begin(version, { vvv: parseEther('2'), eth: parseEther('0.01') }, { isSponsored: false })
    const { options } = under
    const result = await onboard({ ...options, budget: { maxVvv: '1', maxGasEth: '0.001' } })
    expect(result.failure).toBeNull()
    expect(Number(result.spent.feeWei)).toBeGreaterThan(0)
    expect(await onChain(under)).toEqual(STAKED)
  })
})

describe('what Venice takes', () => {
  test('is asked before anything is staked, and a signature that is not taken ends the run there', async () => {
    lab.sandbox.venice.setContractSignatures('none')
    const under = await begin('0.7', { vvv: parseEther('2') })
    const { options } = under
    const result = await onboard(options)
    expect(result.failure).toMatchObject({ code: 'wallet/signature-not-taken' })
    expect(result.transactions).toEqual([])
    expect(await onChain(under)).toEqual({ operations: 0n, allowance: 0n, sVvv: 0n })
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(1)
    expect(stored(under)).toEqual([])
  })

  test('may depend on whether the account is deployed, which is said', async () => {
    lab.sandbox.venice.setContractSignatures('deployed')
    const { options } = await begin('0.8', { vvv: parseEther('2') })
    const { failure } = await onboard(options)
    expect(failure).toMatchObject({ code: 'wallet/signature-not-taken', hint: expect.stringContaining('deploy it') })
  })

  test('is asked once, and the answer is in the record', async () => {
    const under = await begin('0.8', { vvv: parseEther('2') })
    const { options } = under
    const views: unknown[] = []
    await onboard({
      ...options,
      onEvent: (event) => {
        if (event.type === 'transition') views.push(event.view.walletState)
      },
    })
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(2)
    expect(views).toContainEqual(expect.objectContaining({ account: 'smart', isSignatureTaken: true }))
    expect(stored(under)).toHaveLength(1)
  })
})

describe('a paymaster', () => {
  test.each([
    [
      'does not pay',
      'pm_getPaymasterStubData',
      { kind: 'rpcError', code: -32001, message: 'policy is used up' },
      'bundler/paymaster-refused',
    ],
    [
      'stops paying in the middle',
      'pm_getPaymasterData',
      { kind: 'rpcError', code: -32001, message: 'policy is used up' },
      'bundler/paymaster-refused',
    ],
    [
      'asks for an approval of its own',
      'pm_getPaymasterStubData',
      {
        kind: 'rpcResult',
        result: {
          paymaster: PAYMASTER,
          paymasterData: '0x',
          calls: [{ to: ADDRESSES.usdc, data: '0x095ea7b3' }],
        },
      },
      'bundler/paymaster-terms',
    ],
  ] as const)('that %s gets no signature', async (_, method, effect, code) => {
    const under = await begin('0.7', { vvv: parseEther('2') })
    const { options } = under
    lab.fault(method, effect)
    const result = await onboard(options)
    expect(result.failure).toMatchObject({ code })
    expect(result.transactions).toEqual([])
    expect(await onChain(under)).toEqual({ operations: 0n, allowance: 0n, sVvv: 0n })
  })
})

describe('DIEM of an account without ETH', () => {
  test.each<Version>(['0.6', '0.8'])('is locked for and staked by one operation, of EntryPoint %s', async (version) => {
    const under = await begin(version, { vvv: DIEM_FUNDS.vvv ?? 0n })
    const { options } = under
    const result = await onboard({ ...options, fund: 'diem:0.1' })
    expect(result.failure).toBeNull()
    expect(result.transactions).toMatchObject([
      { purpose: 'stake', status: 'mined', along: ['approve'] },
      { purpose: 'stake', status: 'mined', along: ['approve'] },
      { purpose: 'mintDiem', status: 'mined', along: ['stakeDiem'] },
    ])
    expect((await diemOf(lab.sandbox, under.address)).staked).toBe(TENTH)
    expect(await onChain(under)).toMatchObject({ operations: 3n, allowance: 0n })
    expect(result.spent.feeWei).toBe('0')
  })
})

test('an account of another EntryPoint is refused when it is opened', async () => {
  const { account } = await begin('0.7', {})
  const old = { ...account, entryPoint: { ...account.entryPoint, version: '0.5' } }
  expect(() => smartAccount(old, { bundlerUrl: 'https://bundler.example' })).toThrow(
    expect.objectContaining({ code: 'bundler/entry-point-unknown' }),
  )
})

test('every signature is asked for in clear words', async () => {
  const under = await begin('0.8', { vvv: parseEther('2') })
  const { options } = under
  const asked: { kind: string; purpose: string; summary: string }[] = []
  const approve = (request: (typeof asked)[number]) => {
    asked.push(request)
    return request.kind !== 'operation'
  }
  const result = await onboard({ ...options, approve })
  expect(result.failure).toMatchObject({ code: 'policy/signature-declined' })
  expect(asked.at(-1)).toMatchObject({
    kind: 'operation',
    purpose: 'stake',
    amounts: [{ coin: 'VVV', text: '1' }],
    maxFeeWei: '0',
    summary: expect.stringContaining('lets the staking contract pull 1 VVV, and stakes 1 VVV'),
  })
  expect((await onChain(under)).operations).toBe(0n)
})

test('a smart account cannot be the treasury of others', async () => {
  const { options } = await begin('0.8', {})
  const agents = [{ address: ADDRESSES.multicall3 }]
  await expect(
    sponsorAgents({ signer: options.signer, network: options.network, stateDir: options.stateDir, agents }),
  ).rejects.toMatchObject({ code: 'wallet/user-operations' })
})
