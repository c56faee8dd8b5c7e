import { describe, expect, it } from 'vitest'
import type { FundRequest } from '../../src/domain/fund.ts'
import type { Plan } from '../../src/domain/plan.ts'
import type { WalletState } from '../../src/domain/wallet-state.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { EffectSettings } from '../../src/driver/effects/io.ts'
import type { Failure } from '../../src/errors/failure.ts'
import { ADDRESS, draft, request, VVV, walletState } from '../support/samples.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
const TENTH = VVV / 10n
const FUND: FundRequest = { way: 'diem', amount: TENTH.toString() }
const asked = request({ fund: FUND })

describe('drafting DIEM', () => {
  const look = (options: WorldOptions): Promise<WalletState | Failure> =>
    createEffects(fakeWorld(options).ports)
      .draftDiem({ request: asked, attempts: [] }, io)
      .catch((failure: Failure) => failure)

  it('says how much VVV to send where when the wallet lacks VVV for the lock', async () => {
    const failure = await look({ sVvv: VVV, vvv: 10n * VVV })
    expect(failure).toMatchObject({ code: 'wallet/insufficient-vvv', recovery: 'fund' })
    expect((failure as Failure).hint).toContain(`Send 40 VVV on Base to ${ADDRESS}`)
  })

  it('never reports that a wallet without ETH for it needs nothing', async () => {
    expect(await look({ vvv: 100n * VVV, eth: 0n })).toMatchObject({ code: 'wallet/insufficient-eth' })
    expect(await look({ diem: VVV, eth: 0n })).toMatchObject({ code: 'wallet/insufficient-eth' })
  })

  it('needs no VVV when the wallet has the sVVV or the DIEM', async () => {
    const purposes = async (options: WorldOptions) =>
      ((await look({ vvv: 0n, ...options })) as WalletState).drafts.map(({ purpose }) => purpose)
    expect(await purposes({ sVvv: 60n * VVV })).toEqual(['mintDiem'])
    expect(await purposes({ diem: TENTH })).toEqual(['stakeDiem'])
  })
})

describe('signing for DIEM', () => {
  const seen = (lock: bigint, staked = 0n) => ({
    asked: TENTH.toString(),
    staked: staked.toString(),
    liquid: '0',
    unlockedSVvv: (60n * VVV).toString(),
    lock: lock.toString(),
  })
  const at = (lock: bigint): WalletState =>
    walletState({
      sVvv: (60n * VVV).toString(),
      drafts: [draft('mintDiem', 9, { amount: lock.toString() })],
      diem: seen(lock),
    })
  const signing = (settings: Partial<EffectSettings>) => {
    const world = fakeWorld()
    const { signTransactions } = createEffects(world.ports, { settings })
    const sign = (lock: bigint) => signTransactions({ request: asked, walletState: at(lock), attempts: [] }, io)
    return { world, sign }
  }

  it('asks for approval of a lock once, and again only for more than was approved', async () => {
    const shown: Plan[] = []
    const { sign } = signing({
      approve: async (plan) => {
        shown.push(plan)
        return plan.fund?.diem?.lock !== (69n * VVV).toString()
      },
    })
    await sign(51n * VVV)
    await sign(51n * VVV)
    await sign(50n * VVV)
    // The plan allows a lock of up to 68 sVVV, a step of its ladder above the quote.
    await sign(68n * VVV)
    expect(shown.map(({ fund }) => fund?.diem?.lock)).toEqual([(51n * VVV).toString()])
    await expect(sign(69n * VVV)).rejects.toMatchObject({ code: 'policy/declined' })
  })

  it('counts a lock against --max-vvv to the last unit', async () => {
    const { sign, world } = signing({ budget: { maxVvv: 51n * VVV } })
    await expect(sign(51n * VVV + 1n)).rejects.toMatchObject({ code: 'policy/budget-exceeded' })
    expect(world.counts.transactions).toBe(0)
    expect(await sign(51n * VVV)).toHaveLength(1)
  })
})
