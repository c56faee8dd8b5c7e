import { describe, expect, test } from 'vitest'
import { intentId } from '../../../src/adapters/intent.ts'
import type { Attempt } from '../../../src/domain/attempt.ts'
import { useChain } from './lab.ts'

const { lab, open } = useChain()

/** The approve of a new wallet: as a signer sends it, and as it was recorded before that. */
async function openIntent() {
  const under = await open()
  const [signed] = await under.signed()
  if (signed === undefined) throw new Error('Nothing was drafted.')
  const id = intentId(signed)
  const intent: Attempt = { ...signed, raw: null, hash: id, intent: id }
  const statusOf = async (attempts: readonly Attempt[] = [intent]) =>
    (await under.chain.report(under.address, attempts)).attempts
  return { ...under, signed, intent, statusOf }
}

describe('an intent', () => {
  test('that nobody has sent is nowhere, and its nonce is the next one', async () => {
    const { chain, intent, statusOf } = await openIntent()
    expect(await chain.whereabouts(intent)).toEqual({ status: 'free', isNext: true })
    expect(await statusOf()).toMatchObject([{ hash: intent.hash, status: 'missing' }])
  })

  test('that is in the pool is found under its nonce, with its real hash', async () => {
    const { chain, intent, signed, statusOf } = await openIntent()
    await chain.broadcast(signed)
    const found = { status: 'pending', hash: signed.hash, differs: [], isCheaper: false }
    expect(await chain.whereabouts(intent)).toEqual(found)
    expect(await chain.whereabouts({ ...intent, hash: signed.hash })).toEqual(found)
    expect(await statusOf()).toMatchObject([{ hash: intent.hash, status: 'pending' }])
  })

  test.each([0, 1, 2, 3, 6, 40])(
    'that was mined %i blocks ago is found, and reported with its receipt',
    async (blocks) => {
      const { chain, intent, signed, statusOf, mine } = await openIntent()
      await chain.broadcast(signed)
      await mine()
      if (blocks > 0) await lab.sandbox.chain.mine(blocks)
      expect(await chain.whereabouts(intent)).toMatchObject({ status: 'mined', hash: signed.hash, differs: [] })
      const [own] = await statusOf([signed])
      expect(await statusOf()).toEqual([{ ...own, hash: intent.hash, sentAs: signed.hash }])
    },
  )

  test('whose nonce another transaction has used is over', async () => {
    const { chain, intent, statusOf, sendForeign, mine } = await openIntent()
    await sendForeign(intent.nonce)
    await mine()
    await expect(chain.whereabouts(intent)).rejects.toMatchObject({ code: 'chain/nonce-used' })
    expect(await statusOf()).toMatchObject([{ hash: intent.hash, status: 'superseded' }])
  })

  test('whose nonce another pooled transaction has is neither sent nor free', async () => {
    const { chain, intent, sendForeign } = await openIntent()
    await sendForeign(intent.nonce)
    expect(await chain.whereabouts(intent)).toEqual({ status: 'pending', hash: null, differs: [], isCheaper: false })
  })

  test('that waits behind another nonce is not next', async () => {
    const { chain, intent, sendForeign } = await openIntent()
    expect(await chain.whereabouts({ ...intent, nonce: intent.nonce + 1 })).toEqual({ status: 'free', isNext: false })
    await sendForeign(intent.nonce)
    expect(await chain.whereabouts({ ...intent, nonce: intent.nonce + 1 })).toEqual({ status: 'free', isNext: false })
  })

  test('that a wallet changed before sending is distinguished by each field', async () => {
    const { chain, intent, signed } = await openIntent()
    await chain.broadcast(signed)
    const asked = { ...intent, hash: signed.hash, nonce: 7, data: '0x00', maxFeePerGas: '900000000000' } as const
    expect(await chain.whereabouts(asked)).toMatchObject({ differs: ['nonce', 'data'], isCheaper: true })
  })

  test('among several under one nonce is the one with the mined fees', async () => {
    const { chain, intent, signed, statusOf, mine } = await openIntent()
    const dearer = { ...intent, maxFeePerGas: `${BigInt(intent.maxFeePerGas) * 2n}` }
    const raised = { ...dearer, hash: intentId(dearer), intent: intentId(dearer) }
    await chain.broadcast(signed)
    await mine()
    expect(await statusOf([intent, raised])).toMatchObject([
      { hash: intent.hash, status: 'mined', sentAs: signed.hash },
      { hash: raised.hash, status: 'superseded' },
    ])
    // An intent whose hash is known is not found a second time.
    expect(await statusOf([{ ...intent, hash: signed.hash }, raised])).toMatchObject([
      { hash: signed.hash, status: 'mined' },
      { hash: raised.hash, status: 'superseded' },
    ])
  })

  test('is found with few requests, however long ago it was mined', async () => {
    const { chain, intent, signed, mine, requestsOf } = await openIntent()
    await chain.broadcast(signed)
    await mine()
    await lab.sandbox.chain.mine(100)
    expect(await requestsOf(() => chain.whereabouts(intent))).toBeLessThan(20)
  })
})
