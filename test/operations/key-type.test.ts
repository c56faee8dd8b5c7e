import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runOnboarding } from '../../src/operations/run-onboarding.ts'
import { fakeWorld } from '../support/world.ts'

it('a key of another type than requested is stored, and reported', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const world = fakeWorld()
  const { venice } = world.ports
  const { mint } = venice
  venice.mint = async (request) => ({ ...(await mint(request)), type: 'ADMIN' })
  const result = await runOnboarding({ ports: world.ports, chainId: 7_000_000 + process.pid, stateDir })
  expect(result.key).toMatchObject({ type: 'ADMIN', isAsAsked: false })
  expect(world.held).not.toBeNull()
  expect(result.warnings.join(' ')).toContain('was asked for with type INFERENCE; Venice stores ADMIN.')
})
