import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { createChain } from '../../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { Beneficiary } from '../../../src/domain/sponsoring.ts'
import type { TreasuryRequest } from '../../../src/ports/chain.ts'
import { DELEGATE } from '../../../src/sandbox/contracts/deploy.ts'
import { replicaBehind } from '../../../src/sandbox/endpoints/profile.ts'
import { sponsor } from '../../../src/sponsoring/sponsor.ts'
import { attempt } from '../../support/samples.ts'
import { useSandbox } from '../../support/sandbox.ts'
import { newAgents, openTreasury } from '../../support/treasury.ts'
import { approve, stake } from '../../support/wallet-actions.ts'

const VVV = parseEther('1')
const lab = useSandbox({ isDenim: false })

async function open(agents: readonly Beneficiary[] = newAgents(3, VVV)) {
  const treasury = await openTreasury(lab)
  const { chain } = treasury.ports
  const survey = (changes: Partial<TreasuryRequest> = {}) =>
    chain.surveyTreasury({
      address: treasury.address,
      agents,
      unproven: [],
      inFlight: 50,
      isFirst: true,
      ...changes,
    })
  return { treasury, agents, survey }
}

describe('a read of a treasury', () => {
  test('drafts one approve for everything missing and a stake for each agent, with consecutive nonces', async () => {
    const { agents, survey, treasury } = await open()
    const seen = await survey()
    expect(seen).toMatchObject({ account: 'eoa', nonce: 0, short: 3, stake: (6n * VVV).toString(), covered: [] })
    expect(seen.drafts).toMatchObject([
      { purpose: 'approve', nonce: 0, from: treasury.address, amount: (6n * VVV).toString() },
      ...agents.map(({ address, amount }, index) => {
        return { purpose: 'sponsor', nonce: index + 1, beneficiary: address, amount, expected: amount }
      }),
    ])
    expect(BigInt(seen.feeCeiling)).toBeGreaterThan(0n)
  })

  test('drafts only what an agent lacks, and nothing for one that has enough', async () => {
    const wallet = await lab.sandbox.chain.createWallet({ eth: VVV, vvv: 2n * VVV })
    await stake(lab.sandbox, wallet, VVV)
    const [other] = newAgents(1, VVV) as [Beneficiary]
    const raised = { address: wallet.address, amount: (3n * VVV).toString() }
    const { survey } = await open([raised, other])
    expect((await survey()).drafts.slice(1)).toMatchObject([
      { amount: (2n * VVV).toString(), expected: (3n * VVV).toString() },
      { amount: VVV.toString(), expected: VVV.toString() },
    ])
    const enough = { address: wallet.address, amount: VVV.toString() }
    const seen = await survey({ agents: [enough, other] })
    expect(seen).toMatchObject({ short: 1, covered: [wallet.address.toLowerCase()] })
    expect(await survey({ agents: [enough] })).toMatchObject({ short: 0, stake: '0', drafts: [], feeCeiling: '0' })
  })

  test('drafts no approve when the allowance is enough', async () => {
    const { survey, treasury } = await open()
    await approve(lab.sandbox, treasury, 6n * VVV)
    expect((await survey()).drafts.map(({ purpose, nonce }) => `${purpose} ${nonce}`)).toEqual([
      'sponsor 1',
      'sponsor 2',
      'sponsor 3',
    ])
  })

  test('drafts as many stakes as may be in flight, and counts the fees of all of them', async () => {
    const { survey } = await open()
    const [all, two] = [await survey(), await survey({ inFlight: 2 })]
    expect(two.drafts.map(({ purpose }) => purpose)).toEqual(['approve', 'sponsor', 'sponsor'])
    expect(Number(two.feeCeiling) / Number(all.feeCeiling)).toBeCloseTo(1, 1)
  })

  test('drafts a single transaction for an account that delegates its code', async () => {
    const { survey, treasury } = await open()
    await lab.sandbox.chain.setDelegation(treasury.address)
    expect((await survey()).drafts.map(({ purpose }) => purpose)).toEqual(['approve'])
  })

  test('says at the first read which agents are contracts', async () => {
    const { survey, agents } = await open()
    const { chain } = lab.sandbox
    const [agent] = agents as [Beneficiary]
    await chain.test.setCode({
      address: agent.address,
      bytecode: (await chain.public.getCode({ address: DELEGATE })) ?? '0x',
    })
    expect((await survey()).contracts).toEqual([agent.address])
    expect((await survey({ isFirst: false })).contracts).toEqual([])
  })

  test('shows what agents hold whose stake was not visible yet', async () => {
    const { survey } = await open()
    const [other] = newAgents(1) as [Beneficiary]
    const unproven = [attempt('sponsor', 3, { beneficiary: other.address, status: 'mined' })]
    expect((await survey({ unproven })).holdings).toMatchObject({ [other.address.toLowerCase()]: '0' })
  })

  test('is refused while the treasury has transactions in flight', async () => {
    const { survey, treasury } = await open()
    await lab.sandbox.chain.setBlockTime(undefined)
    const seen = await survey()
    const signed = await treasury.ports.signer.signTransaction(seen.drafts[0] ?? attempt('approve', 0))
    await treasury.ports.chain.broadcast({ ...attempt('approve', 0), ...signed })
    await expect(survey()).rejects.toMatchObject({ code: 'chain/foreign-transaction' })
  })

  test('takes a handful of requests for hundreds of agents', async () => {
    const { survey } = await open(newAgents(600))
    lab.sandbox.chain.requests.reset()
    const { short } = await survey({ isFirst: false })
    expect(short).toBe(600)
    expect(lab.sandbox.chain.requests.http).toBeLessThanOrEqual(4)
  })

  test('at a lagging node uses nonce and stakes of one block, so that its drafts conflict', async () => {
    const { treasury, agents } = await open(newAgents(1, VVV))
    const { address, ports, stateDir } = treasury
    const replica = await lab.sandbox.chain.openEndpoint(replicaBehind({ blocks: 1 }))
    const behind = createChain({ rpcUrls: [replica.url], clock: systemClock })
    expect(await sponsor({ ports, chainId: 8453, stateDir, agents })).toMatchObject({ outcome: 'done' })
    const look = { address, agents, unproven: [], inFlight: 9, isFirst: false }
    expect(await ports.chain.surveyTreasury(look)).toMatchObject({ nonce: 2, short: 0 })
    // At that node the approve is mined and the stake is not.
    expect(await behind.surveyTreasury(look)).toMatchObject({ nonce: 1, short: 1, drafts: [{ nonce: 1 }] })
  })
})

describe('a report on stakes for others', () => {
  test('shows the sVVV of each beneficiary', async () => {
    const { treasury, survey, agents } = await open()
    const { chain, signer } = treasury.ports
    const made = []
    for (const draft of (await survey()).drafts) {
      made.push({ ...attempt(draft.purpose, draft.nonce), ...draft, ...(await signer.signTransaction(draft)) })
    }
    for (const one of made) await chain.broadcast(one)
    const report = await chain.report(treasury.address, made)
    expect(report.attempts.map(({ status }) => status)).toEqual(['mined', 'mined', 'mined', 'mined'])
    expect(report.beneficiaries).toEqual(
      Object.fromEntries(agents.map(({ address, amount }) => [address.toLowerCase(), amount])),
    )
  })
})
