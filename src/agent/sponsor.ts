import { systemClock } from '../adapters/clock.ts'
import { ADDRESS_PATTERN, type Address, BASE_CHAIN_ID } from '../domain/addresses.ts'
import type { Beneficiary } from '../domain/sponsoring.ts'
import type { RunEvent } from '../driver/events.ts'
import type { SponsorResult } from '../driver/sponsor-result.ts'
import type { Sponsoring } from '../driver/sponsoring.ts'
import { UsageError } from '../errors/cli.ts'
import { sponsor } from '../hosts/file/sponsor.ts'
import { openSigner } from './open.ts'
import { amountOf, settingsFrom, type WalletOptions } from './options.ts'
import { requireSponsorOptions } from './strict.ts'

/** A wallet that a treasury is to stake for. */
export interface SponsoredWallet {
  address: Address
  /** VVV, decimal: the sVVV it shall hold; what is missing is staked. Default `1`. */
  stake?: string
}

/** `signer` is the treasury, which pays; `network.apiUrl` and `env` mean nothing to it. */
export interface SponsorAgentsOptions extends Omit<WalletOptions, 'sink'> {
  /** At most 5,000. */
  agents: readonly SponsoredWallet[]
  /** If given, only the plan with this digest is signed. */
  planDigest?: string
  /** Looks at agents again that were all seen with their stake before. Default false: reports what was found. */
  again?: boolean
  /** Milliseconds to wait for the treasury to be funded. Default 0. */
  waitForFundsMs?: number
  /** Pauses it: the step under way is finished and recorded, and the same call goes on from there. */
  signal?: AbortSignal
  /** Must not throw. */
  onEvent?: (event: RunEvent<Sponsoring>) => void
}

/**
 * Has a treasury stake VVV for agents, whose wallets then need neither ETH nor VVV: call `onboard({ sponsored: true })` with
 * each. The call is the approval: what it may spend is said by `agents`, `budget`, `planDigest` and `approve`.
 *
 * Side effects: one approve for all that is missing and one stake for each agent that is short, each at most once, however
 * often this is called and wherever it is killed; files under `stateDir`.
 *
 * @returns also for what failed: `outcome`, `failure` and, for each agent, its `status` tell.
 * @throws {UsageError} {AgentsNotUsableError} {SponsorsItselfError} the options are wrong; nothing was done.
 * @throws {LockedError} {TreasuryInUseError} {StoreCorruptError} and the other classes of `sponsor`.
 */
export async function sponsorAgents(options: SponsorAgentsOptions): Promise<SponsorResult> {
  requireSponsorOptions(options)
  const { again, waitForFundsMs, signal, onEvent } = options
  const agents = options.agents.map(beneficiary)
  const settings = settingsFrom(options)
  const { signer, chain, stateDir, redactor } = await openSigner(options)
  return sponsor({
    ports: { signer, chain, clock: systemClock },
    chainId: BASE_CHAIN_ID,
    stateDir,
    redactor,
    agents,
    settings,
    ...(again !== undefined && { again }),
    ...(waitForFundsMs !== undefined && { waitForFundsMs }),
    ...(signal !== undefined && { signal }),
    ...(onEvent !== undefined && { onEvent }),
  })
}

function beneficiary({ address, stake = '1' }: SponsoredWallet): Beneficiary {
  if (!ADDRESS_PATTERN.test(address))
    throw new UsageError('The option agents names what is not an address.', 'An address is 0x and 40 hex digits.')
  return { address, amount: amountOf('agents.stake', stake).toString() }
}
