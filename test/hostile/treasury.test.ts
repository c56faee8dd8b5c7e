import { type Hex, parseEther, parseTransaction } from 'viem'
import { expect, test, vi } from 'vitest'
import { createChain } from '../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { sponsor } from '../../src/sponsoring/sponsor.ts'
import { useSandbox } from '../support/sandbox.ts'
import { newAgents, openTreasury, sVvvOf } from '../support/treasury.ts'
import { receiptOf, startKeeper } from './liars.ts'

// Timeouts of minutes pass at once, so that an endpoint can outlast them.
vi.mock('../../src/adapters/clock.ts', async (original) => {
  const { systemClock } = await original<typeof import('../../src/adapters/clock.ts')>()
  const { skippingClock } = await import('../support/skipping-clock.ts')
  return { systemClock: skippingClock(systemClock) }
})

const lab = useSandbox()
/** How often a persistent user calls it. */
const CALLS = 3

/** A treasury whose endpoint withholds transactions, and invents receipts of reverts. */
async function begin() {
  const treasury = await openTreasury(lab)
  const agents = newAgents(3, parseEther('1'))
  const { chain } = lab.sandbox
  const keeper = await startKeeper(lab.sandbox, async ({ method, params }, kept) => {
    if (method !== 'eth_getTransactionReceipt' || kept.length === 0) return undefined
    const block = await chain.public.getBlock()
    return receiptOf(params[0] as Hex, { from: treasury.address, block, status: '0x0' })
  })
  const call = (rpcUrl = keeper.url) =>
    sponsor({
      ports: { ...treasury.ports, chain: createChain({ rpcUrls: [rpcUrl], clock: systemClock }) },
      chainId: 8453,
      stateDir: treasury.stateDir,
      agents,
    })
  const stakesKept = () =>
    keeper.kept.map((raw) => parseTransaction(raw)).filter(({ to }) => to === ADDRESSES.staking.toLowerCase())
  return { agents, keeper, call, stakesKept }
}

test('a treasury with stakes reported as reverted stakes at most the approved amount in any number of calls', async () => {
  const { agents, keeper, call, stakesKept } = await begin()
  const codes: unknown[] = []
  for (let calls = 0; calls < CALLS; calls += 1) codes.push((await call()).failure?.code)
  expect(codes).toEqual(['chain/transaction-reverted', 'policy/revert-unproven', 'policy/revert-unproven'])
  expect(stakesKept()).toHaveLength(agents.length)
  await keeper.release()
  expect(
    await sVvvOf(
      lab,
      agents.map(({ address }) => address),
    ),
  ).toEqual(agents.map(({ amount }) => BigInt(amount)))
})
