import { join } from 'node:path'
import { createClient, encodeFunctionData, http, parseEther } from 'viem'
import {
  entryPoint07Abi,
  entryPoint08Abi,
  getUserOperationHash,
  toCoinbaseSmartAccount,
  toSmartAccount,
  type UserOperation,
} from 'viem/account-abstraction'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { readContract } from 'viem/actions'
import { base } from 'viem/chains'
import { type SmartAccountLike, smartAccount } from '../../src/adapters/signers/smart-account.ts'
import { ADDRESSES, type Address, type Hex } from '../../src/domain/addresses.ts'
import {
  accountFactoryAbi,
  entryPointAbi,
  smartAccountAbi,
  stakingAbi,
  vvvAbi,
} from '../../src/sandbox/contracts/abi.ts'
import { ACCOUNT_FACTORY, ENTRY_POINTS } from '../../src/sandbox/contracts/deploy.ts'
import type { Funds } from '../../src/sandbox/faucet.ts'
import { newFolder, type SandboxUnderTest } from './sandbox.ts'

export type Version = keyof typeof ENTRY_POINTS

/** A signature of the right length. */
const STUB: Hex = `0x${'ff'.repeat(32)}${'7a'.repeat(32)}1c`

interface Owned {
  rpcUrl: string
  ownerKey: Hex
}

/** An account of one owner, as a library of accounts makes it: of EntryPoint 0.6, viem's Coinbase Smart Wallet. */
export const sandboxAccount = async ({ version, ...owned }: Owned & { version: Version }): Promise<SmartAccountLike> =>
  version === '0.6' ? coinbaseAccount(owned) : simpleAccount({ ...owned, version })

const clientOf = ({ rpcUrl }: Owned) => createClient({ chain: base, transport: http(rpcUrl, { retryCount: 0 }) })

const coinbaseAccount = (owned: Owned) =>
  toCoinbaseSmartAccount({
    client: clientOf(owned),
    owners: [privateKeyToAccount(owned.ownerKey)],
    version: '1.1',
  })

async function simpleAccount({ version, ...owned }: Owned & { version: Exclude<Version, '0.6'> }) {
  const client = clientOf(owned)
  const owner = privateKeyToAccount(owned.ownerKey)
  const entryPoint = { address: ENTRY_POINTS[version] as Address, version }
  const factoryArgs = [entryPoint.address, owner.address] as const
  const address = await readContract(client, {
    address: ACCOUNT_FACTORY,
    abi: accountFactoryAbi,
    functionName: 'getAddress',
    args: factoryArgs,
  })
  return toSmartAccount({
    client,
    entryPoint: { ...entryPoint, abi: version === '0.7' ? entryPoint07Abi : entryPoint08Abi },
    getAddress: async () => address,
    encodeCalls: async (calls) =>
      encodeFunctionData({
        abi: smartAccountAbi,
        functionName: 'executeBatch',
        args: [calls.map(({ to, value = 0n, data = '0x' }) => ({ target: to, value, data }))],
      }),
    getFactoryArgs: async () => ({
      factory: ACCOUNT_FACTORY,
      factoryData: encodeFunctionData({ abi: accountFactoryAbi, functionName: 'createAccount', args: factoryArgs }),
    }),
    getStubSignature: async () => STUB,
    signMessage: ({ message }) => owner.signMessage({ message }),
    signTypedData: (data) => owner.signTypedData(data as never),
    async signUserOperation({ chainId = base.id, ...operation }) {
      const hash = getUserOperationHash({
        chainId,
        entryPointAddress: entryPoint.address,
        entryPointVersion: version,
        userOperation: { ...operation, sender: address, signature: '0x' } as UserOperation,
      })
      return owner.signMessage({ message: { raw: hash } })
    },
  })
}

/** A smart account in a folder of its own, and the options that onboard it. */
export type SmartAccountUnderTest = Awaited<ReturnType<ReturnType<typeof smartAccounts>['begin']>>

/** What one operation leaves: all of the allowance is used. */
export const STAKED = { operations: 1n, allowance: 0n, sVvv: parseEther('1') }

/** Smart accounts in the sandbox of `lab`. */
export function smartAccounts(lab: SandboxUnderTest) {
  return {
    async begin(version: Version, funds: Funds, { isSponsored = true }: { isSponsored?: boolean } = {}) {
      const { rpcUrl, apiUrl, chain } = lab.sandbox
      const ownerKey = generatePrivateKey()
      const account = await sandboxAccount({ rpcUrl, ownerKey, version })
      await chain.fund(account.address, funds)
      const folder = newFolder()
      const signer = smartAccount(account, { bundlerUrl: rpcUrl, ...(isSponsored && { paymasterUrl: rpcUrl }) })
      const options = {
        signer,
        network: { rpcUrl, apiUrl },
        sink: `env-file:${join(folder, '.env')}`,
        stateDir: join(folder, 'runs'),
      }
      return { address: account.address, ownerKey, version, account, options }
    },
    /** What the chain holds of the account. `operations`: made ones. */
    async onChain({ address, version }: { address: Address; version: Version }) {
      const { public: reader } = lab.sandbox.chain
      const [operations, allowance, sVvv] = await Promise.all([
        reader.readContract({
          address: ENTRY_POINTS[version],
          abi: entryPointAbi,
          functionName: 'getNonce',
          args: [address, 0n],
        }),
        reader.readContract({
          address: ADDRESSES.vvv,
          abi: vvvAbi,
          functionName: 'allowance',
          args: [address, ADDRESSES.staking],
        }),
        reader.readContract({
          address: ADDRESSES.staking,
          abi: stakingAbi,
          functionName: 'balanceOf',
          args: [address],
        }),
      ])
      return { operations, allowance, sVvv }
    },
    /** sVVV of any wallet. */
    sVvvOf: (address: Address) =>
      lab.sandbox.chain.public.readContract({
        address: ADDRESSES.staking,
        abi: stakingAbi,
        functionName: 'balanceOf',
        args: [address],
      }),
    /** VVV that the staking contract may pull of any wallet. */
    allowanceOf: (address: Address) =>
      lab.sandbox.chain.public.readContract({
        address: ADDRESSES.vvv,
        abi: vvvAbi,
        functionName: 'allowance',
        args: [address, ADDRESSES.staking],
      }),
    /** Keys that Venice holds for the account. */
    stored: ({ address }: { address: Address }) => lab.sandbox.venice.keys().filter(({ owner }) => owner === address),
  }
}
