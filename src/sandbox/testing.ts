import { ADDRESSES, type Address, type Hex, isSameAddress } from '../domain/addresses.ts'
import { toUnits, USDC_DECIMALS } from '../domain/amounts.ts'
import type { ChallengeForm } from '../domain/challenge.ts'
import { vvvAbi } from './contracts/abi.ts'
import type { EndpointChoice } from './endpoints/index.ts'
import type { Fault } from './faults.ts'
import type { Sandbox } from './sandbox.ts'

/** Decimal amounts. Omitted amounts are 0. */
export interface TestFunds {
  eth?: string
  vvv?: string
  usdc?: string
  diem?: string
}

export interface TestSandboxOptions {
  /** The number of wallets made at the start. Default 1. */
  wallets?: number
  /** The funds of each wallet. Default 0.01 ETH, 100 VVV and 20 USDC. */
  funds?: TestFunds
  /** Milliseconds between blocks; Base has 200. Default 0: a transaction is mined when it arrives. */
  blockTimeMs?: number
  /**
   * More RPC endpoints on the same chain, each with the faults of a profile: names (`['drpc', 'lagging']`; `ENDPOINTS`
   * lists them), or profiles under your own names, made with `combine`.
   */
  endpoints?: EndpointChoice
  /** The least milliseconds that every request takes. Default 0. */
  latencyMs?: number
  /** Form of Venice's challenge. Default `jwt`. */
  challenge?: ChallengeForm
  /** Life of a challenge in milliseconds. Default 900,000. */
  tokenLifeMs?: number
  /** The anvil program. Default: the one from npm, else `anvil` on PATH. */
  anvilPath?: string
}

/** A wallet of the sandbox. Its key is a throwaway. */
export interface TestWallet {
  address: Address
  privateKey: Hex
}

/** What a wallet holds on the sandbox's chain, in base units. */
export interface TestHoldings {
  eth: bigint
  vvv: bigint
  sVvv: bigint
  usdc: bigint
  /** The number of the wallet's mined transactions. */
  transactions: number
}

/** A key that the sandbox's Venice holds; the key itself is `apiKey`. */
export interface TestKey {
  id: string
  label: string
  type: string
  apiKey: string
}

/** A local Base and a local Venice, for tests of an agent that embeds this product. */
export interface TestSandbox {
  readonly rpcUrl: string
  /** URLs of the requested endpoints, by name. With `ws:` in place of `http:` they announce blocks. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Ends in `/api/v1`. */
  readonly apiUrl: string
  readonly chainId: number
  /** For `onboard({ network })`. */
  readonly network: { rpcUrl: string; apiUrl: string }
  readonly wallets: readonly TestWallet[]
  /** Makes one more wallet. Default funds: none. */
  createWallet(funds?: TestFunds): Promise<TestWallet>
  /** Adds funds to a wallet at once. */
  fund(address: Address, funds: TestFunds): Promise<void>
  /** Adds faults to the script: which requests get which effect, in order. */
  fault(...faults: Fault[]): void
  clearFaults(): void
  /** Credits the account of a wallet at Venice: dollars for its keys, and x402 credit for the wallet itself. */
  credit(address: Address, amounts: { usd?: number; x402?: number }): void
  /** Sets the form of the challenges from now on. */
  setChallenge(form: ChallengeForm): void
  holdings(address: Address): Promise<TestHoldings>
  /** The keys that Venice holds for a wallet. */
  keys(address: Address): readonly TestKey[]
  close(): Promise<void>
}

/**
 * Starts the sandbox: a real chain, which needs anvil, and a Venice that checks signatures and balances on it, which
 * needs the package `jose`. npm installs both as optional packages if it can.
 *
 * Side effects: an anvil process and two loopback servers, until `close`.
 *
 * @throws {AnvilUnavailableError}
 */
export async function startTestSandbox(options: TestSandboxOptions = {}): Promise<TestSandbox> {
  const { funds, blockTimeMs = 0, ...rest } = options
  // Loaded only here, because it needs packages that may be missing.
  const { startSandbox } = await import('./sandbox.ts')
  return handOut(await startSandbox({ ...rest, blockTimeMs, ...(funds !== undefined && { funds: inUnits(funds) }) }))
}

function handOut({ chain, venice, faults, ...sandbox }: Sandbox): TestSandbox {
  const { rpcUrl, endpoints, apiUrl, chainId, wallets } = sandbox
  return {
    rpcUrl,
    endpoints,
    apiUrl,
    chainId,
    network: { rpcUrl, apiUrl },
    wallets,
    createWallet: (funds = {}) => chain.createWallet(inUnits(funds)),
    fund: (address, funds) => chain.fund(address, inUnits(funds)),
    fault: (...given) => faults.add(...given),
    clearFaults: () => faults.clear(),
    credit: (address, amounts) => venice.credit(address, amounts),
    setChallenge: (form) => venice.setChallenge(form),
    async holdings(address) {
      const balanceOf = (coin: Address) =>
        chain.public.readContract({ address: coin, abi: vvvAbi, functionName: 'balanceOf', args: [address] })
      const [eth, transactions, vvv, sVvv, usdc] = await Promise.all([
        chain.public.getBalance({ address }),
        chain.public.getTransactionCount({ address }),
        balanceOf(ADDRESSES.vvv),
        balanceOf(ADDRESSES.staking),
        balanceOf(ADDRESSES.usdc),
      ])
      return { eth, transactions, vvv, sVvv, usdc }
    },
    keys: (address) =>
      venice
        .keys()
        .filter(({ owner, revoked }) => !revoked && isSameAddress(owner, address))
        .map(({ id, description, type }) => ({ id, label: description, type, apiKey: venice.secretOf(id) ?? '' })),
    close: () => sandbox.close(),
  }
}

const inUnits = ({ usdc, ...others }: TestFunds) => ({
  ...Object.fromEntries(Object.entries(others).map(([coin, amount]) => [coin, toUnits(amount)])),
  ...(usdc !== undefined && { usdc: toUnits(usdc, USDC_DECIMALS) }),
})
