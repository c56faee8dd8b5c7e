import { describe, expect, test } from 'vitest'
import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import { type Attempt, type Draft, maxCost } from '../../src/domain/attempt.ts'
import type { Chain } from '../../src/ports/chain.ts'
import { VVV } from '../support/samples.ts'

export interface ChainUnderTest {
  chain: Chain
  /** The wallet's. */
  address: Address
  sign(draft: Draft): Promise<Attempt>
  /** Mines the pool's transactions. */
  mine(): Promise<void>
  /** The wallet's owner sends another transaction with this nonce. The next block includes it. */
  sendForeign(nonce: number): Promise<void>
}

/** The contract of every `Chain`. `make` opens one with a new wallet; nothing is mined until `mine`. */
export function describeChain(
  name: string,
  make: (funds: { eth: bigint; vvv: bigint }) => Promise<ChainUnderTest>,
): void {
  const funded = () => make({ eth: VVV, vvv: 10n * VVV })
  const stakeAmount = VVV

  /** Both transactions, signed and broadcast. */
  async function send({ chain, address, sign }: ChainUnderTest): Promise<Attempt[]> {
    const { drafts } = await chain.survey({ address, stakeAmount, open: [] })
    const attempts = []
    for (const draft of drafts) attempts.push(await sign(draft))
    for (const attempt of attempts) await chain.broadcast(attempt)
    return attempts
  }
  const statusesOf = async ({ chain, address }: ChainUnderTest, attempts: readonly Attempt[]) =>
    (await chain.report(address, attempts)).attempts.map(({ status }) => status)

  describe(`${name} keeps the promises of a chain`, () => {
    test('an unstaked wallet gets an approve and a stake, in nonce order, of exactly the missing amount', async () => {
      const { chain, address } = await funded()
      const walletState = await chain.survey({ address, stakeAmount, open: [] })
      const first = walletState.drafts[0]?.nonce ?? 0
      expect(walletState).toMatchObject({ account: 'eoa', eth: VVV.toString(), vvv: (10n * VVV).toString(), sVvv: '0' })
      expect(walletState.drafts).toMatchObject([
        { purpose: 'approve', to: ADDRESSES.vvv, from: address, nonce: first, amount: VVV.toString() },
        { purpose: 'stake', to: ADDRESSES.staking, from: address, nonce: first + 1, expected: VVV.toString() },
      ])
      expect(BigInt(walletState.feeCeiling)).toBe(walletState.drafts.reduce((sum, draft) => sum + maxCost(draft), 0n))
    })

    test('reading changes nothing', async () => {
      const { chain, address } = await funded()
      const look = async () => {
        const { readAt: _, blockNumber: __, ...walletState } = await chain.survey({ address, stakeAmount, open: [] })
        return walletState
      }
      expect(await look()).toEqual(await look())
    })

    test('a wallet that lacks VVV gets no drafts, but an estimate of their cost', async () => {
      const { chain, address } = await make({ eth: 0n, vvv: VVV / 2n })
      const walletState = await chain.survey({ address, stakeAmount, open: [] })
      expect(walletState.drafts).toEqual([])
      expect(BigInt(walletState.feeCeiling)).toBeGreaterThan(0n)
    })

    test('a broadcast transaction is pending, then mined, and the chain shows its effect', async () => {
      const under = await funded()
      const attempts = await send(under)
      expect(await statusesOf(under, attempts)).toEqual(['pending', 'pending'])
      await under.mine()
      const report = await under.chain.report(under.address, attempts)
      expect(report).toMatchObject({ sVvv: VVV.toString(), allowance: '0' })
      for (const [index, { status, hash, feeWei }] of report.attempts.entries()) {
        expect({ status, hash }).toEqual({ status: 'mined', hash: attempts[index]?.hash })
        expect(BigInt(feeWei ?? 0)).toBeGreaterThan(0n)
      }
      const after = await under.chain.survey({ address: under.address, stakeAmount, open: [] })
      expect(after).toMatchObject({ sVvv: VVV.toString(), drafts: [], feeCeiling: '0' })
    })

    test('the same bytes can be broadcast again while they wait, and fail once their nonce is used', async () => {
      const under = await funded()
      const [attempt] = await send(under)
      if (attempt === undefined) throw new Error('Nothing was drafted.')
      await under.chain.broadcast(attempt)
      await under.mine()
      await expect(under.chain.broadcast(attempt)).rejects.toMatchObject({ code: 'chain/nonce-used' })
    })

    test('a transaction that was never broadcast is missing', async () => {
      const under = await funded()
      const { drafts } = await under.chain.survey({ address: under.address, stakeAmount, open: [] })
      const attempts = await Promise.all(drafts.map(under.sign))
      expect(await statusesOf(under, attempts)).toEqual(['missing', 'missing'])
    })

    test('a transaction that lost its nonce to another is superseded', async () => {
      const under = await funded()
      const { drafts } = await under.chain.survey({ address: under.address, stakeAmount, open: [] })
      const attempts = await Promise.all(drafts.slice(0, 1).map(under.sign))
      await under.sendForeign(attempts[0]?.nonce ?? 0)
      await under.mine()
      expect(await statusesOf(under, attempts)).toEqual(['superseded'])
    })

    test('own open transactions do not count as somebody else’s', async () => {
      const under = await funded()
      const { chain, address } = under
      const open = await send(under)
      const walletState = await chain.survey({ address, stakeAmount, open })
      expect(walletState.sVvv).toBe('0')
      await expect(chain.survey({ address, stakeAmount, open: [] })).rejects.toMatchObject({
        code: 'chain/foreign-transaction',
        recovery: 'retry',
      })
    })

    test('the fee market counts mined and waiting transactions', async () => {
      const under = await funded()
      const { chain, address, mine } = under
      const before = await chain.feeMarket(address)
      expect(before.pendingNonce).toBe(before.nonce)
      expect(before.baseFeePerGas > 0n).toBe(true)
      await send(under)
      expect(await chain.feeMarket(address)).toMatchObject({ nonce: before.nonce, pendingNonce: before.nonce + 2 })
      await mine()
      expect(await chain.feeMarket(address)).toMatchObject({ nonce: before.nonce + 2, pendingNonce: before.nonce + 2 })
    })

    test('a wallet without an allowance has nothing to revoke', async () => {
      const { chain, address } = await funded()
      expect(await chain.revocation(address)).toMatchObject({ allowance: 0n, draft: null })
    })

    test('a transaction that nobody sent is unknown', async () => {
      const { chain, address } = await funded()
      const unknown = chain.sent(address, `0x${'ab'.repeat(32)}`)
      await expect(unknown).rejects.toMatchObject({ code: 'adopt/unknown-transaction' })
    })

    test('a wallet without DIEM and USDC has none', async () => {
      const { chain, address } = await funded()
      expect(await chain.holdings(address)).toEqual({ diem: 0n, stakedDiem: 0n, usdc: 0n })
    })

    test('the quote for DIEM is rounded up, and lists everything that could pay', async () => {
      const { chain, address } = await funded()
      const diem = VVV / 10n
      const quotes = await chain.fundingQuotes({ address, diem })
      expect(quotes).toMatchObject({ eth: VVV, vvv: 10n * VVV, sVvv: 0n, unlockedSVvv: 0n, diem: 0n, stakedDiem: 0n })
      expect(quotes.mint.diem).toBe(diem)
      // Above the price of the first DIEM at launch, 90 sVVV, and below ten times today's price.
      expect(quotes.mint.sVvv).toBeGreaterThan(9n * VVV)
      expect(quotes.mint.sVvv).toBeLessThan(500n * VVV)
      const twice = await chain.fundingQuotes({ address, diem: 2n * diem })
      expect(twice.mint.sVvv).toBeGreaterThan(quotes.mint.sVvv)
    })

    describe('towards staked DIEM', () => {
      const diem = VVV / 10n
      const wealthy = () => make({ eth: VVV, vvv: 200n * VVV })

      /** Executes the drafts until there are none. */
      async function carryOut({ chain, address, sign, mine }: ChainUnderTest, asked = diem): Promise<Draft[][]> {
        const steps: Draft[][] = []
        for (;;) {
          const { drafts } = await chain.surveyDiem({ address, diem: asked, open: [] })
          if (drafts.length === 0) return steps
          steps.push([...drafts])
          const attempts = []
          for (const draft of drafts) attempts.push(await sign(draft))
          for (const attempt of attempts) await chain.broadcast(attempt)
          await mine()
          const { diem: shown, sVvv } = await chain.report(address, attempts)
          const last = drafts.at(-1)
          const total = BigInt(shown?.liquid ?? 0) + BigInt(shown?.staked ?? 0)
          const seen = { approve: 0n, stake: BigInt(sVvv), mintDiem: total, stakeDiem: BigInt(shown?.staked ?? 0) }
          expect(seen[last?.purpose as keyof typeof seen]).toBeGreaterThanOrEqual(BigInt(last?.expected ?? 0))
        }
      }

      test('a wallet with VVV stakes for the lock, locks, and stakes as much DIEM as requested', async () => {
        const under = await wealthy()
        const steps = await carryOut(under)
        expect(steps.map((drafts) => drafts.map(({ purpose }) => purpose))).toEqual([
          ['approve', 'stake'],
          ['mintDiem'],
          ['stakeDiem'],
        ])
        const [[, stake] = [], [lock] = [], [last] = []] = steps
        expect(lock).toMatchObject({ to: ADDRESSES.staking, amount: stake?.amount, expected: diem.toString() })
        expect(last).toMatchObject({ to: ADDRESSES.diem, amount: diem.toString(), expected: diem.toString() })
        const nonces = steps.flat().map(({ nonce }) => nonce)
        expect(nonces).toEqual(nonces.map((_, index) => (nonces[0] ?? 0) + index))

        const { chain, address } = under
        const walletState = await chain.surveyDiem({ address, diem, open: [] })
        expect(walletState).toMatchObject({ drafts: [], feeCeiling: '0', allowance: '0' })
        expect(walletState.diem).toMatchObject({ staked: diem.toString(), unlockedSVvv: '0', lock: '0' })
      })

      test('existing DIEM and sVVV are used first, and only the missing part is added', async () => {
        const under = await wealthy()
        const { chain, address } = under
        await carryOut(under)
        const before = (await chain.fundingQuotes({ address, diem })).mint.sVvv
        const steps = await carryOut(under, 2n * diem)
        expect(steps.map((drafts) => drafts.map(({ purpose }) => purpose))).toEqual([
          ['approve', 'stake'],
          ['mintDiem'],
          ['stakeDiem'],
        ])
        // The margin of the first lock left some DIEM, which reduces the second lock.
        expect(BigInt(steps[1]?.[0]?.amount ?? 0)).toBeLessThan((before * 101n) / 100n)
        expect(await carryOut(under, 2n * diem)).toEqual([])
        expect(await carryOut(under, diem)).toEqual([])
      })

      test('a wallet that lacks VVV gets no drafts, but the lock and its cost', async () => {
        const { chain, address } = await funded()
        const { drafts, feeCeiling, diem: seen } = await chain.surveyDiem({ address, diem, open: [] })
        expect(drafts).toEqual([])
        expect(BigInt(seen?.lock ?? 0)).toBeGreaterThan(10n * VVV)
        expect(seen).toMatchObject({ asked: diem.toString(), staked: '0', liquid: '0', unlockedSVvv: '0' })
        expect(BigInt(feeCeiling)).toBeGreaterThan(0n)
      })

      test('the first drafts include the ceiling of all steps', async () => {
        const { chain, address } = await wealthy()
        const { drafts, feeCeiling } = await chain.surveyDiem({ address, diem, open: [] })
        expect(BigInt(feeCeiling)).toBeGreaterThan(drafts.reduce((sum, draft) => sum + maxCost(draft), 0n))
      })

      test('somebody else’s transactions are waited for', async () => {
        const under = await wealthy()
        const { chain, address } = under
        const open = await send(under)
        await expect(chain.surveyDiem({ address, diem, open: [] })).rejects.toMatchObject({
          code: 'chain/foreign-transaction',
        })
        expect((await chain.surveyDiem({ address, diem, open })).sVvv).toBe('0')
      })
    })

    test('an authorisation that nobody has used is unused, as of a block', async () => {
      const { chain, address, mine } = await funded()
      await mine()
      const { isUsed, blockSeconds } = await chain.authorization({ from: address, nonce: `0x${'ab'.repeat(32)}` })
      expect(isUsed).toBe(false)
      expect(Number.isInteger(blockSeconds)).toBe(true)
    })

    test('an aborted call rejects with the reason of the abort', async () => {
      const { chain, address } = await funded()
      const reason = new Error('paused')
      const look = chain.survey({ address, stakeAmount, open: [] }, AbortSignal.abort(reason))
      await expect(look).rejects.toBe(reason)
    })
  })
}
