import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createOutput } from '../../src/cli/output.ts'
import { resultText } from '../../src/cli/result-text.ts'
import { withCommand } from '../../src/cli/told.ts'
import type { OnboardingError } from '../../src/errors/base.ts'
import { ApprovalNeededError, ConfirmationNeededError } from '../../src/errors/policy.ts'
import { type RunOptions, runOnboarding } from '../../src/operations/run-onboarding.ts'
import { fakeWorld, type WorldOptions } from '../support/world.ts'

// Regression: issue 18, number 9 — after a declined payment "Nothing was signed." stood under two mined transactions.
const chainId = 5_000_000 + process.pid
const throwing = (error: OnboardingError) => async () => {
  throw error
}

async function run(options: WorldOptions, settings: NonNullable<RunOptions['settings']>) {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const wanted = { fund: { way: 'x402', amount: '5000000' } } as const
  const result = await runOnboarding({ ports: fakeWorld(options).ports, chainId, stateDir, wanted, settings })
  const context = { env: {}, stdout: process.stdout, stderr: process.stderr, stdin: process.stdin }
  const output = createOutput({ color: false, input: false }, context as never, 'venice-onboard run')
  return { result, text: resultText(withCommand(result, output.command), output, { isSandbox: false }) }
}

it.each<[string, string, WorldOptions, NonNullable<RunOptions['settings']>]>([
  ['was declined', 'policy/payment-declined', {}, { approvePayment: async () => false }],
  [
    'nobody could approve',
    'policy/confirmation-needed',
    {},
    { approvePayment: throwing(new ConfirmationNeededError()) },
  ],
  [
    'the host has not approved',
    'policy/approval-needed',
    {},
    { approvePayment: throwing(new ApprovalNeededError('The payment', 'Ask the host.')) },
  ],
  ['asks for another asset', 'x402/terms-refused', { terms: () => ({ asset: `0x${'1'.repeat(40)}` }) }, {}],
])('a payment that %s does not undo the report of the stake', async (_, code, options, settings) => {
  const { result, text } = await run(options, settings)
  expect(result).toMatchObject({ outcome: 'failed', failure: { code }, payments: [] })
  expect(result.transactions.map(({ status }) => status)).toEqual(['mined', 'mined'])
  const told = [text, result.failure?.message, result.failure?.hint, result.nextAction?.reason].join('\n')
  expect(told).not.toContain('Nothing was signed')
  expect(told).toMatch(/Nothing more was signed|No USDC was paid/)
})

it('a plan declined before anything was signed is reported so', async () => {
  const { result, text } = await run({}, { approve: async () => false })
  expect(result.transactions).toEqual([])
  expect(text).toContain('Nothing was signed.')
})
