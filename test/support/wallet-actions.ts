import { createWalletClient, encodeFunctionData, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import { stakingAbi, vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

interface Wallet {
  address: Address
  privateKey: Hex
}

/** Sends the owner's transaction directly to the node, not through the tested endpoint. A later block includes it. */
export async function sendOwn(
  { chain }: Pick<Sandbox, 'chain'>,
  { privateKey }: Wallet,
  { to, data, nonce }: { to: Address; data?: Hex; nonce?: number },
): Promise<Hex> {
  const client = createWalletClient({ account: privateKeyToAccount(privateKey), transport: http(chain.nodeUrl) })
  return client.sendTransaction({
    chain: {
      id: BASE_CHAIN_ID,
      name: 'Base',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [] } },
    },
    to,
    gas: 400_000n,
    maxFeePerGas: 10_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
    ...(data !== undefined && { data }),
    ...(nonce !== undefined && { nonce }),
  })
}

/** The owner approves by hand, in a separate block. */
export async function approve(sandbox: Pick<Sandbox, 'chain'>, wallet: Wallet, amount: bigint): Promise<void> {
  const data = encodeFunctionData({ abi: vvvAbi, functionName: 'approve', args: [ADDRESSES.staking, amount] })
  await sendOwn(sandbox, wallet, { to: ADDRESSES.vvv, data })
  await sandbox.chain.mine()
}

/** The owner approves and stakes by hand. Returns the hash of the stake. */
export async function stake(sandbox: Pick<Sandbox, 'chain'>, wallet: Wallet, amount: bigint): Promise<Hex> {
  await approve(sandbox, wallet, amount)
  const data = encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [wallet.address, amount] })
  const hash = await sendOwn(sandbox, wallet, { to: ADDRESSES.staking, data })
  await sandbox.chain.mine()
  return hash
}
