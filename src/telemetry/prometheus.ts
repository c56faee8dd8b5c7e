import { COUNTERS, type CounterName, EFFECT_DURATION, type Instruments, type Labels } from './metrics.ts'

/** Measurements of this process, as Prometheus's text format has them. */
export interface PrometheusRegistry extends Instruments {
  /** A value that goes up and down; with other labels than before, it takes the place of the one before. */
  set(name: GaugeName, value: number, labels?: Labels): void
  text(): string
}

const GAUGES = {
  running: '1 while a process is at work on the run, else 0.',
  state: '1, with the state that is recorded as its label.',
  last_event_timestamp_seconds: 'When the run was last heard of, in seconds since the epoch.',
} as const
type GaugeName = keyof typeof GAUGES

const PREFIX = 'venice_onboard'

interface Histogram {
  labels: Labels
  counts: number[]
  sum: number
  count: number
}

/**
 * Collects, and writes nothing.
 *
 * @param common - labels of every series, by which files of several wallets in one folder differ.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format (checked 2026-11-23)
 */
export function createPrometheusRegistry(common: Labels): PrometheusRegistry {
  const counters = new Map<CounterName, Map<string, number>>()
  const gauges = new Map<GaugeName, string>()
  const durations = new Map<string, Histogram>()
  const { buckets } = EFFECT_DURATION
  const labelled = (labels: Labels) => labelsText({ ...common, ...labels })

  function histogramLines(name: string): string[] {
    return [...durations.values()].flatMap(({ labels, counts, sum, count }) => [
      ...buckets.map((le, index) => `${name}_bucket${labelled({ ...labels, le: String(le) })} ${counts[index]}`),
      `${name}_bucket${labelled({ ...labels, le: '+Inf' })} ${count}`,
      `${name}_sum${labelled(labels)} ${sum}`,
      `${name}_count${labelled(labels)} ${count}`,
    ])
  }

  return {
    count(name, labels) {
      const series = counters.get(name) ?? new Map<string, number>()
      counters.set(name, series)
      const key = labelled(labels)
      series.set(key, (series.get(key) ?? 0) + 1)
    },
    took(seconds, labels) {
      const key = labelled(labels)
      const seen = durations.get(key) ?? { labels, counts: buckets.map(() => 0), sum: 0, count: 0 }
      const counts = seen.counts.map((count, index) => count + (seconds <= (buckets[index] ?? 0) ? 1 : 0))
      durations.set(key, { labels, counts, sum: seen.sum + seconds, count: seen.count + 1 })
    },
    set(name, value, labels = {}) {
      gauges.set(name, `${labelled(labels)} ${value}`)
    },
    text() {
      const duration = `${PREFIX}_effect_duration_seconds`
      const families = [
        ...[...gauges].map(([name, series]) =>
          family({ name: `${PREFIX}_${name}`, type: 'gauge', help: GAUGES[name] }, [`${PREFIX}_${name}${series}`]),
        ),
        ...[...counters].map(([counter, series]) => {
          const name = `${PREFIX}_${counter}_total`
          const lines = [...series].map(([labels, count]) => `${name}${labels} ${count}`)
          return family({ name, type: 'counter', help: COUNTERS[counter].description }, lines)
        }),
        family({ name: duration, type: 'histogram', help: EFFECT_DURATION.description }, histogramLines(duration)),
      ]
      return families.join('')
    },
  }
}

const family = (
  { name, type, help }: { name: string; type: string; help: string },
  lines: readonly string[],
): string =>
  lines.length === 0 ? '' : `${[`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n')}\n`

const labelsText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
