import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/domain/addresses.ts'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import { PBKDF2_KEYSTORE, SPECIFIED_KEY, SPECIFIED_PASSWORD } from '../adapters/signers/keystores.ts'
import { type CliRun, isDoing, runCli } from '../support/cli.ts'
import { filesUnder, leaksIn } from '../support/leaks.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'
import { CHALLENGE, type Journey, MINT, useSandbox } from '../support/sandbox.ts'

const lab = useSandbox()

/** A journey whose traffic with Venice is recorded unencrypted. */
async function begin() {
  const journey = await lab.begin()
  const venice = await startRecordingProxy(lab.sandbox.apiUrl)
  const words = ['-v', '--api-url', venice.url]
  return {
    journey,
    venice,
    start: () => journey.start(words),
    run: (more: readonly string[] = []) => journey.run([...words, ...more]),
    keys: ([name = '', ...more]: readonly string[]) => journey.command(['keys', name, ...words, ...more]),
    command: (name: string, more: readonly string[] = []) => journey.command([name, ...words, ...more]),
  }
}

/** Every secret of the run, by kind. */
function secretsOf({ privateKey }: { privateKey: Hex }, { exchanges }: RecordingProxy): Map<string, string> {
  const secrets = new Map([['private key', privateKey.slice(2)]])
  const add = (name: string, value: unknown) => {
    if (typeof value === 'string' && value !== '') secrets.set(`${name} ${secrets.size}`, value)
  }
  for (const { method, path, sent, received, authorization, signIn, payment } of exchanges) {
    add('API key', authorization.replace('Bearer ', ''))
    add('sign-in', signIn)
    add('signature of a sign-in', decoded(signIn).signature?.slice(2))
    add('payment', payment)
    add('signature of a payment', decoded(payment).payload?.signature?.slice(2))
    if (!path.includes('/api_keys/generate_web3_key')) continue
    const answer = parse(received).data ?? {}
    add('API key', answer.apiKey)
    add('challenge', answer.token)
    add('signature of a token', answer.token?.split('.')[2])
    add('nonce of a message', answer.nonce)
    if (method === 'POST') add('signature', parse(sent).signature?.slice(2))
  }
  return secrets
}

