import { systemClock } from '../adapters/clock.ts'
import { type Address, BASE_CHAIN_ID } from '../domain/addresses.ts'
import type { Budget } from '../domain/budget.ts'
import { action, say } from '../domain/next-action.ts'
import { UsageError } from '../errors/cli.ts'
import { FleetTreasuryBusyError, FleetWalletsStakingError } from '../errors/fleet.ts'
import type { FleetClient } from './client.ts'
import { DEFAULT_STAKE, sortOut } from './hand-in.ts'
import type { Row } from './list.ts'
import { walletKey } from './names.ts'
import { requireUsable, type SponsoredWallet, type SponsorOrder } from './treasury-order.ts'

/** What holds for all wallets of a list. */
interface Asked {
  /** Each wallet is handed in once its stake is there. */
  submits: boolean
  /** Of the treasury, for this list. */
  budget: Budget
  /** Milliseconds that the treasury may wait for its own funds. */
  waitForFundsMs: number | undefined
}

interface Wish {
  address: Address
  rows: readonly Row[]
  asked: Asked
}

/** The list as it is asked of the treasury. Wallets that were handed in before are only staked for. @throws {UsageError} */
export async function orderFor(client: FleetClient, { address, rows, asked }: Wish): Promise<SponsorOrder> {
  if (rows.some(({ credential }) => credential === 'wallet'))
    throw new UsageError(
      'The list names wallets that pay for calls themselves, which need no stake.',
      say`Leave them out, and hand them in with ${action('fleet.submit')}.`,
    )
  const fresh = asked.submits ? (await sortOut(client, rows)).fresh : []
  const orders = new Map(fresh.map((order) => [order.address, order]))
  const wallets = rows.map(({ address: wallet, index, stakeAmount = DEFAULT_STAKE.toString() }): SponsoredWallet => {
    const order = orders.get(wallet)
    return {
      address: wallet,
      amount: stakeAmount,
      ...(index !== undefined && { index }),
      ...(order !== undefined && { order: { ...order, stakeAmount } }),
    }
  })
  requireUsable({ address, wallets })
  await requireNotStaking(client, rows)
  const before = await client.treasuries()
  const {
    budget: { maxVvv, maxFeeWei },
    waitForFundsMs,
  } = asked
  return {
    pass: (before.get(walletKey({ chainId: BASE_CHAIN_ID, address }))?.pass ?? 0) + 1,
    chainId: BASE_CHAIN_ID,
    address,
    wallets,
    ...(maxVvv !== undefined && { maxVvv: maxVvv.toString() }),
    ...(maxFeeWei !== undefined && { maxFeeWei: maxFeeWei.toString() }),
    ...(waitForFundsMs !== undefined && {
      fundsDeadline: new Date(systemClock.now() + waitForFundsMs).toISOString(),
    }),
  }
}

/** @throws {FleetWalletsStakingError} */
async function requireNotStaking(client: FleetClient, rows: readonly Row[]): Promise<void> {
  const [invocations, summaries, orders] = [await client.invocations(), await client.summaries(), await client.orders()]
  const staking = rows.filter((row) => {
    const key = walletKey(row)
    const summary = summaries.get(key)
    if (summary?.outcome === 'funded' || summary?.outcome === 'unfunded') return false
    const isUnderWay = invocations.has(key) && orders.get(key)?.isSponsored !== true
    return isUnderWay || (summary !== undefined && summary.spent.vvv !== '0')
  })
  if (staking.length > 0) throw new FleetWalletsStakingError(staking.map(({ address }) => address))
}

/** @throws {FleetTreasuryBusyError} another list is under way. */
export async function handIn(client: FleetClient, order: SponsorOrder): Promise<void> {
  const underWay = await client.sponsorings(order)
  for (const { id, status } of underWay) if (status === 'paused') await client.resume(id)
  if (underWay.length > 0 || !(await client.sponsor(order))) throw new FleetTreasuryBusyError(order.address)
}
