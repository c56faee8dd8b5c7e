import { parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { createChain } from '../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { privateKeySigner } from '../../src/adapters/signers/private-key.ts'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import type { Beneficiary } from '../../src/domain/sponsoring.ts'
import { stakingAbi, vvvAbi } from '../../src/sandbox/contracts/abi.ts'
import type { Funds } from '../../src/sandbox/faucet.ts'
import type { SandboxWallet } from '../../src/sandbox/local-chain.ts'
import type { SponsorPorts } from '../../src/sponsoring/effects.ts'
import { newFolder, type SandboxUnderTest } from './sandbox.ts'

/** Enough for hundreds of agents. */
const FUNDS: Funds = { eth: parseEther('1'), vvv: parseEther('1000') }

export interface Treasury extends SandboxWallet {
  ports: SponsorPorts
  /** For the CLI: the key, which is never a flag. */
  env: Record<string, string>
  stateDir: string
  onChain(): Promise<{ transactions: number; allowance: bigint; vvv: bigint }>
}

export async function openTreasury({ sandbox }: SandboxUnderTest, funds: Funds = FUNDS): Promise<Treasury> {
  const { chain } = sandbox
  const wallet = await chain.createWallet(funds)
  const { address, privateKey } = wallet
  const token = { address: ADDRESSES.vvv, abi: vvvAbi } as const
  return {
    ...wallet,
    ports: {
      chain: createChain({ rpcUrls: [sandbox.rpcUrl], clock: systemClock }),
      signer: privateKeySigner(privateKey, 'a test'),
      clock: systemClock,
    },
    env: { SPONSOR_PRIVATE_KEY: privateKey },
    stateDir: newFolder(),
    async onChain() {
      const [transactions, allowance, vvv] = await Promise.all([
        chain.public.getTransactionCount({ address, blockTag: 'latest' }),
        chain.public.readContract({ ...token, functionName: 'allowance', args: [address, ADDRESSES.staking] }),
        chain.public.readContract({ ...token, functionName: 'balanceOf', args: [address] }),
      ])
      return { transactions, allowance, vvv }
    },
  }
}

/** Wallets with no funds at all; the first is to hold one `unit` of sVVV, the next two, and so on. */
export const newAgents = (count: number, unit = parseEther('0.01')): Beneficiary[] =>
  Array.from({ length: count }, (_, index) => ({
    address: privateKeyToAddress(generatePrivateKey()),
    amount: (unit * BigInt(index + 1)).toString(),
  }))

/** sVVV of each, in base units. */
export const sVvvOf = ({ sandbox: { chain } }: SandboxUnderTest, addresses: readonly Address[]): Promise<bigint[]> =>
  Promise.all(
    addresses.map((address) =>
      chain.public.readContract({
        address: ADDRESSES.staking,
        abi: stakingAbi,
        functionName: 'balanceOf',
        args: [address],
      }),
    ),
  )
