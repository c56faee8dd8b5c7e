import { encodeFunctionData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { ADDRESSES, BASE_CHAIN_ID, type Hex } from '../../../src/domain/addresses.ts'
import { USDC_DOMAIN } from '../../../src/domain/payment.ts'
import { usdcAbi } from '../../../src/sandbox/contracts/abi.ts'
import { TREASURY } from '../../../src/sandbox/contracts/deploy.ts'
import { VVV } from '../../support/samples.ts'
import { sendOwn } from '../../support/wallet-actions.ts'
import { useChain } from './lab.ts'

const { lab, open } = useChain()
const [NONCE, OTHER]: Hex[] = [`0x${'0a'.repeat(32)}`, `0x${'0b'.repeat(32)}`]
const TRANSFER = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const

test('an authorisation is used from the block of its transfer on, and no other one is', async () => {
  const { address: from, chain, wallet, mine } = await open({ eth: VVV, usdc: 5_000_000n })
  const message = {
    from,
    to: TREASURY,
    value: 5_000_000n,
    validAfter: 0n,
    validBefore: 4_000_000_000n,
    nonce: NONCE ?? '0x',
  }
  const signature = await privateKeyToAccount(wallet.privateKey).signTypedData({
    domain: { ...USDC_DOMAIN, chainId: BASE_CHAIN_ID, verifyingContract: ADDRESSES.usdc },
    types: { TransferWithAuthorization: TRANSFER },
    primaryType: 'TransferWithAuthorization',
    message,
  })
  const { to, value, validAfter, validBefore, nonce } = message
  const args = [from, to, value, validAfter, validBefore, nonce, signature] as const
  const data = encodeFunctionData({ abi: usdcAbi, functionName: 'transferWithAuthorization', args })
  await sendOwn(lab.sandbox, wallet, { to: ADDRESSES.usdc, data })
  const isUsed = async (asked: Hex) => (await chain.authorization({ from, nonce: asked })).isUsed
  expect(await isUsed(nonce)).toBe(false)
  await mine()
  expect([await isUsed(nonce), await isUsed(OTHER ?? '0x')]).toEqual([true, false])
  const { timestamp } = await lab.sandbox.chain.public.getBlock()
  expect((await chain.authorization({ from, nonce })).blockSeconds).toBe(Number(timestamp))
})

test('a chain without USDC never reports an authorisation as unused', async () => {
  const { address: from, chain } = await open()
  lab.fault('eth_call', { kind: 'rpcResult', result: '0x' })
  await expect(chain.authorization({ from, nonce: NONCE ?? '0x' })).rejects.toMatchObject({ code: 'chain/no-contract' })
})
