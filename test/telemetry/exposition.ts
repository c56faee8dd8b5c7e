/** One series in Prometheus's text format. */
interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

export interface Exposition {
  samples: Sample[]
  types: Record<string, string>
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const COMMENT = new RegExp(`^# (?<kind>HELP|TYPE) (?<name>${NAME}) (?<rest>.+)$`)
const SAMPLE = new RegExp(`^(?<name>${NAME})(?:\\{(?<labels>.*)\\})? (?<value>\\S+)$`)
const LABEL = /(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y
const ESCAPES: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

/**
 * Parses a text strictly by the specification, although collectors accept more: every family has HELP, then TYPE,
 * then its series together; no series appears twice; histogram buckets rise, and end at the count.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format (checked 2026-11-23)
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.')
  const samples: Sample[] = []
  const types: Record<string, string> = {}
  let help: string | null = null
  let family: string | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    const { kind, name = '', rest = '' } = COMMENT.exec(line)?.groups ?? {}
    if (kind === 'HELP') {
      if (name in types) throw new Error(`${name} is there twice.`)
      help = name
    } else if (kind === 'TYPE') {
      if (name !== help) throw new Error(`${name} has no HELP before its TYPE.`)
      types[name] = rest
      family = name
    } else samples.push(sampleIn(line, { family, type: types[family ?? ''] }))
  }
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]))
  if (new Set(keys).size !== keys.length) throw new Error('A series is there twice.')
  for (const [name, type] of Object.entries(types)) if (type === 'histogram') checkHistogram(name, samples)
  return { samples, types }
}

function sampleIn(line: string, { family, type }: { family: string | null; type: string | undefined }): Sample {
  const { name, labels = '', value = '' } = SAMPLE.exec(line)?.groups ?? {}
  if (name === undefined) throw new Error(`This is no line of the format: ${line}`)
  const endings = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  if (!endings.some((ending) => name === `${family}${ending}`))
    throw new Error(`${name} is not of the family ${family}.`)
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`The counter ${name} is not called a total.`)
  if (!Number.isFinite(Number(value))) throw new Error(`${value} is no number.`)
  return { name, labels: labelsIn(labels), value: Number(value) }
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  let end = 0
  for (let found = LABEL.exec(text); found !== null; found = LABEL.exec(text)) {
    const { name = '', value = '' } = found.groups ?? {}
    labels[name] = value.replace(/\\["\\n]/g, (escaped) => ESCAPES[escaped] ?? escaped)
    end = LABEL.lastIndex
  }
  if (end !== text.length) throw new Error(`These are no labels: ${text}`)
  return labels
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const of = (ending: string) => samples.filter((sample) => sample.name === `${name}${ending}`)
  for (const { labels, value } of of('_count')) {
    const isOfIt = (sample: Sample) => Object.entries(labels).every(([label, is]) => sample.labels[label] === is)
    const buckets = of('_bucket').filter(isOfIt)
    const values = buckets.map((bucket) => bucket.value)
    if (buckets.at(-1)?.labels.le !== '+Inf' || values.at(-1) !== value)
      throw new Error(`${name} does not end in +Inf.`)
    if (values.some((count, index) => count < (values[index - 1] ?? 0))) throw new Error(`${name} does not rise.`)
    if (of('_sum').filter(isOfIt).length !== 1) throw new Error(`${name} has no sum.`)
  }
}
