import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRun, createTools, onboard, type SignatureRequest } from '../../src/index.ts'
import { fileSpanContexts, openTelemetry } from '../../src/otel.ts'
import { openMetricsFile } from '../../src/telemetry/metrics-file.ts'
import { type Place, useTestSandbox } from '../library/lab.ts'
import { leaksIn } from '../support/leaks.ts'
import { type Exchange, type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { useSdk } from '../telemetry/sdk.ts'
import { useAgents } from './lab.ts'
import { connect } from './mcp-client.ts'

const agents = useAgents()
const lab = useTestSandbox()

/** Every secret of the run, by kind. */
function secretsOf({ wallet }: Place, { exchanges }: RecordingProxy): Map<string, string> {
  const secrets = new Map([['private key', wallet.privateKey.slice(2)]])
  const add = (name: string, value: unknown) => {
    if (typeof value === 'string' && value !== '') secrets.set(`${name} ${secrets.size}`, value)
  }
  for (const { method, path, sent, received, authorization } of exchanges) {
    add('API key', authorization.replace('Bearer ', ''))
    if (!path.includes('/generate_web3_key')) continue
    const { apiKey, token, nonce } = dataOf(received)
    add('API key', apiKey)
    add('challenge', token)
    add('nonce of a message', nonce)
    if (method === 'POST') add('signature', /"signature":"0x([0-9a-f]+)"/.exec(sent)?.[1])
  }
  return secrets
}

function dataOf(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) as { data?: Record<string, unknown> }).data ?? {}
  } catch {
    return {}
  }
}

const kindsOf = (secrets: Map<string, string>): string[] =>
  [...new Set([...secrets.keys()].map((name) => name.replace(/ \d+$/, '')))].sort()

/** Errors that quote the request, before and after a mint. */
const TROUBLES: [string, (exchange: Exchange) => boolean][] = [
  ['everything succeeds', () => false],
  ['a mint error quotes the whole request', ({ method }) => method === 'POST'],
  ['an error after the mint quotes the key', ({ path }) => path.includes('rate_limits')],
]

type CallTool = (name: string, args?: object) => Promise<unknown>

/** Calls every tool before, during and after a run, and returns all answers. */
async function useAll(call: CallTool, proxy: RecordingProxy, quotes: (exchange: Exchange) => boolean): Promise<string> {
  const said: unknown[] = []
  const note = async (name: string, args?: object) => {
    const answer = await call(name, args)
    said.push(answer)
    return answer as { data: Record<string, unknown> | null }
  }
  const settle = async () => {
    while ((await note('venice_status', { waitSeconds: 20 })).data?.phase === 'running');
  }
  await note('venice_doctor')
  await note('venice_status')
  proxy.quote(quotes)
  const { data } = await note('venice_plan')
  await note('venice_start', { planDigest: data?.planDigest })
  await settle()
  await note('venice_doctor')
  proxy.quote(() => false)
  await note('venice_resume', { planDigest: (await note('venice_plan')).data?.planDigest })
  await settle()
  await note('venice_keys_list', { withAdminKey: true })
  await note('venice_keys_rotate', { withAdminKey: true, confirm: true })
  await settle()
  await note('venice_fund_options')
  await note('venice_keys_revoke', { key: 'VENICE_INFERENCE_KEY_canary', withAdminKey: true, confirm: true })
  return JSON.stringify(said)
}

