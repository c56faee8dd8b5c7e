import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { MetricsFileError } from '../../src/errors/cli.ts'
import { onboard } from '../../src/index.ts'
import { openMetricsFile } from '../../src/telemetry/metrics-file.ts'
import { createPrometheusRegistry } from '../../src/telemetry/prometheus.ts'
import { useTestSandbox } from '../library/lab.ts'
import { isAt } from '../support/cli.ts'
import { MINT, newFolder, useSandbox } from '../support/sandbox.ts'
import { type Exposition, parseExposition } from './exposition.ts'

const lab = useSandbox()
const library = useTestSandbox()

const metricsIn = (cwd: string): Exposition => parseExposition(readFileSync(join(cwd, 'run.prom'), 'utf8'))

/** The value of the only series with this name and these labels. */
function sampleOf({ samples }: Exposition, name: string, labels: Record<string, string> = {}): number | undefined {
  const found = samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([label, is]) => sample.labels[label] === is),
  )
  expect(found.length).toBeLessThan(2)
  return found.at(0)?.value
}

describe('--metrics-file', () => {
  test('contains what the run did, in Prometheus’ format', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'reply', status: 503, body: {} })
    const { code } = await journey.run(['--metrics-file', 'run.prom'])
    expect(code).toBe(0)
    const metrics = metricsIn(journey.cwd)
    expect(metrics.types).toEqual({
      venice_onboard_running: 'gauge',
      venice_onboard_state: 'gauge',
      venice_onboard_last_event_timestamp_seconds: 'gauge',
      venice_onboard_transitions_total: 'counter',
      venice_onboard_transactions_total: 'counter',
      venice_onboard_failures_total: 'counter',
      venice_onboard_retries_total: 'counter',
      venice_onboard_effect_duration_seconds: 'histogram',
    })
    expect(new Set(metrics.samples.map(({ labels }) => labels.address))).toEqual(new Set([journey.address]))
    const code503 = { effect: 'mintKey', code: 'venice/mint-outcome-unknown' }
    expect(sampleOf(metrics, 'venice_onboard_failures_total', code503)).toBe(1)
    expect(sampleOf(metrics, 'venice_onboard_retries_total')).toBe(1)
    for (const purpose of ['approve', 'stake']) {
      expect(sampleOf(metrics, 'venice_onboard_transactions_total', { purpose, status: 'mined' })).toBe(1)
    }
    const watched = { effect: 'watchTransactions', outcome: 'done' }
    expect(sampleOf(metrics, 'venice_onboard_effect_duration_seconds_count', watched)).toBe(1)
    expect(sampleOf(metrics, 'venice_onboard_state', { state: 'unfunded' })).toBe(1)
    expect(sampleOf(metrics, 'venice_onboard_running')).toBe(0)
    expect((statSync(join(journey.cwd, 'run.prom')).mode & 0o777).toString(8)).toBe('644')
    expect(readdirSync(journey.cwd).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('is complete at every moment, and shows that a run is in progress', async () => {
    const journey = await lab.begin()
    lab.fault(MINT, { kind: 'delay', ms: 500 })
    const running = journey.start(['--metrics-file', 'run.prom'])
    await running.event(isAt('sign.sign'))
    const metrics = metricsIn(journey.cwd)
    expect(sampleOf(metrics, 'venice_onboard_running')).toBe(1)
    await running.done
  })

  test.each<[string, (path: string) => void]>([
    ['in a missing folder', () => {}],
    ['that is a folder', (path) => mkdirSync(path, { recursive: true })],
    ['that is a link', (path) => mkdirSync(join(path, '..')) ?? symlinkSync('/dev/null', path)],
  ])('at a path %s ends the command before anything is done', async (_, make) => {
    const journey = await lab.begin()
    make(join(journey.cwd, 'metrics', 'run.prom'))
    const { code, json } = await journey.run(['--metrics-file', 'metrics/run.prom'])
    expect([code, json.failure?.code]).toEqual([78, 'cli/metrics-file'])
    expect((await journey.onChain()).transactions).toBe(0)
  })
})

describe('a metrics file that can no longer be written', () => {
  test('is reported once, and the run continues', async () => {
    const { wallet, folder, options } = await library.begin()
    const gone = join(folder, 'metrics')
    mkdirSync(gone)
    const failures: MetricsFileError[] = []
    const observe = openMetricsFile(join(gone, 'run.prom'), {
      address: wallet.address,
      onFailure: (error) => void failures.push(error),
    })
    rmSync(gone, { recursive: true })
    const result = await onboard({ ...options, signer: wallet.privateKey, onEvent: observe })
    expect(result.outcome).toBe('unfunded')
    expect(failures.map(({ code }) => code)).toEqual(['cli/metrics-file'])
  })
})

describe('a label', () => {
  test.each(['"quoted"', 'back\\slash', 'two\nlines', '\\n', '\\"', 'ünï{code},=}'])(
    'of %j reads back unchanged',
    (value) => {
      const registry = createPrometheusRegistry({ address: value })
      registry.count('transitions', { state: value })
      const { samples } = parseExposition(registry.text())
      expect(samples.map(({ labels }) => labels)).toEqual([{ address: value, state: value }])
    },
  )
})

describe('an existing metrics file', () => {
  test('is replaced at once, so that the last run is not read as this one', async () => {
    const path = join(newFolder(), 'run.prom')
    const about = { address: '0x0', onFailure: () => {} }
    const observe = openMetricsFile(path, about)
    observe({
      type: 'stopped',
      schemaVersion: 1,
      at: '2026-01-01T00:00:00Z',
      runId: 'r',
      revision: 1,
      state: 'failed',
      why: 'done',
      code: null,
    })
    expect(parseExposition(readFileSync(path, 'utf8')).samples).toHaveLength(3)
    openMetricsFile(path, about)
    expect(parseExposition(readFileSync(path, 'utf8')).samples.map(({ name, value }) => [name, value])).toEqual([
      ['venice_onboard_running', 0],
    ])
  })
})
