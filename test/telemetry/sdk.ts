import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { onTestFinished } from 'vitest'

export { AsyncLocalStorageContextManager }

/** A metric's value for each set of attributes; for a histogram, its count. */
type Points = { attributes: Record<string, unknown>; value: number }[]

/** The usual SDK, which keeps its exports in memory. */
export function useSdk() {
  const spans = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metrics })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(async () => {
    await tracerProvider.shutdown()
    await meterProvider.shutdown()
  })
  const collected = async () => {
    await reader.forceFlush()
    return (
      metrics
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
    )
  }
  return {
    tracerProvider,
    meterProvider,
    spans: () => spans.getFinishedSpans(),
    /** Spans of runs, in the order of their ends. */
    passes: () => spans.getFinishedSpans().filter(({ name }) => name === 'venice_onboard.run'),
    childrenOf: (parent: ReadableSpan) =>
      spans.getFinishedSpans().filter((span) => span.parentSpanContext?.spanId === parent.spanContext().spanId),
    async points(name: string): Promise<Points> {
      const found = (await collected()).find(({ descriptor }) => descriptor.name === name)
      return (found?.dataPoints ?? []).map(({ attributes, value }) => ({
        attributes,
        value: typeof value === 'number' ? value : value.count,
      }))
    },
    /** Everything that was exported, as text. */
    async exported(): Promise<string> {
      const readable = spans.getFinishedSpans().map(({ name, attributes, events, links, status, resource }) => ({
        name,
        attributes,
        events,
        links,
        status,
        resource: resource.attributes,
      }))
      return JSON.stringify([readable, await collected()])
    },
  }
}
