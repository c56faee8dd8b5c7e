import { z } from 'zod'

const span = z.strictObject({
  ph: z.literal('X'),
  pid: z.literal(1),
  tid: z.int(),
  name: z.string(),
  cat: z.string(),
  ts: z.int().min(0),
  dur: z.int().min(0),
  args: z.record(z.string(), z.union([z.string(), z.number()])),
})
const row = z.strictObject({
  ph: z.literal('M'),
  pid: z.literal(1),
  tid: z.int(),
  name: z.enum(['thread_name', 'thread_sort_index']),
  args: z.union([z.strictObject({ name: z.string() }), z.strictObject({ sort_index: z.int() })]),
})
const trace = z.strictObject({
  displayTimeUnit: z.literal('ms'),
  traceEvents: z.array(z.discriminatedUnion('ph', [span, row])),
})

/** A rectangle of the time line. Times in microseconds since the process began. */
export type Drawn = Omit<z.infer<typeof span>, 'ph' | 'pid' | 'cat'> & { lane: string }

/** The spans of a trace in the trace event format, limited to the fields that we write. */
export const parseTrace = (text: string): Drawn[] =>
  trace
    .parse(JSON.parse(text))
    .traceEvents.flatMap((event) => (event.ph === 'X' ? [{ ...event, lane: event.cat }] : []))
