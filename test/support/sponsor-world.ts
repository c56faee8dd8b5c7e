import { createHash } from 'node:crypto'
import { ADDRESSES, type Address, BASE_CHAIN_ID, type Hex } from '../../src/domain/addresses.ts'
import { type Attempt, type Draft, maxCost } from '../../src/domain/attempt.ts'
import { keyOf, type SponsorRequest, shortAgents } from '../../src/domain/sponsoring.ts'
import type { AccountKind } from '../../src/domain/wallet-state.ts'
import { type Driven, driveMachine, type Host } from '../../src/driver/driver.ts'
import { seal, unsealAs } from '../../src/driver/envelope.ts'
import { ForeignTransactionError, NonceUsedError } from '../../src/errors/chain/transactions.ts'
import type { TreasuryRequest, TreasurySurvey } from '../../src/ports/chain.ts'
import { createSponsorEffects, type SponsorPorts, type SponsorSettings } from '../../src/sponsoring/effects.ts'
import { SPONSORING, type Sponsoring } from '../../src/sponsoring/kind.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { Crash } from './memory-host.ts'
import { ADDRESS, draft, VVV } from './samples.ts'
import { bytesOf } from './signed-bytes.ts'
import { fakeWorld } from './world.ts'

const BLOCK_MS = 2_000

export const agentAt = (index: number): Address => `0x${(0xa0_0000 + index).toString(16).padStart(40, '0')}`

export const sponsorRequest = (count: number, changes: Partial<SponsorRequest> = {}): SponsorRequest => ({
  runId: 'sponsoring-1',
  address: ADDRESS,
  chainId: BASE_CHAIN_ID,
  agents: Array.from({ length: count }, (_, index) => ({ address: agentAt(index), amount: VVV.toString() })),
  ...changes,
})

export interface TreasuryOptions {
  account?: AccountKind
  /** Whether a stake cannot be simulated before its approve is mined. */
  hasNoOverrides?: boolean
  /** Indexes of the stakes, in the order of their first broadcast, that a node accepts and forgets, once each. */
  forgotten?: readonly number[]
  /** Stakes that revert when mined, by the number of treasury transactions mined before. */
  reverting?: readonly number[]
  /** Number of reads of the treasury at a node that has seen none of its transactions. */
  lagging?: number
  /** Number of reads before those. Default: none. */
  laggingFrom?: number
  /** Indexes of agents that already hold sVVV. */
  held?: Readonly<Record<number, bigint>>
}

