import { describe, expect, test } from 'vitest'
import { type Logger, onboard } from '../../src/index.ts'
import { CHALLENGE } from '../support/sandbox.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

/** Like most loggers, its methods need `this`. */
class ListLogger implements Logger {
  readonly lines: [level: string, line: string][] = []
  debug(line: string) {
    this.lines.push(['debug', line])
  }
  info(line: string) {
    this.lines.push(['info', line])
  }
  warn(line: string) {
    this.lines.push(['warn', line])
  }
  error(line: string) {
    this.lines.push(['error', line])
  }
  at = (wanted: string) => this.lines.flatMap(([level, line]) => (level === wanted ? [line] : []))
}

describe('a logger', () => {
  test('receives every step, every retried failure, and the end', async () => {
    const { wallet, options } = await lab.begin()
    lab.sandbox.fault({ on: CHALLENGE, effect: { kind: 'reply', status: 503, body: {} } })
    const logger = new ListLogger()
    const { runId } = await onboard({ ...options, signer: wallet.privateKey, logger })
    expect(logger.at('info').at(0)).toBe(`venice-onboard: run ${runId} step 1: checkBalance.read`)
    expect(logger.at('info').at(-1)).toBe(`venice-onboard: run ${runId} has ended in unfunded`)
    expect(logger.at('warn')).toEqual([
      expect.stringMatching(/step \d+: checkBalance\.\w+, because: .+ \[venice\/unavailable\]$/),
    ])
    expect(logger.at('debug')).toContain('venice-onboard: mintKey waits for venice')
    expect(logger.at('error')).toEqual([])
  })

  test('receives the failure of a run as an error', async () => {
    const { wallet, options } = await lab.begin()
    const logger = new ListLogger()
    const { runId } = await onboard({ ...options, signer: wallet.privateKey, logger, budget: { maxVvv: '0.5' } })
    expect(logger.at('error')).toEqual([`venice-onboard: run ${runId} has ended in failed [policy/budget-exceeded]`])
  })
})
