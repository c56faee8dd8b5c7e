import { decodeFunctionData } from 'viem'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ADDRESSES } from '../../../src/domain/addresses.ts'
import type { Attempt } from '../../../src/domain/attempt.ts'
import { stakingAbi } from '../../../src/sandbox/contracts/abi.ts'
import { DELEGATE } from '../../../src/sandbox/contracts/deploy.ts'
import { createFaultScript } from '../../../src/sandbox/faults.ts'
import { createNodeRpc, type JsonRpcRequest } from '../../../src/sandbox/node-rpc.ts'
import { startRpcProxy } from '../../../src/sandbox/rpc-proxy.ts'
import { diemOf, raisePrice, TENTH } from '../../support/diem-actions.ts'
import { VVV } from '../../support/samples.ts'
import { stake } from '../../support/wallet-actions.ts'
import { useChain } from './lab.ts'

const { lab, open } = useChain()
const FUNDS = { eth: VVV, vvv: 200n * VVV }
const MINT_DIEM = '0x2006efcb'

/** A wallet that is to have 0.1 DIEM staked. */
async function wealthy(funds: Parameters<typeof open>[0] = FUNDS, rpcUrls?: readonly string[]) {
  const under = await open(funds, rpcUrls)
  const { chain, address } = under
  return {
    ...under,
    survey: (diem = TENTH) => chain.surveyDiem({ address, diem, open: [] }),
    least: async () => (await chain.fundingQuotes({ address, diem: TENTH })).mint.sVvv,
    stake: (amount: bigint) => stake(lab.sandbox, under.wallet, amount),
    held: () => diemOf(lab.sandbox, address),
  }
}

/** An endpoint of the same chain; `before` is awaited before each request that it passes on. */
async function endpoint(before: (request: JsonRpcRequest) => Promise<void>): Promise<string> {
  const node = createNodeRpc(lab.sandbox.chain.nodeUrl)
  const proxy = await startRpcProxy({
    node: {
      async answer(request) {
        await before(request)
        return node.answer(request)
      },
    },
    faults: createFaultScript(),
  })
  onTestFinished(async () => {
    await proxy.close()
    node.close()
  })
  return proxy.url
}

const argsOf = (data: `0x${string}` | undefined) => decodeFunctionData({ abi: stakingAbi, data: data ?? '0x' }).args

