export { type OpenTelemetryOptions, openTelemetry } from './telemetry/otel.ts'
export { fileSpanContexts, type SpanContexts } from './telemetry/span-contexts.ts'
