import { describe, expect, test } from 'vitest'
import { onboard, type SignatureRequest } from '../../src/index.ts'
import { counted } from './counted.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

describe('the approval callback', () => {
  test('sees every signature, decoded, before the wallet is asked', async () => {
    const { wallet, options } = await lab.begin()
    const { wallet: signer, signatures } = counted(wallet.privateKey)
    const shown: { request: SignatureRequest; before: number }[] = []
    const result = await onboard({
      ...options,
      signer,
      stake: '1.5',
      approve: (request) => shown.push({ request, before: signatures() }) > 0,
    })
    expect(result.outcome).toBe('unfunded')
    expect(shown.map(({ request: { kind, purpose }, before }) => [kind, purpose, before])).toEqual([
      ['message', 'mintKey', 0],
      ['transaction', 'approve', 1],
      ['transaction', 'stake', 2],
    ])
    expect(shown[2]?.request).toMatchObject({
      address: wallet.address,
      chainId: 8453,
      arguments: { recipient: wallet.address, amount: '1500000000000000000' },
      amounts: [{ coin: 'VVV', text: '1.5' }],
    })
  })

  test.each(['mintKey', 'approve', 'stake'])(
    'that declines the %s ends the run there, and the run can be resumed later',
    async (refused) => {
      const { wallet, options } = await lab.begin()
      const { wallet: signer, signatures } = counted(wallet.privateKey)
      const result = await onboard({ ...options, signer, approve: ({ purpose }) => purpose !== refused })
      expect(result).toMatchObject({
        outcome: 'failed',
        recoverable: false,
        failure: { code: 'policy/signature-declined', exit: 'refused', recovery: 'refuse' },
      })
      expect(signatures()).toBe(['mintKey', 'approve', 'stake'].indexOf(refused))
      expect(lab.sandbox.keys(wallet.address)).toEqual([])
      expect(await onboard({ ...options, signer })).toMatchObject({ outcome: 'unfunded' })
      expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(2)
    },
  )
})

describe('a signer is never asked', () => {
  test.each<[string, Parameters<typeof onboard>[0]['budget'] | undefined, string | undefined, string]>([
    ['for more VVV than the budget', { maxVvv: '0.5' }, undefined, 'policy/budget-exceeded'],
    ['for more fees than the budget', { maxGasEth: '0.0000000001' }, undefined, 'policy/budget-exceeded'],
    ['for another plan than the digest’s', {}, 'ab'.repeat(32), 'policy/plan-changed'],
  ])('%s', async (_, budget, planDigest, code) => {
    const { wallet, options } = await lab.begin()
    const { wallet: signer, signatures } = counted(wallet.privateKey)
    const result = await onboard({
      ...options,
      signer,
      ...(budget && { budget }),
      ...(planDigest !== undefined && { planDigest }),
    })
    expect(result).toMatchObject({ outcome: 'failed', failure: { code, exit: 'refused' } })
    expect(signatures()).toBe(0)
  })
})
