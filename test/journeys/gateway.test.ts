import { readFileSync, statSync } from 'node:fs'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { type CliJson, startCli } from '../support/cli.ts'
import { UNLIMITED, usdcOf, WITH_USDC } from '../support/payments.ts'
import { type Journey, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox(UNLIMITED)
const PROMPT = 'a prompt that nobody may log'

/** The command, once it serves. */
async function serve(journey: Journey, words: readonly string[], env: Record<string, string> = {}) {
  const { rpcUrl, apiUrl } = lab.sandbox
  const base = ['gateway', '--network', 'base', '--rpc-url', rpcUrl, '--api-url', apiUrl, ...words]
  const running = startCli(base, { cwd: journey.cwd, env: { WALLET_PRIVATE_KEY: journey.privateKey, ...env } })
  const serving = JSON.parse(await running.line((line) => line.startsWith('{'))) as CliJson
  const token = readFileSync(serving.tokenFile, 'utf8').trim()
  const client = new OpenAI({ apiKey: token, baseURL: serving.url, maxRetries: 0 })
  return { running, serving, token, client }
}

const ask = { model: 'qwen3-4b', messages: [{ role: 'user' as const, content: PROMPT }] }

describe('gateway', () => {
  test('prints its address, serves the official client as the wallet, refills once, and ends on SIGTERM', async () => {
    const journey = await lab.begin(WITH_USDC)
    expect((await journey.command(['run', '--yes', '--json'])).code).toBe(0)
    const refill = ['--refill-to', '5', '--refill-below', '1', '--max-usd', '5', '--max-usd-per-day', '5']
    const { running, serving, token, client } = await serve(journey, [...refill, '--json', '--verbose'])
    expect(serving).toEqual({
      schemaVersion: 1,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/),
      host: '127.0.0.1',
      port: expect.any(Number),
      tokenFile: expect.stringContaining(journey.cwd),
      address: journey.address,
      chainId: 8453,
      apiUrl: lab.sandbox.apiUrl,
      credential: 'wallet',
    })
    expect(statSync(serving.tokenFile).mode & 0o777).toBe(0o600)

    const answers = await Promise.all(Array.from({ length: 20 }, () => client.chat.completions.create(ask)))
    expect(new Set(answers.map(({ choices }) => choices[0]?.message.content))).toEqual(new Set([`You said: ${PROMPT}`]))
    let streamed = ''
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? ''
    expect(streamed).toBe(`You said: ${PROMPT}`)
    expect((await client.models.list()).data.length).toBeGreaterThan(1)
    expect((await client.embeddings.create({ model: 'text-embedding-bge-m3', input: 'a' })).data).toHaveLength(1)
    expect(await usdcOf(lab.sandbox, journey.address)).toBe(15_000_000n)

    const { code, stdout, stderr } = await running.kill('SIGTERM')
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toContain('POST /chat/completions 200 $')
    for (const secret of [PROMPT, token, journey.privateKey.slice(2), journey.storedKey() ?? 'none'])
      expect(stdout + stderr).not.toContain(secret)
  })

  test('refills once in the middle of 200 calls, streams and aborted ones among them, and loses none', async () => {
    const journey = await lab.begin({ usdc: 20_000_000n })
    lab.sandbox.venice.credit(journey.address, { x402: 1.0001 })
    const refill = ['--refill-to', '5', '--refill-below', '1', '--max-usd', '20']
    const { running, client } = await serve(journey, [...refill, '--ndjson'])
    const call = async (number: number): Promise<string> => {
      if (number % 2 === 1) return (await client.chat.completions.create(ask)).choices[0]?.message.content ?? ''
      let said = ''
      const stream = await client.chat.completions.create({ ...ask, stream: true })
      for await (const chunk of stream) {
        said += chunk.choices[0]?.delta.content ?? ''
        if (number % 10 === 0) return 'aborted'
      }
      return said
    }
    const said = await Promise.all(Array.from({ length: 200 }, (_, number) => call(number)))
    expect(new Set(said)).toEqual(new Set([`You said: ${PROMPT}`, 'aborted']))
    expect(await usdcOf(lab.sandbox, journey.address)).toBe(15_000_000n)
    const credit = () => lab.sandbox.venice.accountOf(journey.address).x402
    const left = credit()
    await call(201)
    // All calls cost the same. Some were sent again, because Venice had no room for them yet.
    expect(left).toBeCloseTo(6.0001 - 200 * (left - credit()), 9)
    expect((await running.kill('SIGTERM')).json).toMatchObject({ calls: 201, failed: 0, refills: 1 })
  })

  test('uses the stored key without the wallet’s key, and prints events as they happen', async () => {
    const journey = await lab.begin()
    expect((await journey.command(['run', '--yes', '--json'])).code).toBe(0)
    lab.sandbox.venice.credit(journey.address, { usd: 1 })
    const { running, serving, client } = await serve(journey, ['--credential', 'key', '--ndjson'], {
      WALLET_PRIVATE_KEY: '',
    })
    expect(serving).toMatchObject({ type: 'listening', credential: 'key', address: journey.address })
    expect((await client.chat.completions.create(ask)).choices).toHaveLength(1)
    const call = await running.line((line) => line.includes('"type":"call"'))
    expect(JSON.parse(call)).toMatchObject({ route: 'POST /chat/completions', status: 200, isWhole: true })
    expect(lab.sandbox.venice.accountOf(journey.address).usd).toBeLessThan(1)
    const { code, json } = await running.kill('SIGTERM')
    expect([code, json]).toMatchObject([0, { type: 'result', calls: 1, failed: 0, refills: 0 }])
  })

  test('needs no chain endpoint when it refills nothing', async () => {
    const journey = await lab.begin({})
    lab.sandbox.venice.credit(journey.address, { x402: 1 })
    const words = ['gateway', '--network', 'base', '--api-url', lab.sandbox.apiUrl, '--json']
    const running = startCli(words, { cwd: journey.cwd, env: { WALLET_PRIVATE_KEY: journey.privateKey } })
    const { url, tokenFile } = JSON.parse(await running.line((line) => line.startsWith('{'))) as CliJson
    const client = new OpenAI({ apiKey: readFileSync(tokenFile, 'utf8').trim(), baseURL: url, maxRetries: 0 })
    expect((await client.chat.completions.create(ask)).choices).toHaveLength(1)
    expect((await running.kill('SIGINT')).code).toBe(0)
  })

  test.each<[string, readonly string[], string, number]>([
    ['a refill without a budget', ['--refill-to', '5'], 'cli/missing-option', 78],
    ['a refill for an API key', ['--credential', 'key', '--refill-to', '5', '--max-usd', '5'], 'cli/usage', 2],
    ['a floor above the refill amount', ['--refill-to', '5', '--refill-below', '5', '--max-usd', '5'], 'cli/usage', 2],
    ['an API key without a run', ['--credential', 'key'], 'run/none', 2],
  ])('refuses %s before it serves', async (_, words, code, exit) => {
    const journey = await lab.begin()
    const run = await journey.command(['gateway', '--json', ...words])
    expect([run.json.failure?.code, run.code]).toEqual([code, exit])
  })

  test('does not serve with a key that is no longer in any sink', async () => {
    const journey = await lab.begin()
    expect((await journey.command(['run', '--yes', '--json', '--save-key', 'file:key'])).code).toBe(0)
    const run = await journey.command(['gateway', '--json', '--credential', 'key', '--save-key', 'file:other'])
    expect([run.json.failure?.code, run.code]).toEqual(['gateway/no-stored-key', 78])
  })
})
