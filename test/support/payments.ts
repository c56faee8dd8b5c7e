import { parseEther } from 'viem'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import { usdcAbi } from '../../src/sandbox/contracts/abi.ts'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

export const TOP_UP = 'POST /x402/top-up'
export const BALANCE = 'GET /x402/balance/{walletAddress}'
export const RECEIVER: Address = '0x2670B922ef37C7Df47158725C0CC407b5382293F'

/** Enough to stake, and to pay for $20 of credit. */
export const WITH_USDC = { eth: parseEther('0.01'), vvv: parseEther('10'), usdc: 20_000_000n }

/** A sandbox for many wallets at one IP address. */
export const UNLIMITED = { isLimited: false } as const

/** Venice's terms on Base, like the sandbox's. */
export const ON_BASE = {
  scheme: 'exact',
  network: 'eip155:8453',
  amount: '5000000',
  asset: ADDRESSES.usdc.toLowerCase(),
  payTo: RECEIVER,
  maxTimeoutSeconds: 300,
  extra: { name: 'USD Coin', version: '2' },
}

/** A 402 with these terms instead. */
export const asksFor = (changes: Partial<Record<keyof typeof ON_BASE, unknown>>): FaultEffect => ({
  kind: 'reply',
  status: 402,
  body: { x402Version: 2, accepts: [{ ...ON_BASE, ...changes }] },
})

/** Base units of USDC of `address`. */
export const usdcOf = ({ chain }: Pick<Sandbox, 'chain'>, address: Address): Promise<bigint> =>
  chain.public.readContract({ address: ADDRESSES.usdc, abi: usdcAbi, functionName: 'balanceOf', args: [address] })
