import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { withRecord } from '../../src/operations/amend.ts'
import { revokeAllowance } from '../../src/operations/revoke-allowance.ts'
import { runOnboarding } from '../../src/operations/run-onboarding.ts'
import type { NonceUse } from '../../src/ports/chain.ts'
import { ADDRESS, attempt, draft, VVV } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

/** This process's own chain id, so that its locks do not conflict with others. */
const chainId = 4_000_000 + process.pid

/** A wallet that has staked its whole budget, after an earlier stake of the run lost its nonce to `user`. */
async function stakedAfterLoss(user: NonceUse | null) {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const { ports, clock, counts } = fakeWorld()
  await runOnboarding({ ports, chainId, stateDir })
  const lost = attempt('stake', 6, { status: 'superseded' })
  await withRecord({ stateDir, chainId, address: ADDRESS, clock }, (held) =>
    held.amend('test', (record) => ({ ...record, attempts: [lost, ...record.attempts] })),
  )
  const signedBefore = counts.transactions
  const revocation = async () => ({
    allowance: VVV,
    eth: VVV,
    draft: draft('revoke', 9, { amount: '0', expected: '0' }),
  })
  const chain = { ...ports.chain, revocation, usedBy: async () => user }
  return {
    signed: () => counts.transactions - signedBefore,
    // The run is paused once the revocation is recorded.
    revoke: () =>
      revokeAllowance({
        ports: { ...ports, chain },
        chainId,
        stateDir,
        settings: { budget: { maxVvv: VVV } },
        signal: AbortSignal.abort(),
      }),
  }
}

it('revokes within the budget once a final block shows what used the nonce of an earlier stake', async () => {
  const world = await stakedAfterLoss({ hash: `0x${'f0'.repeat(32)}`, isFinal: true, isReverted: false })
  const revoked = await world.revoke()
  expect(revoked.status).toBe('paused')
  expect(revoked.attempts.map(({ purpose, nonce }) => [purpose, nonce])).toEqual([['revoke', 9]])
  expect(world.signed()).toBe(1)
})

it('signs no revocation while the earlier stake may still be mined on top of the budget', async () => {
  const world = await stakedAfterLoss(null)
  await expect(world.revoke()).rejects.toMatchObject({ code: 'policy/signed-bytes-alive' })
  expect(world.signed()).toBe(0)
})
