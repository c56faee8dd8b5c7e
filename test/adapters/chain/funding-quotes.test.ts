import { describe, expect, test } from 'vitest'
import { ADDRESSES } from '../../../src/domain/addresses.ts'
import { stakingAbi } from '../../../src/sandbox/contracts/abi.ts'
import { VVV } from '../../support/samples.ts'
import { stake } from '../../support/wallet-actions.ts'
import { FUNDS, useChain } from './lab.ts'

const { lab, open } = useChain()

describe('funding quotes', () => {
  test.each([VVV / 10n, VVV, 700n * VVV])(
    'contain the least sVVV for which the contract mints %s DIEM',
    async (diem) => {
      const { chain, address } = await open()
      const { mint } = await chain.fundingQuotes({ address, diem })
      const out = (sVvv: bigint) =>
        lab.sandbox.chain.public.readContract({
          address: ADDRESSES.staking,
          abi: stakingAbi,
          functionName: 'getDiemAmountOut',
          args: [sVvv],
        })
      expect(await out(mint.sVvv)).toBeGreaterThanOrEqual(diem)
      // Within a millionth.
      expect(await out(mint.sVvv - mint.sVvv / 1_000_000n)).toBeLessThan(diem)
    },
  )

  test('include what is staked, and take few requests', async () => {
    const { chain, address, wallet, requestsOf } = await open({ ...FUNDS, diem: 3n * VVV, usdc: 7_000_000n })
    await stake(lab.sandbox, wallet, 2n * VVV)
    expect(await chain.fundingQuotes({ address, diem: VVV })).toMatchObject({
      sVvv: 2n * VVV,
      unlockedSVvv: 2n * VVV,
      diem: 3n * VVV,
      usdc: 7_000_000n,
    })
    expect(await requestsOf(() => chain.fundingQuotes({ address, diem: VVV }))).toBeLessThanOrEqual(3)
  })

  test('are missing on chains other than Base', async () => {
    lab.fault('eth_chainId', { kind: 'rpcResult', result: '0x1' }, { times: Number.POSITIVE_INFINITY })
    const { chain, address } = await open()
    await expect(chain.fundingQuotes({ address, diem: VVV })).rejects.toMatchObject({ code: 'chain/wrong-chain' })
  })
})
