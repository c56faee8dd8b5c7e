import { decodeFunctionData } from 'viem'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ADDRESSES } from '../../../src/domain/addresses.ts'
import { maxCost } from '../../../src/domain/attempt.ts'
import { stakingAbi, vvvAbi } from '../../../src/sandbox/contracts/abi.ts'
import { BATCH_DELEGATE } from '../../../src/sandbox/contracts/deploy.ts'
import { createFaultScript } from '../../../src/sandbox/faults.ts'
import { createNodeRpc, type JsonRpcRequest } from '../../../src/sandbox/node-rpc.ts'
import { startRpcProxy } from '../../../src/sandbox/rpc-proxy.ts'
import { VVV } from '../../support/samples.ts'
import { approve } from '../../support/wallet-actions.ts'
import { FUNDS, useChain } from './lab.ts'

const { lab, open } = useChain()

/** An endpoint on the same chain whose node ignores state overrides, as some do. */
async function endpointIgnoringOverrides(): Promise<string> {
  const node = createNodeRpc(lab.sandbox.chain.nodeUrl)
  const answer = ({ method, params }: JsonRpcRequest) =>
    node.answer({
      method,
      params: /^eth_(call|estimateGas)$/.test(method) ? (params as unknown[]).slice(0, 2) : params,
    })
  const proxy = await startRpcProxy({ node: { answer }, faults: createFaultScript() })
  onTestFinished(async () => {
    await proxy.close()
    node.close()
  })
  return proxy.url
}

describe('approve and stake', () => {
  test('name the staking contract, the wallet itself, and the exact amount', async () => {
    const { address, survey } = await open()
    const [first, second] = (await survey()).drafts
    expect(decodeFunctionData({ abi: vvvAbi, data: first?.data ?? '0x' })).toEqual({
      functionName: 'approve',
      args: [ADDRESSES.staking, VVV],
    })
    expect(decodeFunctionData({ abi: stakingAbi, data: second?.data ?? '0x' })).toEqual({
      functionName: 'stake',
      args: [address, VVV],
    })
  })

  test('are mined in one block when sent together, for less than was reserved', async () => {
    const { address, chain, signed, mine } = await open()
    const attempts = await signed()
    for (const attempt of attempts) await chain.broadcast(attempt)
    await mine()
    const report = await chain.report(address, attempts)
    expect(new Set(report.attempts.map(({ blockNumber }) => blockNumber)).size).toBe(1)
    for (const [index, { gasUsed }] of report.attempts.entries()) {
      expect(Number(gasUsed)).toBeLessThan(Number(attempts[index]?.gas))
    }
  })

  test('include the L1 data fee, and none on a chain without its oracle', async () => {
    const { survey } = await open()
    const { chain } = lab.sandbox
    expect((await survey()).drafts.map(({ l1Fee }) => BigInt(l1Fee) > 0n)).toEqual([true, true])
    const address = ADDRESSES.gasPriceOracle
    const bytecode = (await chain.public.getCode({ address })) ?? '0x'
    await chain.test.setCode({ address, bytecode: '0x' })
    expect((await survey()).drafts.map(({ l1Fee }) => l1Fee)).toEqual(['0', '0'])
    await chain.test.setCode({ address, bytecode })
  })
})

describe('a stake without an approve', () => {
  test('is drafted when the allowance is enough', async () => {
    const { wallet, survey } = await open()
    await approve(lab.sandbox, wallet, VVV)
    expect((await survey()).drafts).toMatchObject([{ purpose: 'stake', nonce: 1 }])
  })

  test('that would revert is refused', async () => {
    const { wallet, survey } = await open()
    await approve(lab.sandbox, wallet, VVV)
    await lab.sandbox.chain.useStaking('reverting', { inPlace: true })
    await expect(survey()).rejects.toMatchObject({ code: 'chain/stake-would-revert', exit: 'refused' })
  })
})

