import { describe, expect, test } from 'vitest'
import type { Attempt } from '../../../src/domain/attempt.ts'
import { replicaBehind } from '../../../src/sandbox/endpoints/profile.ts'
import { VVV } from '../../support/samples.ts'
import { useChain } from './lab.ts'

const { lab, open } = useChain()

/** A wallet whose approve and stake are in the pool. */
async function withBothSent() {
  const under = await open()
  const attempts = await under.signed()
  for (const attempt of attempts) await under.chain.broadcast(attempt)
  return { ...under, attempts, report: (of: readonly Attempt[] = attempts) => under.chain.report(under.address, of) }
}

describe('a report shows', () => {
  test('the fee paid, with the L1 data fee', async () => {
    const { attempts, report, mine } = await withBothSent()
    await mine()
    const [approve] = (await report()).attempts
    const receipt = await lab.sandbox.chain.public.getTransactionReceipt({ hash: approve?.hash ?? '0x' })
    expect(approve).toEqual({
      hash: attempts[0]?.hash,
      status: 'mined',
      blockNumber: receipt.blockNumber.toString(),
      gasUsed: receipt.gasUsed.toString(),
      feeWei: (receipt.gasUsed * receipt.effectiveGasPrice).toString(),
      hasEvent: true,
    })
    lab.fault('eth_getTransactionReceipt', { kind: 'rpcResult', result: onBase(receipt, { l1Fee: '0x64' }) })
    const [withL1] = (await report(attempts.slice(0, 1))).attempts
    expect(BigInt(withL1?.feeWei ?? 0) - BigInt(approve?.feeWei ?? 0)).toBe(100n)
  })

  test('that a transaction has reverted, and that nothing was staked', async () => {
    const { report, mine } = await withBothSent()
    await lab.sandbox.chain.useStaking('reverting', { inPlace: true })
    await mine()
    const { attempts, sVvv, allowance } = await report()
    expect(attempts.map(({ status }) => status)).toEqual(['mined', 'reverted'])
    expect(attempts[1]?.feeWei).toMatch(/^[1-9]\d*$/)
    expect({ sVvv, allowance }).toEqual({ sVvv: '0', allowance: VVV.toString() })
  })

  test('that a transaction was dropped from the pool', async () => {
    const { attempts, report } = await withBothSent()
    const last = attempts.at(-1)
    await lab.sandbox.chain.dropTransaction(last?.hash ?? '0x')
    expect((await report()).attempts.map(({ status }) => status)).toEqual(['pending', 'missing'])
  })

  test('that a mined transaction is pending again after a reorganisation', async () => {
    const { report, mine } = await withBothSent()
    await mine()
    await lab.sandbox.chain.reorg(1)
    expect((await report()).attempts.map(({ status }) => status)).toEqual(['pending', 'pending'])
    await mine()
    expect((await report()).attempts.map(({ status }) => status)).toEqual(['mined', 'mined'])
  })

  test('the head at which it was made', async () => {
    const { report } = await withBothSent()
    const { number, timestamp, baseFeePerGas } = await lab.sandbox.chain.public.getBlock()
    expect((await report()).head).toEqual({
      number: number.toString(),
      timestamp: Number(timestamp),
      baseFeePerGas: baseFeePerGas?.toString(),
    })
  })
})

test('a report reuses the receipt that triggered it, and the next one asks again', async () => {
  const { attempts, report, mine, chain } = await withBothSent()
  const [, stake] = attempts
  if (stake === undefined) throw new Error('Nothing was drafted.')
  expect(await chain.hasReceipt(stake)).toBe(false)
  await mine()
  expect(await chain.hasReceipt(stake)).toBe(true)
  const asked = () => lab.sandbox.chain.requests.methods.eth_getTransactionReceipt ?? 0
  const before = asked()
  const first = await report()
  expect(asked() - before).toBe(1)
  expect(await report()).toEqual(first)
  expect(asked() - before).toBe(3)
})

describe('a report is not misled by', () => {
  test('the receipt of another transaction', async () => {
    const { attempts, report, mine } = await withBothSent()
    await mine()
    const receipt = await lab.sandbox.chain.public.getTransactionReceipt({ hash: attempts[0]?.hash ?? '0x' })
    lab.fault('eth_getTransactionReceipt', { kind: 'rpcResult', result: onBase(receipt, {}) })
    const [, stake] = attempts
    const { attempts: seen } = await report(stake === undefined ? [] : [stake])
    expect(seen).toMatchObject([{ hash: stake?.hash, status: 'pending', blockNumber: null }])
  })

  test('a replica that is behind: unseen transactions are pending or missing, never mined', async () => {
    const replica = await lab.sandbox.chain.openEndpoint(replicaBehind({ blocks: 1 }))
    const under = await open()
    const attempts = await under.signed()
    for (const attempt of attempts) await under.chain.broadcast(attempt)
    await under.mine()
    const { chain } = await open({}, [replica.url])
    const behind = await chain.report(under.address, attempts)
    expect(behind.attempts.map(({ status }) => status)).toEqual(['missing', 'missing'])
    expect(behind.sVvv).toBe('0')
    await under.mine()
    expect((await chain.report(under.address, attempts)).attempts.map(({ status }) => status)).toEqual([
      'mined',
      'mined',
    ])
  })

  test('a failing endpoint, which it reports', async () => {
    const { report } = await withBothSent()
    lab.fault('eth_getTransactionReceipt', { kind: 'rpcError', code: -32016, message: 'over rate limit' })
    await expect(report()).rejects.toMatchObject({ code: 'chain/rpc-rate-limited', recovery: 'retry' })
    expect((await report()).attempts).toHaveLength(2)
  })
})

/** A receipt in its wire format, with Base's extra fields. */
function onBase(receipt: object, more: object): unknown {
  const hex = (_: string, value: unknown) =>
    typeof value === 'bigint' || typeof value === 'number' ? `0x${value.toString(16)}` : value
  return { ...JSON.parse(JSON.stringify({ ...receipt, status: '0x1', type: '0x2' }, hex)), ...more }
}