describe('a lock', () => {
  test('is two percent above the minimum, and must yield exactly the missing DIEM', async () => {
    const { survey, least, stake: stakes } = await wealthy()
    await stakes(100n * VVV)
    const roomy = ((await least()) * 102n) / 100n
    const { drafts, diem } = await survey()
    expect(drafts).toMatchObject([{ purpose: 'mintDiem', to: ADDRESSES.staking, amount: roomy.toString() }])
    expect(argsOf(drafts[0]?.data)).toEqual([roomy, TENTH])
    expect(diem).toMatchObject({ lock: roomy.toString(), unlockedSVvv: (100n * VVV).toString() })
  })

  test('covers only the DIEM that the wallet still lacks', async () => {
    const { survey, stake: stakes } = await wealthy({ ...FUNDS, diem: TENTH / 4n })
    await stakes(100n * VVV)
    const { drafts } = await survey()
    expect(argsOf(drafts[0]?.data)?.[1]).toBe((TENTH * 3n) / 4n)
    expect(drafts[0]?.expected).toBe(TENTH.toString())
  })

  test('uses the sVVV that was staked for it, although the price has used up part of the margin', async () => {
    const { survey, least, stake: stakes } = await wealthy()
    const enough = (await least()) + 1n
    await stakes(enough)
    expect((await survey()).drafts).toMatchObject([{ purpose: 'mintDiem', amount: enough.toString() }])
  })

  test('first stakes the missing sVVV, with exactly that amount approved', async () => {
    const { survey, least, stake: stakes } = await wealthy()
    await stakes(VVV)
    const missing = ((await least()) * 102n) / 100n - VVV
    expect((await survey()).drafts).toMatchObject([
      { purpose: 'approve', to: ADDRESSES.vvv, amount: missing.toString() },
      { purpose: 'stake', amount: missing.toString(), expected: (missing + VVV).toString() },
    ])
  })

  test('of a delegated account is prepared with one transaction at a time', async () => {
    const { address, survey } = await wealthy()
    await lab.sandbox.chain.setDelegation(address)
    expect((await survey()).drafts.map(({ purpose }) => purpose)).toEqual(['approve'])
  })

  test('reverts and locks nothing when the price has moved on, and the next one gets a new quote', async () => {
    const { address, chain, sign, mine, survey, held, stake: stakes } = await wealthy()
    await stakes(100n * VVV)
    const attempts: Attempt[] = await Promise.all((await survey()).drafts.map(sign))
    for (const attempt of attempts) await chain.broadcast(attempt)
    await raisePrice(lab.sandbox)
    await mine()
    const report = await chain.report(address, attempts)
    expect(report).toMatchObject({ attempts: [{ status: 'reverted' }], diem: { liquid: '0', staked: '0' } })
    expect((await held()).locked).toBe(0n)
    const again = (await survey()).drafts[0]
    expect(BigInt(again?.amount ?? 0)).toBeGreaterThan((BigInt(attempts[0]?.amount ?? 0) * 105n) / 100n)
  })

  test('that yields too little in its first simulation is planned again', async () => {
    const url = await endpoint(async ({ method, params }) => {
      if (method === 'eth_estimateGas' && JSON.stringify(params).includes(MINT_DIEM)) await raisePrice(lab.sandbox)
    })
    const { survey, stake: stakes } = await wealthy(FUNDS, [url])
    await stakes(100n * VVV)
    await expect(survey()).rejects.toMatchObject({ code: 'chain/diem-price-moved', recovery: 'replan' })
  })

  test('that would revert at the quoted price is not drafted', async () => {
    const { survey, stake: stakes } = await wealthy()
    await stakes(100n * VVV)
    lab.fault('eth_estimateGas', { kind: 'rpcError', code: 3, message: 'execution reverted: PAUSED', data: '0x' })
    await expect(survey()).rejects.toMatchObject({ code: 'chain/diem-would-revert', exit: 'refused' })
    expect((await survey()).drafts).toHaveLength(1)
  })

  // The curve ends at 128,000 DIEM; its price becomes infinite long before.
  test.each([40_000n * VVV, 10n ** 60n])('for %s DIEM is impossible', async (diem) => {
    const { survey } = await wealthy()
    await expect(survey(diem)).rejects.toMatchObject({ code: 'chain/diem-not-available', recovery: 'stop' })
  })

  test('is not drafted for a contract account', async () => {
    const { address, survey } = await wealthy()
    const { chain } = lab.sandbox
    const bytecode = (await chain.public.getCode({ address: DELEGATE })) ?? '0x'
    await chain.test.setCode({ address, bytecode })
    await expect(survey()).rejects.toMatchObject({ code: 'wallet/contract-account' })
  })

  test('is not drafted when the contract is unknown', async () => {
    const { survey } = await wealthy()
    await lab.sandbox.chain.useStaking('oneArgument')
    await expect(survey()).rejects.toMatchObject({ code: 'chain/one-argument-staking' })
  })
})

describe('a stake of DIEM', () => {
  test('covers the missing DIEM, and needs no approve', async () => {
    const { survey } = await wealthy({ ...FUNDS, diem: VVV })
    expect((await survey()).drafts).toMatchObject([
      { purpose: 'stakeDiem', to: ADDRESSES.diem, amount: TENTH.toString(), expected: TENTH.toString() },
    ])
  })

  test('that would revert is not drafted', async () => {
    const { survey } = await wealthy({ ...FUNDS, diem: VVV })
    lab.fault('eth_estimateGas', { kind: 'rpcError', code: 3, message: 'execution reverted', data: '0x' })
    await expect(survey()).rejects.toMatchObject({ code: 'chain/diem-would-revert' })
  })
})

describe('a read of DIEM', () => {
  test('takes few requests', async () => {
    const { survey, requestsOf, stake: stakes } = await wealthy()
    expect(await requestsOf(() => survey())).toBeLessThanOrEqual(5)
    await stakes(100n * VVV)
    expect(await requestsOf(() => survey())).toBeLessThanOrEqual(5)
  })

  test('is in every report', async () => {
    const { address, chain } = await wealthy({ ...FUNDS, diem: VVV })
    expect((await chain.report(address, [])).diem).toEqual({ liquid: VVV.toString(), staked: '0' })
  })
})
