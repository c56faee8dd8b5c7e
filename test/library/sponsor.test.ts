import { describe, expect, test } from 'vitest'
import { onboard, sponsorAgents } from '../../src/index.ts'
import { counted } from './counted.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

/** A treasury, and agents with no funds at all. */
async function begin(funds = { eth: '0.1', vvv: '10' }) {
  const treasury = await lab.begin(funds)
  const agents = await Promise.all([lab.begin({}), lab.begin({})])
  const { wallet: signer, signed, signatures } = counted(treasury.wallet.privateKey)
  const options = { ...treasury.options, signer, agents: agents.map(({ wallet: { address } }) => ({ address })) }
  return { treasury, agents, options, signed, signatures }
}

describe('sponsorAgents', () => {
  test('stakes for wallets with no funds, which then get their keys', async () => {
    const { treasury, agents, options } = await begin()
    const result = await sponsorAgents(options)
    expect(result).toMatchObject({ outcome: 'done', spent: { vvv: (2n * 10n ** 18n).toString() } })
    expect(result.agents.map(({ status }) => status)).toEqual(['staked', 'staked'])
    for (const { wallet, options: own } of agents) {
      const onboarded = await onboard({ ...own, signer: wallet.privateKey, sponsored: true })
      expect(onboarded).toMatchObject({ outcome: 'unfunded', transactions: [], key: { type: 'INFERENCE' } })
      expect(await lab.sandbox.holdings(wallet.address)).toMatchObject({ eth: 0n, transactions: 0, sVvv: 10n ** 18n })
    }
    expect(await sponsorAgents(options)).toMatchObject({ outcome: 'done', wasFinished: true })
    expect((await lab.sandbox.holdings(treasury.wallet.address)).transactions).toBe(3)
  })

  test('resumes where it was paused, and stakes for nobody twice', async () => {
    const { agents, options } = await begin()
    const pause = new AbortController()
    const first = await sponsorAgents({
      ...options,
      signal: pause.signal,
      onEvent: (event) => event.type === 'transition' && event.to.startsWith('broadcast') && pause.abort(),
    })
    expect(first.outcome).toBe('paused')
    expect((await sponsorAgents(options)).outcome).toBe('done')
    for (const { wallet } of agents) expect((await lab.sandbox.holdings(wallet.address)).sVvv).toBe(10n ** 18n)
  })

  test.each([
    ['the budget', { budget: { maxVvv: '1.5' } }, 'policy/budget-exceeded'],
    ['another plan', { planDigest: 'ab'.repeat(32) }, 'policy/plan-changed'],
  ])('signs nothing against %s', async (_, limits, code) => {
    const { options, signatures } = await begin()
    expect(await sponsorAgents({ ...options, ...limits })).toMatchObject({ outcome: 'failed', failure: { code } })
    expect(signatures()).toBe(0)
  })

  test('shows every stake to `approve`, with its beneficiary', async () => {
    const { agents, options } = await begin()
    const recipients: unknown[] = []
    await sponsorAgents({
      ...options,
      approve: ({ kind, arguments: given }) => recipients.push(kind === 'transaction' ? given?.recipient : null) > 0,
    })
    for (const { wallet } of agents) expect(recipients).toContain(wallet.address)
  })

  test.each([
    ['an invalid address', [{ address: '0x12' as const }], 'cli/usage'],
    [
      'an invalid amount',
      [{ address: '0x000000000000000000000000000000000000dEaD' as const, stake: 'x' }],
      'cli/usage',
    ],
    ['an empty list', [], 'sponsor/agents-not-usable'],
  ])('rejects %s before it does anything', async (_, agents, code) => {
    const { options, signatures } = await begin()
    await expect(sponsorAgents({ ...options, agents })).rejects.toMatchObject({ code })
    expect(signatures()).toBe(0)
  })
})

describe('a wallet marked as sponsored', () => {
  test('that is not sponsored spends nothing of its own', async () => {
    const { wallet, options } = await lab.begin()
    const { wallet: signer, signed } = counted(wallet.privateKey)
    const enough = new AbortController()
    const result = await onboard({
      ...options,
      signer,
      sponsored: true,
      signal: enough.signal,
      onEvent: (event) => event.type === 'transition' && event.failure !== null && enough.abort(),
    })
    expect(result).toMatchObject({ outcome: 'paused', transactions: [] })
    expect(result.nextAction?.reason).toContain('does not show what the sponsor staked')
    expect(signed.transaction).toBe(0)
  })
})
