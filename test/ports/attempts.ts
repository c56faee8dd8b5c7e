import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { type Attempt, type Draft, inOrder, leastNonce, maxCost, summaryOf } from '../../src/domain/attempt.ts'
import { createGate } from '../../src/gate/gate.ts'
import type { Chain } from '../../src/ports/chain.ts'
import type { Signer } from '../../src/ports/signer.ts'
import { VVV } from '../support/samples.ts'

export interface AttemptsUnderTest {
  chain: Chain
  signer: Signer
  /** Mines what waits. */
  mine(): Promise<void>
}

/** What each kind of account makes in one attempt, e.g. `approve and stake`. */
export interface Makes {
  stake: readonly string[]
  diem: readonly string[]
}

const APPROVAL = { budget: {}, mostVvv: 10n ** 24n, mostLock: 10n ** 24n, mostDiem: VVV, mostFeeWei: VVV }
const DIEM = VVV / 10n
const words = (attempt: Attempt) => inOrder(summaryOf(attempt)).join(' and ')

/**
 * What every kind of account does of "make these calls, exactly once", by the chain and the signer that belong to it.
 * `make` opens one that is new, pays its own gas and holds `vvv`; nothing is mined until `mine`.
 */
export function describeAttempts(
  name: string,
  make: (funds: { vvv: bigint }) => Promise<AttemptsUnderTest>,
  makes: Makes,
): void {
  function helpers({ chain, signer, mine }: AttemptsUnderTest) {
    const { address } = signer
    const gate = createGate({ signer, clock: systemClock, decode: chain.decode })
    const read = (made: readonly Attempt[] = []) =>
      chain.survey({ address, stakeAmount: VVV, open: [], leastNonce: leastNonce(made) })
    const sign = (drafts: readonly Draft[], made: readonly Attempt[] = []) =>
      gate.transactions(drafts, made, { approval: APPROVAL })
    const send = (attempt: Attempt) => (attempt.raw === null ? gate.send(attempt) : chain.broadcast(attempt))
    const statuses = async (attempts: readonly Attempt[]) =>
      (await chain.report(address, attempts)).attempts.map(({ status }) => status)
    return { address, gate, read, sign, send, statuses, mine }
  }

  const all = <T>(attempts: readonly Attempt[], of: T): T[] => attempts.map(() => of)

  describe(`${name} keeps the promises of attempts`, () => {
    test('drafts exactly what is missing, and says what it costs at most', async () => {
      const { address, read, sign, statuses } = helpers(await make({ vvv: 2n * VVV }))
      const { drafts, feeCeiling } = await read()
      const made = await sign(drafts)
      expect(made.map(words)).toEqual(makes.stake)
      for (const { from, amount } of made) expect({ from, amount }).toEqual({ from: address, amount: VVV.toString() })
      expect(BigInt(feeCeiling)).toBe(drafts.reduce((sum, draft) => sum + maxCost(draft), 0n))
      expect(await statuses(made)).toEqual(all(made, 'missing'))
    })

    test('drafts nothing without VVV, and estimates what it would cost', async () => {
      const { read } = helpers(await make({ vvv: VVV / 2n }))
      const { drafts, feeCeiling } = await read()
      expect(drafts).toEqual([])
      expect(BigInt(feeCeiling)).toBeGreaterThan(0n)
    })

    test('makes an attempt once, however often it is sent', async () => {
      const under = await make({ vvv: 2n * VVV })
      const { address, read, sign, send, statuses, mine } = helpers(under)
      const made = await sign((await read()).drafts)
      for (const attempt of [...made, ...made]) await send(attempt)
      expect(await statuses(made)).toEqual(all(made, 'pending'))
      await mine()
      expect(await under.chain.report(address, made)).toMatchObject({
        attempts: all(made, { status: 'mined' }),
        sVvv: VVV.toString(),
        allowance: '0',
      })
      for (const attempt of made) await Promise.resolve(send(attempt)).catch(() => {})
      await mine()
      const mined = made.map((attempt) => ({ ...attempt, status: 'mined' as const }))
      expect(await read(mined)).toMatchObject({ sVvv: VVV.toString(), drafts: [], feeCeiling: '0' })
    })

    test('hands out no attempt of a record that was changed', async () => {
      const { gate, read, sign } = helpers(await make({ vvv: 2n * VVV }))
      const made = await sign((await read()).drafts)
      await gate.unchanged(made)
      const other = '0x00000000000000000000000000000000000000aa'
      const changes: ((attempt: Attempt) => Partial<Attempt>)[] = [
        ({ data }) => ({ data: `${data.slice(0, -2)}01` as Attempt['data'] }),
        () => ({ amount: (2n * VVV).toString() }),
        () => ({ to: other }),
        () => ({ from: other }),
        () => ({ purpose: 'stakeDiem' }),
        ({ nonce }) => ({ nonce: nonce + 1, ...(made[0]?.raw === null && { from: other }) }),
        ({ batch }) => (batch === undefined ? { to: other } : { batch: { ...batch, approve: '9' } }),
        ({ batch }) => (batch === undefined ? { chainId: 1 } : { batch: { ...batch, stakeDiem: '9' } }),
        ({ batch }) =>
          ({
            batch: batch === undefined ? { via: 'delegate', delegate: other, approve: '9' } : undefined,
          }) as Partial<Attempt>,
      ]
      for (const attempt of made)
        for (const change of changes)
          await expect(gate.unchanged([{ ...attempt, ...change(attempt) }])).rejects.toMatchObject({
            code: 'store/changed',
          })
    })

    test('stakes DIEM, step by step, until as much is there', async () => {
      const under = await make({ vvv: 100n * VVV })
      const { address, sign, send, mine } = helpers(under)
      const made: Attempt[] = []
      for (let step = 0; step < 5; step += 1) {
        const { drafts } = await under.chain.surveyDiem({ address, diem: DIEM, open: [], leastNonce: leastNonce(made) })
        const signed = await sign(drafts, made)
        for (const attempt of signed) await send(attempt)
        await mine()
        expect((await under.chain.report(address, signed)).attempts).toMatchObject(all(signed, { status: 'mined' }))
        made.push(...signed.map((attempt) => ({ ...attempt, status: 'mined' as const, feeWei: '0' })))
      }
      expect(made.map(words)).toEqual(makes.diem)
      const { allowance, diem } = await under.chain.report(address, made)
      expect({ allowance, staked: diem?.staked }).toEqual({ allowance: '0', staked: DIEM.toString() })
    })
  })
}