/** A treasury and its agents on a chain in memory. A transaction is mined with the next block. */
export function treasuryWorld(options: TreasuryOptions = {}) {
  const clock: FakeClock = fakeClock()
  const { account = 'eoa' } = options
  const pool = new Map<string, { attempt: Attempt; minedAt: number }>()
  const mined: { attempt: Attempt; isReverted: boolean; block: number }[] = []
  const held = new Map<Address, bigint>()
  for (const [index, amount] of Object.entries(options.held ?? {})) held.set(keyOf(agentAt(Number(index))), amount)
  const atFirst = new Map(held)
  const wallet = { vvv: 1_000n * VVV, allowance: 0n }
  const sent: Attempt[] = []
  const forgotten = new Set(options.forgotten ?? [])
  const reverting = new Set(options.reverting ?? [])
  let stakes = 0
  let lagging = options.lagging ?? 0
  let looks = 0
  const firstNonce = 7
  const block = () => Math.floor(clock.now() / BLOCK_MS)
  const nonce = () => firstNonce + mined.length

  function mine(): void {
    for (const { attempt, minedAt } of [...pool.values()].sort((a, b) => a.attempt.nonce - b.attempt.nonce)) {
      if (minedAt > block() || attempt.nonce !== nonce()) continue
      pool.delete(attempt.hash)
      const amount = BigInt(attempt.amount)
      const isReverted = attempt.purpose === 'sponsor' && reverting.delete(attempt.nonce - firstNonce)
      if (attempt.purpose === 'approve') wallet.allowance = amount
      else if (!isReverted) {
        const agent = keyOf(attempt.beneficiary ?? ADDRESS)
        wallet.allowance -= amount
        wallet.vvv -= amount
        held.set(agent, (held.get(agent) ?? 0n) + amount)
      }
      mined.push({ attempt, isReverted, block: block() })
    }
  }

  function survey({ agents, unproven, inFlight }: TreasuryRequest): TreasurySurvey {
    mine()
    looks += 1
    const isLagging = looks > (options.laggingFrom ?? 0) && lagging > 0 && mined.length > 0
    if (isLagging) lagging -= 1
    // A node that has not seen the last blocks: old nonce, balances and allowance.
    const seen = isLagging
      ? { nonce: firstNonce, allowance: 0n, held: atFirst, vvv: 1_000n * VVV }
      : { nonce: nonce(), allowance: wallet.allowance, held, vvv: wallet.vvv }
    if (!isLagging && pool.size > 0) {
      throw new ForeignTransactionError(ADDRESS, { mined: nonce(), pending: nonce() + pool.size })
    }
    const addresses = [
      ...agents.map(({ address }) => address),
      ...unproven.flatMap(({ beneficiary }) => beneficiary ?? []),
    ]
    const known = new Map(addresses.map((address) => [keyOf(address), seen.held.get(keyOf(address)) ?? 0n]))
    const short = shortAgents(agents, known)
    const stake = short.reduce((total, { missing }) => total + missing, 0n)
    const drafts: Draft[] = []
    const add = (purpose: 'approve' | 'sponsor', changes: Partial<Draft>) =>
      drafts.push(draft(purpose, seen.nonce + drafts.length, changes))
    const mustApprove = seen.allowance < stake
    if (mustApprove) add('approve', { amount: stake.toString(), expected: stake.toString(), to: ADDRESSES.vvv })
    if (!(mustApprove && options.hasNoOverrides)) {
      for (const { address, sVvv, missing } of short.slice(0, inFlight)) {
        const expected = (sVvv + missing).toString()
        add('sponsor', { beneficiary: address, amount: missing.toString(), expected })
      }
    }
    const covered = agents.map(({ address }) => keyOf(address))
    const lacking = new Set(short.map(({ address }) => keyOf(address)))
    return {
      readAt: new Date(clock.now()).toISOString(),
      blockNumber: block().toString(),
      account,
      eth: VVV.toString(),
      vvv: seen.vvv.toString(),
      allowance: seen.allowance.toString(),
      implementation: null,
      drafts: account === 'delegated' ? drafts.slice(0, 1) : drafts,
      feeCeiling: (BigInt(short.length + 1) * maxCost(draft('sponsor', 0))).toString(),
      nonce: seen.nonce,
      short: short.length,
      stake: stake.toString(),
      covered: covered.filter((agent) => !lacking.has(agent)),
      holdings: Object.fromEntries([...known].map(([agent, sVvv]) => [agent, sVvv.toString()])),
      contracts: [],
    }
  }

  const base = fakeWorld({ clock }).ports
  let signatures = 0
  const ports: SponsorPorts = {
    clock,
    signer: {
      ...base.signer,
      async signTransaction(asked) {
        signatures += 1
        const hash: Hex = `0x${createHash('sha256').update(`${asked.purpose} ${signatures}`).digest('hex')}`
        return { hash, raw: bytesOf(asked, hash) }
      },
    },
    chain: {
      ...base.chain,
      surveyTreasury: async (request) => survey(request),
      async broadcast(attempt) {
        mine()
        if (pool.has(attempt.hash)) return
        if (attempt.nonce < nonce()) throw new NonceUsedError(attempt.nonce)
        sent.push(attempt)
        if (attempt.purpose === 'sponsor') stakes += 1
        if (attempt.purpose === 'sponsor' && forgotten.delete(stakes)) return
        pool.set(attempt.hash, { attempt, minedAt: block() + 1 })
      },
      async report(_, attempts) {
        mine()
        return {
          attempts: attempts.map(({ hash, nonce: wanted }) => {
            const found = mined.find(({ attempt }) => attempt.hash === hash)
            const unmined = pool.has(hash) ? 'pending' : wanted < nonce() ? 'superseded' : 'missing'
            return {
              hash,
              status: found === undefined ? unmined : found.isReverted ? 'reverted' : 'mined',
              blockNumber: found === undefined ? null : found.block.toString(),
              gasUsed: found === undefined ? null : '50000',
              feeWei: found === undefined ? null : '500',
            }
          }),
          head: { number: block().toString(), timestamp: (block() * BLOCK_MS) / 1000, baseFeePerGas: '4500000' },
          nonce: nonce(),
          sVvv: '0',
          allowance: wallet.allowance.toString(),
          diem: null,
          beneficiaries: Object.fromEntries(
            attempts.flatMap(({ beneficiary }) =>
              beneficiary === undefined
                ? []
                : [[keyOf(beneficiary), (held.get(keyOf(beneficiary)) ?? 0n).toString()] as const],
            ),
          ),
        }
      },
      hasReceipt: async ({ hash }) => mined.some(({ attempt }) => attempt.hash === hash),
      feeMarket: async () => ({
        baseFeePerGas: 4_500_000n,
        maxPriorityFeePerGas: 1_000_000n,
        nonce: nonce(),
        pendingNonce: nonce() + pool.size,
      }),
    },
  }
  return {
    ports,
    clock,
    /** Every broadcast transaction, including repeats. */
    sent: sent as readonly Attempt[],
    mined: mined as readonly { attempt: Attempt; isReverted: boolean }[],
    heldBy: (index: number): bigint => held.get(keyOf(agentAt(index))) ?? 0n,
    get signatures() {
      return signatures
    },
  }
}

