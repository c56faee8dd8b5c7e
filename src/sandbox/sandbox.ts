import type { ChallengeForm } from '../domain/challenge.ts'
import { ENDPOINTS, type EndpointChoice, type EndpointName } from './endpoints/index.ts'
import type { EndpointProfile } from './endpoints/profile.ts'
import type { Funds } from './faucet.ts'
import { createFaultScript, type FaultScript } from './faults.ts'
import { type ChainOptions, type SandboxChain, type SandboxWallet, startChain } from './local-chain.ts'
import { createFacilitator } from './settle.ts'
import { type SandboxVenice, startVenice } from './venice/server.ts'

export interface SandboxOptions
  extends Pick<ChainOptions, 'blockTimeMs' | 'isDenim' | 'latencyMs' | 'anvilPath' | 'faults'> {
  /** Form of Venice's challenge. Default `jwt`. */
  challenge?: ChallengeForm
  /** Life of a challenge in milliseconds. Default 900,000. */
  tokenLifeMs?: number
  /** False: no limits per minute at Venice, for many clients at one address. Default true. */
  isLimited?: boolean
  /** The number of wallets made at the start. Default 1. */
  wallets?: number
  /** The first wallet has no funds, and one more is made that can stake for it. Default false. */
  hasTreasury?: boolean
  /** The funds of each wallet, in base units. Default 0.01 ETH, 100 VVV and 20 USDC: enough for 0.1 DIEM. */
  funds?: Funds
  /** More endpoints on the chain: names of profiles, or profiles under your own names. Default none. */
  endpoints?: EndpointChoice
}

/** A local Base and a local Venice on it. They behave like the real ones, but nothing has any value. */
export interface Sandbox {
  rpcUrl: string
  /** URLs of the endpoints asked for, by name. Each serves WebSocket too. */
  endpoints: Readonly<Record<string, string>>
  /** Ends in `/api/v1`. */
  apiUrl: string
  chainId: SandboxChain['chainId']
  wallets: readonly SandboxWallet[]
  /** The faults of both servers: JSON-RPC methods and API routes have different names. */
  faults: FaultScript
  chain: SandboxChain
  venice: SandboxVenice
  close(): Promise<void>
}

const DEFAULT_FUNDS: Funds = { eth: 10n ** 16n, vvv: 10n ** 20n, usdc: 20_000_000n }

/**
 * Starts a chain and a Venice, and funds wallets.
 *
 * Side effects: an anvil process and two loopback servers, until `close`.
 *
 * @throws {AnvilUnavailableError}
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    faults = createFaultScript(),
    wallets: count = 1,
    hasTreasury = false,
    funds = DEFAULT_FUNDS,
    challenge,
    tokenLifeMs,
    isLimited,
    endpoints: choice = [],
    ...rest
  } = options
  const chain = await startChain({ ...rest, faults })
  try {
    const venice = await startVenice({
      rpcUrl: chain.nodeUrl,
      faults,
      settle: await createFacilitator(chain),
      ...(rest.latencyMs !== undefined && { latencyMs: rest.latencyMs }),
      ...(challenge !== undefined && { challenge }),
      ...(tokenLifeMs !== undefined && { tokenLifeMs }),
      isLimited,
    })
    const wallets: SandboxWallet[] = hasTreasury ? [await chain.createWallet({})] : []
    for (let made = 0; made < count; made += 1) wallets.push(await chain.createWallet(funds))
    const endpoints: Record<string, string> = {}
    for (const [name, profile] of profilesOf(choice)) endpoints[name] = (await chain.openEndpoint(profile)).url
    // Every endpoint knows the wallets and their funds, even if it is far behind.
    if (Object.keys(endpoints).length > 0) await chain.settle()
    return {
      rpcUrl: chain.rpcUrl,
      endpoints,
      apiUrl: venice.apiUrl,
      chainId: chain.chainId,
      wallets,
      faults,
      chain,
      venice,
      async close() {
        await venice.close()
        await chain.close()
      },
    }
  } catch (error) {
    await chain.close()
    throw error
  }
}

const profilesOf = (choice: EndpointChoice): readonly (readonly [string, EndpointProfile])[] =>
  Array.isArray(choice)
    ? choice.map((name: EndpointName) => [name, ENDPOINTS[name]] as const)
    : Object.entries(choice as Record<string, EndpointProfile>)
