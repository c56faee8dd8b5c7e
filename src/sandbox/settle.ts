import { createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { ADDRESSES, type Hex } from '../domain/addresses.ts'
import { usdcAbi } from './contracts/abi.ts'
import type { SandboxChain } from './local-chain.ts'
import type { TransferAuthorization } from './venice/state.ts'

/** Wei that the facilitator starts with: enough gas for all settlements of a sandbox. */
const FACILITATOR_ETH = 10n ** 18n

/**
 * Makes the facilitator of x402 payments: it sends `transferWithAuthorization` and pays the gas.
 *
 * @returns settles one authorisation; resolves with the hash once it is mined, rejects when no funds moved.
 */
export async function createFacilitator(
  chain: SandboxChain,
): Promise<(authorization: TransferAuthorization) => Promise<Hex>> {
  const { privateKey } = await chain.createWallet({ eth: FACILITATOR_ETH })
  const client = createWalletClient({
    account: privateKeyToAccount(privateKey),
    chain: base,
    transport: http(chain.nodeUrl),
  })
  return async ({ from, to, value, validAfter, validBefore, nonce, signature }) => {
    const hash = await client.writeContract({
      address: ADDRESSES.usdc,
      abi: usdcAbi,
      functionName: 'transferWithAuthorization',
      args: [from, to, value, validAfter, validBefore, nonce, signature],
    })
    const receipt = await chain.public.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success') throw new Error(`Settlement ${hash} reverted.`)
    return hash
  }
}
