import type { Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect, it, onTestFinished } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { usdcAbi } from '../../src/sandbox/contracts/abi.ts'
import { type SandboxChain, startChain } from '../../src/sandbox/local-chain.ts'
import { createFacilitator } from '../../src/sandbox/settle.ts'
import { TRANSFER_TYPES } from '../../src/sandbox/venice/payment.ts'
import type { TransferAuthorization } from '../../src/sandbox/venice/state.ts'
import { RECEIVER, USDC_DOMAIN } from '../../src/sandbox/venice/x402-terms.ts'

const USD_5 = 5_000_000n
async function authorized(chain: SandboxChain, usdc: bigint): Promise<TransferAuthorization> {
  const { address, privateKey } = await chain.createWallet({ usdc })
  const message = {
    from: address,
    to: RECEIVER,
    value: USD_5,
    validAfter: 0n,
    validBefore: BigInt(Math.floor(Date.now() / 1_000) + 3_600),
    nonce: generatePrivateKey(),
  }
  const signature = await privateKeyToAccount(privateKey).signTypedData({
    domain: { ...USDC_DOMAIN, chainId: 8453, verifyingContract: ADDRESSES.usdc },
    types: TRANSFER_TYPES,
    primaryType: 'TransferWithAuthorization',
    message,
  })
  return { ...message, signature }
}

it('settles payments that come at once, each of them, and none in the place of another', async () => {
  const chain = await startChain({ blockTimeMs: 0 })
  onTestFinished(() => chain.close())
  const settle = await createFacilitator(chain)
  const payments = await Promise.all(Array.from({ length: 12 }, (_, n) => authorized(chain, n === 3 ? 0n : USD_5)))
  await chain.setBlockTime(200)
  const settled = await Promise.allSettled(payments.map(settle))
  const hashes = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(settled.flatMap((one, n) => (one.status === 'rejected' ? [n] : []))).toEqual([3])
  expect(new Set<Hex>(hashes).size).toBe(11)
  const left = payments.map(({ from }) =>
    chain.public.readContract({ address: ADDRESSES.usdc, abi: usdcAbi, functionName: 'balanceOf', args: [from] }),
  )
  expect(await Promise.all(left)).toEqual(payments.map(() => 0n))
})