/** A host whose disk is a string. It dies at the `crashAt`-th point: before and after each save, step and sleep. */
export async function liveTreasury(
  world: ReturnType<typeof treasuryWorld>,
  {
    disk = null,
    crashAt = Number.POSITIVE_INFINITY,
    request = sponsorRequest(3),
    settings = {},
  }: { disk?: string | null; crashAt?: number; request?: SponsorRequest; settings?: Partial<SponsorSettings> } = {},
): Promise<{ disk: string | null; points: number; path: string[]; driven: Driven<Sponsoring> | null }> {
  const { clock } = world
  const path: string[] = []
  let [stored, points] = [disk, 0]
  const point = () => {
    points += 1
    if (points >= crashAt) throw new Crash(`at point ${points}`)
  }
  const between = async <T>(run: () => Promise<T>): Promise<T> => {
    point()
    const outcome = await run().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error
      },
    )
    point()
    return outcome()
  }
  const host: Host<Sponsoring> = {
    step: (_, run) => between(run),
    sleepUntil: (until, signal) => between(() => clock.sleepUntil(Date.parse(until), signal)),
    save: (envelope) =>
      between(async () => {
        stored = await seal(envelope)
      }),
    publish: (event) => {
      if (event.type === 'transition') path.push(event.to)
    },
    now: () => new Date(clock.now()).toISOString(),
  }
  const { chain } = world.ports
  const broadcast: SponsorPorts['chain']['broadcast'] = async (attempt) => {
    point()
    await chain.broadcast(attempt)
    point()
  }
  const owner = { chainId: BASE_CHAIN_ID, address: ADDRESS }
  const envelope = disk === null ? null : await unsealAs<Sponsoring>(SPONSORING, disk, 'memory', owner)
  const driving = driveMachine(SPONSORING, {
    effects: createSponsorEffects({ ...world.ports, chain: { ...chain, broadcast } }, { settings }),
    host,
    envelope,
    again: envelope !== null && envelope.snapshot.context.request.runId !== request.runId,
    input: { request },
    signal: new AbortController().signal,
  })
  const driven = await driving.catch((error: unknown) => {
    if (error instanceof Crash) return null
    throw error
  })
  return { disk: stored, points, path, driven }
}
