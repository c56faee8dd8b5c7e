import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAddress } from 'viem/accounts'
import { expect, it, onTestFinished, test } from 'vitest'
import { findSecret } from '../../src/cli/secret-arguments.ts'
import { runCli } from '../support/cli.ts'

// Regression: issue 18, number 4 — keys typed in the wrong place were echoed, in text and JSON.
const DIGITS = '4c0883a69102937d6231471b5dbb6204fe512961708279f3a1b2c3d4e5f60718'
const KEY = `0x${DIGITS}`
const PHRASE = 'test test test test test test test test test test test junk'

it.each([
  [['run', '--private-key-file', KEY], '--private-key-file', 'private key'],
  [['run', '--private-key-file', DIGITS], '--private-key-file', 'private key'],
  [['run', `--private-key-file=${KEY}`], '--private-key-file', 'private key'],
  [['run', '--private-key', KEY], '--private-key', 'private key'],
  [['status', '--address', KEY.toUpperCase()], '--address', 'private key'],
  [['run', '--account', KEY.slice(0, -1)], '--account', 'private key'],
  [['run', '--keystore', `${KEY}0`], '--keystore', 'private key'],
  [['run', '--stake', KEY], '--stake', 'private key'],
  [['run', '--signer', `exec:sign ${KEY}`], '--signer', 'private key'],
  [['run', '--save-key', `exec:put ${DIGITS}`], '--save-key', 'private key'],
  [['run', KEY], 'An argument', 'private key'],
  [[KEY], 'An argument', 'private key'],
  [['fund', 'x402', KEY], 'An argument', 'private key'],
  [['run', '--private-key-file', PHRASE], '--private-key-file', 'seed phrase'],
  [['run', '--account', `"${PHRASE}"`], '--account', 'seed phrase'],
  [['run', ...PHRASE.split(' ')], 'An argument', 'seed phrase'],
  [['run', '--keystore', ...PHRASE.split(' ')], '--keystore', 'seed phrase'],
  [['adopt', PHRASE], 'An argument', 'seed phrase'],
])('%j: a secret is found in %s', (words, where, kind) => {
  expect(findSecret(words, {})).toEqual({ where, kind })
})

// A hash looks like a key: the wallet's own key is recognised by its value.
it.each([
  [['adopt', KEY], 'An argument'],
  [['adopt', DIGITS.toUpperCase()], 'An argument'],
  [['run', '--plan-digest', DIGITS], '--plan-digest'],
])('%j: the key from the environment is found where a hash may stand', (words, where) => {
  for (const name of ['WALLET_PRIVATE_KEY', 'SPONSOR_PRIVATE_KEY'])
    expect(findSecret(words, { [name]: ` ${KEY}` })).toEqual({ where, kind: 'private key' })
})

it.each([
  [['keys', 'revoke', 'VENICE_INFERENCE_KEY_abcdefghij0123456789'], 'An argument'],
  [['run', '--save-key', 'exec:put VENICE_ADMIN_KEY_abcdefghij0123456789'], '--save-key'],
])('%j: an API key is found in %s', (words, where) => {
  expect(findSecret(words, {})).toEqual({ where, kind: 'API key' })
})

it.each([
  [['adopt', KEY]],
  [['run', '--plan-digest', DIGITS]],
  [['run', '--rpc-url', `https://rpc.example/v2/${DIGITS}`]],
  [['run', '--address', '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf']],
  [['run', '--description', 'a key for the agent that reads']],
])('%j holds no secret', (words) => {
  expect(findSecret(words, {})).toBeNull()
})

test.each(['ETH_KEYSTORE', 'ETH_KEYSTORE_ACCOUNT', 'ETH_PASSWORD'])('a key in %s is found too', (name) => {
  expect(findSecret(['run'], { [name]: KEY })).toEqual({ where: name, kind: 'private key' })
})

// The code: 'cli/secret-in-argument'
test.each([
  [['run', '--private-key-file', KEY, '--json'], /WALLET_PRIVATE_KEY/],
  [['run', '--stake', KEY], /WALLET_PRIVATE_KEY/],
  [['nonsense', KEY, '--ndjson'], /WALLET_PRIVATE_KEY/],
  [['run', '--account', PHRASE, '--json'], /Seed phrases are not accepted/],
])('%j exits 2, says how keys are given, and echoes nothing', async (words, how) => {
  const cwd = mkdtempSync(join(tmpdir(), 'venice-onboard-secret-'))
  const { code, stdout, stderr } = await runCli(words, { cwd })
  expect(code).toBe(2)
  expect(stdout + stderr).toMatch(how)
  expect(stdout + stderr).not.toContain(DIGITS)
  expect(stdout + stderr).not.toContain('test test')
  if (words.some((word) => word.endsWith('json'))) expect(stdout).toContain('cli/secret-in-argument')
})

const ADDRESS = privateKeyToAddress(KEY)

test.each([
  ['the wallet’s own key, without asking an endpoint', ['adopt', KEY, '--address', ADDRESS], 2],
  ['another private key, when the endpoint fails', ['adopt', `0x${'ab'.repeat(32)}`, '--address', ADDRESS], 75],
  ['a key without 0x', ['adopt', 'ab'.repeat(32), '--address', ADDRESS], 2],
  ['a key that lost a digit', ['adopt', `0x${'ab'.repeat(31)}c`, '--address', ADDRESS], 2],
])('adopt echoes nothing of %s', async (_, words, code) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      if (body.includes(DIGITS)) asked.push(body)
      response.setHeader('content-type', 'application/json').end('[]')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const cwd = mkdtempSync(join(tmpdir(), 'venice-onboard-secret-'))
  const env = { BASE_RPC_URL: `http://127.0.0.1:${port}` }
  for (const form of ['--json', '--ndjson', '--no-color']) {
    const { code: ended, stdout, stderr } = await runCli([...words, '--network', 'base', form], { cwd, env })
    expect(ended).toBe(code)
    for (const digits of [DIGITS, 'ab'.repeat(20)]) expect(stdout + stderr).not.toContain(digits)
  }
  expect(asked).toEqual([])
})
