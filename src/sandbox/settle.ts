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
  let sent: Promise<unknown> = Promise.resolve()
  return async ({ from, to, value, validAfter, validBefore, nonce, signature }) => {
    // One after the other: of two that are sent at once with the same nonce, the node refuses one.
    const sending = sent.then(() =>
      client.writeContract({
        address: ADDRESSES.usdc,
        abi: usdcAbi,
        functionName: 'transferWithAuthorization',
        args: [from, to, value, validAfter, validBefore, nonce, signature],
      }),
    )
    sent = sending.catch(() => {})
    const hash = await sending
    const receipt = await chain.public.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success') throw new Error(`Settlement ${hash} reverted.`)
    return hash
  }
}