describe('approve and stake in one transaction', () => {
  test('are sent by an account to itself when its code can batch, for less than was reserved', async () => {
    const { address, chain, survey, sign, mine } = await open()
    await lab.sandbox.chain.setDelegation(address, BATCH_DELEGATE)
    const walletState = await survey()
    expect(walletState).toMatchObject({
      account: 'delegated',
      delegate: BATCH_DELEGATE,
      stakeSimulation: 'credited',
      drafts: [{ purpose: 'stake', nonce: 0, to: address, batch: { via: 'delegate', delegate: BATCH_DELEGATE } }],
    })
    const [draft] = walletState.drafts
    if (draft === undefined) throw new Error('Nothing was drafted.')
    expect(walletState.feeCeiling).toBe(maxCost(draft).toString())
    const attempt = await sign(draft)
    await chain.broadcast(attempt)
    await mine()
    const report = await chain.report(address, [attempt])
    expect(report).toMatchObject({
      sVvv: draft.expected,
      allowance: '0',
      attempts: [{ status: 'mined', hasEvent: true }],
    })
    expect(Number(report.attempts[0]?.gasUsed)).toBeLessThan(Number(draft.gas))
  })

  test('are used only when an approve is needed', async () => {
    const { wallet, address, survey } = await open()
    await approve(lab.sandbox, wallet, VVV)
    await lab.sandbox.chain.setDelegation(address, BATCH_DELEGATE)
    const { drafts } = await survey()
    expect(drafts).toMatchObject([{ purpose: 'stake', to: ADDRESSES.staking }])
    expect(drafts[0]?.batch).toBeUndefined()
  })

  test('are used only when the code that claims to batch really does', async () => {
    const { address, survey } = await open()
    await lab.sandbox.chain.setDelegation(address, BATCH_DELEGATE)
    lab.fault('eth_estimateGas', { kind: 'rpcError', code: 3, message: 'execution reverted: PAUSED' })
    expect((await survey()).drafts).toMatchObject([{ purpose: 'approve' }])
  })
})

describe('approve comes before the stake', () => {
  test('for an account that delegates its code, because it may have one in flight', async () => {
    const { address, chain, survey, sign, mine } = await open()
    await lab.sandbox.chain.setDelegation(address)
    const { drafts, feeCeiling } = await survey()
    expect(drafts).toMatchObject([{ purpose: 'approve', nonce: 0 }])
    const [draft] = drafts
    if (draft === undefined) throw new Error('Nothing was drafted.')
    expect(BigInt(feeCeiling)).toBeGreaterThan(BigInt(draft.gas) * BigInt(draft.maxFeePerGas) + BigInt(draft.l1Fee))
    await chain.broadcast(await sign(draft))
    await mine()
    expect((await survey()).drafts).toMatchObject([{ purpose: 'stake', nonce: 1 }])
  })

  test('when the endpoint refuses state overrides', async () => {
    const { survey } = await open()
    lab.fault(
      'eth_estimateGas',
      { kind: 'rpcError', code: -32602, message: 'too many arguments, want at most 2' },
      { skip: 1 },
    )
    expect((await survey()).drafts).toMatchObject([{ purpose: 'approve' }])
  })

  test('when the endpoint ignores state overrides: a reverting stake proves nothing there', async () => {
    const { survey } = await open(FUNDS, [await endpointIgnoringOverrides()])
    expect(await survey()).toMatchObject({ drafts: [{ purpose: 'approve' }], stakeSimulation: 'unavailable' })
  })
})

// Regression: 2026-11-23 — the approve was sent although the simulation had shown that the stake would revert.
test('no allowance is set for a stake that would revert', async () => {
  const { survey } = await open()
  await lab.sandbox.chain.useStaking('reverting', { inPlace: true })
  await expect(survey()).rejects.toMatchObject({ code: 'chain/stake-would-revert', exit: 'refused' })
})
