import { parseEther } from 'viem'
import { describe, expect, test } from 'vitest'
import { BATCH_DELEGATE } from '../../src/sandbox/contracts/deploy.ts'
import { DIEM_FUNDS, diemOf, TENTH } from '../support/diem-actions.ts'
import { useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

describe('an account whose delegated code can batch calls', () => {
  test('approves and stakes in one transaction', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    const run = await journey.run()
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject([{ purpose: 'stake', nonce: 0, status: 'mined', along: ['approve'] }])
    expect(run.json.skipped).toMatchObject([{ stage: 'approve' }])
    expect(await journey.onChain()).toEqual({ transactions: 1, allowance: 0n, sVvv: parseEther('1') })
    expect(journey.keys()).toHaveLength(1)
  })

  test('locks for DIEM and stakes it in one transaction', async () => {
    const journey = await lab.begin(DIEM_FUNDS)
    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    const run = await journey.run(['--fund', 'diem:0.1'])
    expect(run.code).toBe(0)
    expect(run.json.transactions).toMatchObject([
      { purpose: 'stake', along: ['approve'] },
      { purpose: 'stake', along: ['approve'] },
      { purpose: 'mintDiem', status: 'mined', along: ['stakeDiem'] },
    ])
    expect((await diemOf(lab.sandbox, journey.address)).staked).toBe(TENTH)
    expect((await journey.onChain()).transactions).toBe(3)
  })

  test('is shown that transaction before it signs, and approves it by its digest', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    const { json } = await journey.command(['plan', '--json'])
    expect(json).toMatchObject({
      plan: { delegate: BATCH_DELEGATE, transactions: [{ purpose: 'stake', along: [{ purpose: 'approve' }] }] },
    })
    const { stdout } = await journey.command(['plan'])
    expect(stdout).toContain(`delegates to ${BATCH_DELEGATE}`)
    expect(stdout).toContain('approve and stake')
    const run = await journey.run(['--plan-digest', String((json as { planDigest?: string }).planDigest)])
    expect(run.code).toBe(0)
    expect((await journey.onChain()).transactions).toBe(1)
  })

  test('is recognised by doctor', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setDelegation(journey.address, BATCH_DELEGATE)
    const { stdout } = await journey.command(['doctor'])
    expect(stdout).toContain(`delegates to ${BATCH_DELEGATE}`)
  })
})
