import { replaceFile } from '../adapters/atomic-file.ts'
import type { RunEvent } from '../driver/events.ts'
import { MetricsFileError } from '../errors/cli.ts'
import { measure } from './metrics.ts'
import { createPrometheusRegistry } from './prometheus.ts'
import { createStepReader } from './steps.ts'

/** A collector of another user reads it, and nothing in it is a secret. */
const READABLE_MODE = 0o644

/**
 * Keeps the metrics of a run in a file for the textfile collector of node_exporter. Counters begin at 0 with each process,
 * as those of any process that is started again.
 *
 * Side effects: replaces `path` at once, whole, now and with every event but progress. A file that cannot be written later
 * stops nothing: `onFailure` is told once.
 *
 * @param path - absolute; what collects it wants a name that ends in `.prom`.
 * @param address - of the wallet: a label of every series, by which several files in one folder differ.
 * @returns to be given as `onEvent`.
 * @throws {MetricsFileError} it cannot be written now.
 */
export function openMetricsFile(
  path: string,
  { address, onFailure }: { address: string; onFailure: (error: MetricsFileError) => void },
): (event: RunEvent) => void {
  const registry = createPrometheusRegistry({ address })
  const read = createStepReader()
  let hasFailed = false

  function write(): void {
    try {
      replaceFile(path, registry.text(), READABLE_MODE)
    } catch (cause) {
      throw new MetricsFileError({ path, cause })
    }
  }

  registry.set('running', 0)
  write()
  return (event) => {
    if (event.type === 'progress') return
    const step = read(event)
    if (step !== null) measure(step, registry)
    registry.set('running', event.type === 'stopped' ? 0 : 1)
    registry.set('state', 1, { state: event.type === 'transition' ? event.to : event.state })
    registry.set('last_event_timestamp_seconds', Date.parse(event.at) / 1000)
    try {
      write()
    } catch (error) {
      if (!(error instanceof MetricsFileError)) throw error
      if (!hasFailed) onFailure(error)
      hasFailed = true
    }
  }
}
