import {
  type Abi,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  createWalletClient,
  http,
  parseEther,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { expect } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { diemAbi, stakingAbi, usdcAbi, vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import type { Funds } from '../../src/sandbox/faucet.ts'
import type { SandboxChain } from '../../src/sandbox/local-chain.ts'

export const vvv = { address: ADDRESSES.vvv, abi: vvvAbi } as const
export const staking = { address: ADDRESSES.staking, abi: stakingAbi } as const
export const diem = { address: ADDRESSES.diem, abi: diemAbi } as const
export const usdc = { address: ADDRESSES.usdc, abi: usdcAbi } as const

interface Call {
  address: Address
  abi: Abi
  functionName: string
  args: readonly unknown[]
}

/** A wallet whose `send` resolves once the transaction has succeeded, and rejects with the reason otherwise. */
export async function openWallet(chain: SandboxChain, funds: Funds = {}) {
  const { privateKey } = await chain.createWallet({ eth: parseEther('0.1'), ...funds })
  const account = privateKeyToAccount(privateKey)
  const client = createWalletClient({ account, chain: base, transport: http(chain.rpcUrl) })
  const call = (request: Call) => chain.public.simulateContract({ ...request, account })
  const send = async (request: Call) => {
    await call(request)
    // The reward of a second after the estimate costs additional gas.
    const hash = await client.writeContract({ ...request, gas: 1_000_000n })
    const receipt = await chain.public.waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    return receipt
  }
  return { account, address: account.address, call, send }
}

/** Why a contract reverted: its reason, or its panic number; undefined when it did not. */
export async function refusal(attempt: Promise<unknown>): Promise<unknown> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const reverted = error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  if (!(reverted instanceof ContractFunctionRevertedError)) return error
  return reverted.data?.args?.[0] ?? reverted.raw
}
