import {
  type Attributes,
  diag,
  isSpanContextValid,
  type Link,
  type MeterProvider,
  metrics,
  type Span,
  type SpanContext,
  SpanStatusCode,
  type TracerProvider,
  trace,
  context as tracing,
} from '@opentelemetry/api'
import { VERSION } from '../domain/version.ts'
import type { RunEvent, StoppedEvent } from '../driver/events.ts'
import { COUNTERS, type CounterName, EFFECT_DURATION, type Instruments, measure } from './metrics.ts'
import { fileSpanContexts, type SpanContexts } from './span-contexts.ts'
import { createStepReader, type EffectRun, type Step } from './steps.ts'

export interface OpenTelemetryOptions {
  /** Default: the global one. */
  tracerProvider?: TracerProvider
  /** Default: the global one; register it before. */
  meterProvider?: MeterProvider
  /** Where the span of each pass is remembered. Default: files under `.venice-onboard`; see `fileSpanContexts`. */
  contexts?: SpanContexts
}

const NAME = 'venice-onboard'
const PREFIX = 'venice_onboard'

/**
 * Traces and measures runs by the OpenTelemetry API. Give what it returns as `onEvent`; one observer serves any number of
 * runs. A span for each pass of a run through a process, under the span that is active there, with a link to the pass
 * before; a child of it for each effect; counters, and a histogram of how long effects took. Sends nothing anywhere:
 * that is up to the SDK of the host. Attributes are chosen field by field, and none can hold a secret.
 *
 * Side effects: those of `contexts`, at the beginning of each pass. Never throws; what goes wrong is told to `diag`.
 */
export function openTelemetry({
  tracerProvider,
  meterProvider,
  contexts = fileSpanContexts(),
}: OpenTelemetryOptions = {}): (event: RunEvent) => void {
  const tracer = (tracerProvider ?? trace).getTracer(NAME, VERSION)
  const instruments = instrumentsOf(meterProvider)
  const read = createStepReader()
  const passes = new Map<string, Span>()

  function begin(runId: string, at: string): Span {
    const links = linksTo(quietly(() => contexts.load(runId)) ?? null)
    const attributes = { [`${PREFIX}.run.id`]: runId }
    const span = tracer.startSpan(`${PREFIX}.run`, { startTime: new Date(at), links, attributes })
    passes.set(runId, span)
    const context = span.spanContext()
    // Before the process can be killed. Without an SDK there is no span to remember.
    if (isSpanContextValid(context)) quietly(() => contexts.save(runId, traceparentOf(context)))
    return span
  }

  return (event) => {
    if (event.type === 'progress') return
    const step = read(event)
    if (event.type === 'stopped') {
      const span = passes.get(event.runId)
      passes.delete(event.runId)
      if (span !== undefined) endPass(span, event)
      return
    }
    const pass = passes.get(event.runId) ?? begin(event.runId, event.at)
    if (step === null) return
    pass.setAttribute(`${PREFIX}.pass`, step.pass)
    if (step.effect !== null) {
      const { effect, startedAt, endedAt, failure } = step.effect
      const options = { startTime: new Date(startedAt), attributes: attributesOf(step, step.effect) }
      const span = tracer.startSpan(`${PREFIX}.${effect}`, options, trace.setSpan(tracing.active(), pass))
      if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
      span.end(new Date(endedAt))
    }
    measure(step, instruments)
  }
}

const attributesOf = ({ revision, to }: Step, { effect, state, failure, counters }: EffectRun): Attributes => ({
  [`${PREFIX}.effect`]: effect,
  [`${PREFIX}.state`]: state,
  [`${PREFIX}.next_state`]: to,
  [`${PREFIX}.revision`]: revision,
  [`${PREFIX}.outcome`]: failure === null ? 'done' : 'error',
  ...(failure !== null && { 'error.type': failure }),
  ...Object.fromEntries(Object.entries(counters).map(([name, count]) => [`${PREFIX}.counters.${name}`, count])),
})

function endPass(span: Span, { at, state, why, code }: StoppedEvent): void {
  span.setAttribute(`${PREFIX}.state`, state)
  span.setAttribute(`${PREFIX}.outcome`, why === 'done' ? state : why)
  if (code !== null) {
    span.setAttribute('error.type', code)
    span.setStatus({ code: SpanStatusCode.ERROR, message: code })
  }
  span.end(new Date(at))
}

function instrumentsOf(meterProvider: MeterProvider | undefined): Instruments {
  const meter = (meterProvider ?? metrics).getMeter(NAME, VERSION)
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, about]) => [name, meter.createCounter(`${PREFIX}.${name}`, about)]),
  )
  const duration = meter.createHistogram(`${PREFIX}.effect.duration`, {
    description: EFFECT_DURATION.description,
    unit: 's',
    advice: { explicitBucketBoundaries: EFFECT_DURATION.buckets },
  })
  return {
    count: (name: CounterName, labels) => counters.get(name)?.add(1, labels),
    took: (seconds, labels) => duration.record(seconds, labels),
  }
}

/** @see https://www.w3.org/TR/trace-context/#traceparent-header (checked 2026-11-23) */
const TRACEPARENT = /^00-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/

const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`

function linksTo(traceparent: string | null): Link[] {
  const { traceId, spanId, flags } = TRACEPARENT.exec(traceparent ?? '')?.groups ?? {}
  if (traceId === undefined || spanId === undefined || flags === undefined) return []
  return [{ context: { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true } }]
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    diag.warn('venice-onboard: the span of a run could not be remembered', error)
    return undefined
  }
}