describe.each(TROUBLES)('no secret leaves when %s', (_, quotes) => {
  test('through tools, their progress, or files', async () => {
    const place = await agents.begin()
    const proxy = await startRecordingProxy(place.options.network.apiUrl)
    const network = { ...place.options.network, apiUrl: proxy.url }
    const agent = agents.again(place, { network })
    const progress: string[] = []
    const call: CallTool = (name, args) => agent.call(name, args, { onProgress: (message) => progress.push(message) })
    const answers = await useAll(call, proxy, quotes)
    const secrets = secretsOf(place, proxy)
    expect(kindsOf(secrets)).toEqual(['API key', 'challenge', 'private key', 'signature'])
    expect(leaksIn(place.folder, { answers, progress: progress.join('\n') }, secrets)).toEqual([])
  })

  test('through MCP, on the wire or on stderr', async () => {
    const place = await lab.begin()
    const proxy = await startRecordingProxy(place.options.network.apiUrl)
    const { rpcUrl } = place.options.network
    const wire: unknown[] = []
    const agent = await connect({
      cwd: place.folder,
      env: { WALLET_PRIVATE_KEY: place.wallet.privateKey },
      words: [
        ...['--network', 'base', '--rpc-url', rpcUrl, '--api-url', proxy.url, '-v'],
        ...['--max-vvv', '5', '--max-gas-eth', '0.01', '--yes', '--allow-admin-keys'],
      ],
      onMessage: (message) => void wire.push(message),
    })
    const call: CallTool = (name, args) => agent.call(name, args, { onprogress: () => {} })
    const answers = await useAll(call, proxy, quotes)
    await agent.close()
    const texts = { answers, wire: JSON.stringify(wire), stderr: agent.stderr() }
    expect(wire.length).toBeGreaterThan(10)
    expect(leaksIn(place.folder, texts, secretsOf(place, proxy))).toEqual([])
  })
})

test.each(['jwt', 'siwe'] as const)('no secret is in an event, a result or an approval request (%s)', async (form) => {
  lab.sandbox.setChallenge(form)
  const place = await lab.begin()
  const proxy = await startRecordingProxy(place.options.network.apiUrl)
  const network = { ...place.options.network, apiUrl: proxy.url }
  const shown: SignatureRequest[] = []
  const run = await createRun({
    ...place.options,
    network,
    signer: place.wallet.privateKey,
    approve: (request) => shown.push(request) > 0,
  })
  const events: unknown[] = []
  for await (const event of run.events) events.push(event)
  const result = await run.result
  lab.sandbox.setChallenge('jwt')
  const secrets = secretsOf(place, proxy)
  expect(kindsOf(secrets)).toContain(form === 'jwt' ? 'challenge' : 'nonce of a message')
  const texts = {
    events: JSON.stringify(events),
    result: JSON.stringify([result, run.status()]),
    shown: JSON.stringify(shown),
  }
  expect(leaksIn(place.folder, texts, secrets)).toEqual([])
})

test.each(TROUBLES)('no secret is in a trace, a metric or a log when %s', async (_, quotes) => {
  const place = await lab.begin()
  const proxy = await startRecordingProxy(place.options.network.apiUrl)
  proxy.quote(quotes)
  const { tracerProvider, meterProvider, exported } = useSdk()
  const trace = openTelemetry({ tracerProvider, meterProvider, contexts: fileSpanContexts(place.folder) })
  const { address } = place.wallet
  const measure = openMetricsFile(join(place.folder, 'run.prom'), {
    address,
    onFailure: ({ message }) => expect.unreachable(message),
  })
  const log: string[] = []
  const add = (line: string) => void log.push(line)
  await onboard({
    ...place.options,
    network: { ...place.options.network, apiUrl: proxy.url },
    signer: place.wallet.privateKey,
    logger: { debug: add, info: add, warn: add, error: add },
    onEvent(event) {
      trace(event)
      measure(event)
    },
  })
  const secrets = secretsOf(place, proxy)
  expect(kindsOf(secrets)).toContain('signature')
  const texts = { exported: await exported(), log: log.join('\n') }
  for (const text of Object.values(texts)) expect(text.length).toBeGreaterThan(1_000)
  expect(leaksIn(place.folder, texts, secrets)).toEqual([])
})

test('no error shows a key that a tool received', async () => {
  const place = await lab.begin()
  const signer = `${place.wallet.privateKey}00`
  const { tools } = createTools({ ...place.options, signer, autoApprove: true })
  const answers = await Promise.all(tools.map(({ execute }) => execute({})))
  expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => false))
  expect(JSON.stringify(answers)).not.toContain(place.wallet.privateKey.slice(2, 40))
})
