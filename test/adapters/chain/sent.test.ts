import { encodeFunctionData } from 'viem'
import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../../src/domain/addresses.ts'
import { stakingAbi } from '../../../src/sandbox/contracts/abi.ts'
import { VVV } from '../../support/samples.ts'
import { approve, sendOwn, stake } from '../../support/wallet-actions.ts'
import { useChain } from './lab.ts'

const { lab, open } = useChain()

const stakeOf = (address: `0x${string}`, amount: bigint) => ({
  to: ADDRESSES.staking,
  data: encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [address, amount] }),
})

describe('a transaction sent elsewhere', () => {
  test('is found with its signed bytes, so that it can be broadcast again', async () => {
    const { address, chain, signed } = await open()
    const [own] = await signed()
    if (own === undefined) throw new Error('Nothing was drafted.')
    await chain.broadcast(own)
    const found = await chain.sent(address, own.hash)
    const { l1Fee: _, signedAt: __, status: ___, ...same } = own
    expect(found).toMatchObject({ ...same, to: found.to, data: found.data })
    expect(found.raw).toBe(own.raw)
  })

  test('adds to the wallet’s balance while pending, and is already in it once mined', async () => {
    const { address, chain, wallet } = await open()
    await stake(lab.sandbox, wallet, VVV)
    await approve(lab.sandbox, wallet, VVV)
    const hash = await sendOwn(lab.sandbox, wallet, stakeOf(address, VVV))
    expect(await chain.sent(address, hash)).toMatchObject({ purpose: 'stake', expected: (2n * VVV).toString() })
    await lab.sandbox.chain.mine()
    expect(await chain.sent(address, hash)).toMatchObject({ purpose: 'stake', expected: (2n * VVV).toString() })
  })

  test('is rejected when the endpoint returns another one than requested', async () => {
    const { address, chain, signed } = await open()
    const [own] = await signed()
    if (own === undefined) throw new Error('Nothing was drafted.')
    await chain.broadcast(own)
    const told = await lab.sandbox.chain.public.request({ method: 'eth_getTransactionByHash', params: [own.hash] })
    lab.fault('eth_getTransactionByHash', { kind: 'rpcResult', result: { ...told, gas: '0x5208' } })
    await expect(chain.sent(address, own.hash)).rejects.toMatchObject({ code: 'adopt/not-adoptable' })
  })
})

describe('a revocation', () => {
  test('is an approve of zero for the staking contract, at today’s fees', async () => {
    const { address, chain, wallet, sign } = await open()
    await approve(lab.sandbox, wallet, VVV)
    const { draft, allowance } = await chain.revocation(address)
    expect(allowance).toBe(VVV)
    if (draft === null) throw new Error('Nothing was drafted.')
    expect(draft).toMatchObject({ purpose: 'revoke', to: ADDRESSES.vvv, amount: '0', nonce: 1 })
    await chain.broadcast(await sign(draft))
    await lab.sandbox.chain.mine()
    expect(await chain.revocation(address)).toMatchObject({ allowance: 0n, draft: null })
  })

  test('waits for transactions that somebody else has sent', async () => {
    const { address, chain, wallet } = await open()
    await approve(lab.sandbox, wallet, VVV)
    await sendOwn(lab.sandbox, wallet, { to: address })
    await expect(chain.revocation(address)).rejects.toMatchObject({ code: 'chain/foreign-transaction' })
  })
})
