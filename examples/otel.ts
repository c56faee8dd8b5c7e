import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { onboard } from 'venice-onboard'
import { openTelemetry } from 'venice-onboard/otel'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

// Yours sends them on; with a provider that is registered, openTelemetry() is enough.
const spans = new InMemorySpanExporter()
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
const onEvent = openTelemetry({ tracerProvider })
await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env', onEvent })
console.log(spans.getFinishedSpans().at(-1)?.name)
