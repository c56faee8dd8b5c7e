import { systemClock } from '../adapters/clock.ts'
import { composeChain } from '../compose/chain.ts'
import { ADDRESS_PATTERN, BASE_CHAIN_ID } from '../domain/addresses.ts'
import type { Beneficiary } from '../domain/sponsoring.ts'
import { UsageError } from '../errors/cli.ts'
import { UserOperationsError } from '../errors/wallet.ts'
import type { SponsorResult } from '../sponsoring/result.ts'
import { sponsor } from '../sponsoring/sponsor.ts'
import { openSigner } from './open-wallet.ts'
import { amountOf, type SponsorAgentsOptions, type SponsoredWallet, settingsFrom } from './options.ts'
import { requireSponsorOptions } from './strict-options.ts'

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
  // A treasury stakes for many, in transactions.
  if (signer.operations !== undefined) throw new UserOperationsError(signer.address)
  return sponsor({
    ports: { signer, chain: composeChain(chain), clock: systemClock },
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
    throw new UsageError(
      'The option agents contains a value that is not an address.',
      'An address is 0x and 40 hex digits.',
    )
  return { address, amount: amountOf('agents.stake', stake).toString() }
}