// biome-ignore lint/suspicious/noExplicitAny: whatever went over the wire
function parse(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** The content of a base64 header. */
const decoded = (header: string) => parse(Buffer.from(header, 'base64').toString('utf8'))

function expectNothingLeaked(journey: Pick<Journey, 'cwd'>, secrets: Map<string, string>, runs: readonly CliRun[]) {
  const printed = runs.flatMap(({ stdout, stderr }, index) => [
    [`stdout ${index}`, stdout],
    [`stderr ${index}`, stderr],
  ])
  expect(leaksIn(journey.cwd, Object.fromEntries(printed), secrets)).toEqual([])
  const files = filesUnder(journey.cwd)
  const stateDir = join(journey.cwd, '.venice-onboard')
  for (const { path, mode } of files.filter(({ path }) => path.startsWith(stateDir))) {
    expect(`${path} ${mode}`).toBe(`${path} ${path.endsWith('/') ? '700' : '600'}`)
  }
  expect(files.map(({ path }) => path)).toContainEqual(expect.stringMatching(/run\.json$/))
}

describe('no secret is in a file or in the output', () => {
  test.each(['jwt', 'siwe'] as const)(
    'of a run to its end with a %s challenge, or of the commands after it',
    async (form) => {
      lab.sandbox.venice.setChallenge(form)
      const { journey, venice, run, command } = await begin()
      const runs = [
        await run(),
        ...(await Promise.all([command('doctor'), command('status', ['--live']), command('plan', ['--json'])])),
      ]
      expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0])
      const secrets = secretsOf(journey, venice)
      const kinds = new Set([...secrets.keys()].map((name) => name.replace(/ \d+$/, '')))
      expect([...kinds].sort()).toEqual(
        form === 'jwt'
          ? ['API key', 'challenge', 'private key', 'signature', 'signature of a token']
          : ['API key', 'nonce of a message', 'private key', 'signature'],
      )
      expectNothingLeaked(journey, secrets, runs)
    },
  )

  test.each<[name: string, on: string, effect: FaultEffect]>([
    ['Venice refuses', MINT, { kind: 'reply', status: 400, body: { error: 'Wallet signature does not match' } }],
    ['the mint answer is lost', MINT, { kind: 'dropAfter' }],
    ['the mint answer is cut short within the key', MINT, { kind: 'truncate', bytes: 120 }],
    ['the challenge is cut short', CHALLENGE, { kind: 'truncate', bytes: 200 }],
    ['the node rejects a transaction', 'eth_sendRawTransaction', { kind: 'rpcError', code: -32000, message: 'no' }],
  ])('when %s', async (_, on, effect) => {
    const { journey, venice, run } = await begin()
    lab.fault(on, effect, { times: 99 })
    const runs = [await run(['--timeout', '1500ms'])]
    lab.sandbox.faults.clear()
    runs.push(await run())
    expectNothingLeaked(journey, secretsOf(journey, venice), runs)
  })

  test.each([
    ['the mint', 'POST', 6],
    ['the funding check', 'GET', 0],
  ])('when a Venice error quotes the whole request of %s', async (_, method, code) => {
    const { journey, venice, run, command } = await begin()
    venice.quote((exchange) => exchange.method === method && !/generate_web3_key\?/.test(exchange.path))
    const runs = [await run(), await run(['--json']), await command('doctor')]
    expect(runs.map((ended) => ended.code)).toEqual([code, code, expect.any(Number)])
    expectNothingLeaked(journey, secretsOf(journey, venice), runs)
  })

  test('when the process is killed during a mint', async () => {
    const { journey, venice, start, run } = await begin()
    const running = start()
    await running.event(isDoing('mintKey'))
    const runs = [await running.kill('SIGKILL'), await run()]
    expect(runs[1]?.code).toBe(0)
    expectNothingLeaked(journey, secretsOf(journey, venice), runs)
  })

  test.each([
    ['by an ADMIN key made for it', [], ['--with-admin-key']],
    ['by the stored ADMIN key', ['--key-type', 'ADMIN'], []],
  ])('when a key that nobody holds is reclaimed %s', async (_, runWords, words) => {
    const { journey, venice, run, keys, command } = await begin()
    lab.fault(MINT, { kind: 'dropAfter' })
    const reclaim = (more: readonly string[]) => keys(['reclaim', '--yes', ...words, ...more])
    const runs = [await run(runWords), await reclaim(['--dry-run'])]
    venice.quote(({ method }) => method === 'DELETE')
    runs.push(await reclaim(['--json']))
    venice.quote(() => false)
    runs.push(await reclaim([]), await command('status'), await command('doctor'))
    expect(runs.map(({ code }) => code)).toEqual([0, 0, expect.any(Number), 0, 0, 0])
    const secrets = secretsOf(journey, venice)
    expect([...secrets.values()].filter((secret) => secret.startsWith('VENICE_ADMIN_KEY_'))).not.toEqual([])
    expectNothingLeaked(journey, secrets, runs)
  })

  test.each([
    ['by an ADMIN key made for it', [], ['--with-admin-key']],
    ['by the stored ADMIN key', ['--key-type', 'ADMIN'], []],
  ])('when keys are listed, rotated and revoked %s', async (_, runWords, words) => {
    const { journey, venice, run, keys, command } = await begin()
    const runs = [await run(runWords), await keys(['list', ...words]), await keys(['rotate', '--yes', ...words])]
    venice.quote(({ method }) => method === 'DELETE')
    runs.push(await keys(['rotate', '--yes', '--json', ...words]))
    venice.quote(() => false)
    runs.push(await keys(['rotate', '--yes', ...words]), await command('status'), await command('doctor'))
    const label = /"label":"([^"]+)"/.exec(runs.at(3)?.stdout ?? '')?.[1] ?? ''
    runs.push(await keys(['revoke', label, '--yes', ...words]), await command('status', ['--json']))
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, expect.any(Number), 0, 0, 0, expect.any(Number), 0])
    const secrets = secretsOf(journey, venice)
    expect([...secrets.values()].filter((secret) => /^VENICE_[A-Z]+_KEY_/.test(secret)).length).toBeGreaterThan(1)
    expectNothingLeaked(journey, secrets, runs)
  })

  test.each([
    ['another sink', ['exec:cat >&2; exit 1', 'file:backup']],
    ['the run directory', ['exec:cat > /dev/full']],
  ])('when the key was stored in %s', async (_, places) => {
    const { journey, venice, run, command } = await begin()
    const words = places.flatMap((place) => ['--save-key', place])
    const runs = [await run(words), await command('doctor', words)]
    expect(runs.map(({ code }) => code)).toEqual([0, 0])
    expectNothingLeaked(journey, secretsOf(journey, venice), runs)
  })

  test.each([
    ['serves', () => false],
    ['refuses, and quotes the request', ({ path }: { path: string }) => path.includes('/crypto/rpc/')],
  ])('when Venice is the RPC endpoint, and %s', async (_, quotes) => {
    const { journey, venice } = await begin()
    lab.sandbox.venice.credit(journey.address, { x402: 5 })
    const words = ['--network', 'base', '--rpc-url', 'venice', '--api-url', venice.url, '-v']
    const env = { WALLET_PRIVATE_KEY: journey.privateKey }
    const only = (name: string) => runCli([name, ...words], { cwd: journey.cwd, env })
    const runs = [await runCli(['run', '--yes', ...words], { cwd: journey.cwd, env })]
    venice.quote(quotes)
    runs.push(await only('doctor'), await only('plan'), await only('status'))
    const secrets = secretsOf(journey, venice)
    expect([...secrets.keys()].some((name) => name.startsWith('sign-in'))).toBe(true)
    expectNothingLeaked(journey, secrets, runs)
  })

  test.each<[string, FaultEffect | null, quotes: (exchange: { payment: string }) => boolean]>([
    ['', null, () => false],
    [', and the answer is lost', { kind: 'dropAfter' }, () => false],
    [', and Venice refuses it and quotes the request', null, ({ payment }) => payment !== ''],
  ])('when the wallet pays in USDC and proves its credit%s', async (_, effect, quotes) => {
    const { journey, venice, run, command } = await begin()
    await lab.sandbox.chain.fund(journey.address, { usdc: 5_000_000n })
    if (effect !== null) lab.fault('POST /x402/top-up', effect, { skip: 2 })
    venice.quote(quotes)
    const runs = [await run(['--fund', 'x402:5', '--prove'])]
    venice.quote(() => false)
    runs.push(await run(['--fund', 'x402:5', '--prove', '--json']))
    runs.push(await command('status'), await command('doctor'), await command('plan'))
    expect(runs.at(1)?.json).toMatchObject({ outcome: 'funded', payments: [{ status: 'settled' }] })
    const secrets = secretsOf(journey, venice)
    const kinds = new Set([...secrets.keys()].map((name) => name.replace(/ \d+$/, '')))
    for (const kind of ['sign-in', 'signature of a sign-in', 'payment', 'signature of a payment']) {
      expect(kinds).toContain(kind)
    }
    expectNothingLeaked(journey, secrets, runs)
  })

  test('when the key comes from a keystore with a password', async () => {
    const { journey, venice } = await begin()
    await lab.sandbox.chain.fund(privateKeyToAddress(SPECIFIED_KEY), { eth: parseEther('0.01'), vvv: parseEther('2') })
    writeFileSync(join(journey.cwd, 'keystore.json'), JSON.stringify(PBKDF2_KEYSTORE))
    writeFileSync(join(journey.cwd, 'password.txt'), SPECIFIED_PASSWORD, { mode: 0o600 })
    const words = ['-v', '--api-url', venice.url, '--keystore', 'keystore.json', '--password-file', 'password.txt']
    const run = await journey.run(words, { env: { WALLET_PRIVATE_KEY: '' } })
    expect(run.code).toBe(0)
    expect(run.json.address).toBe(privateKeyToAddress(SPECIFIED_KEY))
    const secrets = secretsOf({ privateKey: SPECIFIED_KEY }, venice)
    expectNothingLeaked(journey, secrets.set('password', SPECIFIED_PASSWORD), [run])
  })
})
