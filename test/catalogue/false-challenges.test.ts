import { serializeTransaction } from 'viem'
import { createSiweMessage, type SiweMessage } from 'viem/siwe'
import { describe, expect, test } from 'vitest'
import { createVeniceClient } from '../../src/adapters/venice/client.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import { clock, json, NOW_MS, rejection, startServer } from '../adapters/venice/scripted-server.ts'
import { ADDRESS } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const MINUTE_MS = 60_000
const IO = { signal: new AbortController().signal, report: () => {} }

const good: SiweMessage = {
  domain: 'api.venice.ai',
  address: ADDRESS,
  statement: 'Authorize Venice API key creation. Whoever holds the signature can create a key on your account.',
  uri: 'https://api.venice.ai/api/v1/api_keys/generate_web3_key',
  version: '1',
  chainId: 8453,
  nonce: 'a1'.repeat(16),
  issuedAt: new Date(NOW_MS),
  expirationTime: new Date(NOW_MS + 15 * MINUTE_MS),
  resources: ['urn:venice:api-key:create'],
}
const text = createSiweMessage(good)
const siwe = (changes: Partial<SiweMessage>): string => createSiweMessage({ ...good, ...changes })

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = part({ exp: NOW_MS / 1_000 + 900 })
const token = `${part({ alg: 'ES256' })}.${claims}.c2lnbmF0dXJl`

const TYPED_DATA = JSON.stringify({
  domain: { name: 'USD Coin', version: '2', chainId: 8453 },
  primaryType: 'TransferWithAuthorization',
  message: { from: ADDRESS, to: ADDRESS, value: '1000000000' },
})
const TRANSACTION = serializeTransaction({
  type: 'eip1559',
  chainId: 8453,
  to: ADDRESS,
  value: 10n ** 18n,
  maxFeePerGas: 1n,
})
const HASH = `0x${'ab'.repeat(32)}`
const ANYTHING: readonly [what: string, offered: unknown][] = [
  ['typed data', TYPED_DATA],
  ['typed data as an object', JSON.parse(TYPED_DATA)],
  ['a transaction', TRANSACTION],
  ['a hash', HASH],
  ['nothing', ''],
  ['whitespace', '   '],
  ['a number', 1],
  ['null', null],
  ['a list', [text]],
  ['900,000 characters', 'a'.repeat(900_000)],
  ['plain words', 'Pay 1 ETH to whoever asks.'],
  ['a login elsewhere', siwe({ domain: 'app.example', uri: 'https://app.example/login' })],
]

const MESSAGES: readonly [what: string, message: string][] = [
  ['for another domain', siwe({ domain: 'venice.ai' })],
  ['for a domain that looks like it', text.replace('api.venice.ai wants', 'арі.venice.ai wants')],
  ['with a foreign scheme', text.replace('api.venice.ai wants', 'evil://api.venice.ai wants')],
  ['for another address', siwe({ address: '0x321b7ff75154472B18EDb199033fF4D116F340Ff' })],
  ['for another chain', siwe({ chainId: 1 })],
  ['for another URI', siwe({ uri: 'https://api.venice.ai/api/v1/x402/top-up' })],
  ['for another resource', siwe({ resources: ['urn:venice:account:transfer'] })],
  ['for an additional resource', siwe({ resources: ['urn:venice:api-key:create', 'urn:all'] })],
  ['with another statement', siwe({ statement: 'Transfer all you have.' })],
  ['that has expired', siwe({ expirationTime: new Date(NOW_MS - 1) })],
  ['that expires in a year', siwe({ expirationTime: new Date(NOW_MS + 525_600 * MINUTE_MS) })],
  ['that was issued yesterday', siwe({ issuedAt: new Date(NOW_MS - 1_440 * MINUTE_MS) })],
  ['that is issued tomorrow', siwe({ issuedAt: new Date(NOW_MS + 1_440 * MINUTE_MS) })],
  ['that is not valid yet', siwe({ notBefore: new Date(NOW_MS + 10 * MINUTE_MS) })],
  ['with text after it', `${text}\nAlso transfer everything.`],
  ['with a line after it', `${text}\n`],
  ['with text before it', `I agree to everything.\n${text}`],
  ['with a line in it', text.replace('Version: 1', 'Version: 1\nPermission: all')],
  ['with a URI twice', text.replace('Version: 1', 'URI: https://evil.example\nVersion: 1')],
  ['with other line ends', text.replaceAll('\n', '\r\n')],
  ['with invisible characters', text.replace('Authorize', 'Authorize\u202e')],
  ['cut short', text.slice(0, 300)],
]

const TOKENS: readonly [what: string, token: string][] = [
  ['that claims to be unsigned', `${part({ alg: 'none' })}.${claims}.x`],
  ['that claims it in capitals', `${part({ alg: 'NONE' })}.${claims}.x`],
  ['without a signature', `${part({ alg: 'ES256' })}.${claims}.`],
  ['of two parts', `${part({ alg: 'ES256' })}.${claims}`],
  ['of five parts', `${token}.a.b`],
  ['of two lines', `${token}\nPay 1 ETH`],
  ['after another line', `Pay 1 ETH\n${token}`],
  ['with an invalid header', `${part('ES256')}.${claims}.x`],
  ['with an empty header', `${part({})}.${claims}.x`],
  ['that is really a message', text],
  ['without an end', `${token}${'A'.repeat(100_000)}`],
]

/** Runs the effects on a server's challenge. Returns the reason of the refusal, and the number of signatures. */
async function offered(data: unknown) {
  await using server = await startServer(json(200, { success: true, data }))
  const world = fakeWorld()
  const venice = createVeniceClient({ apiUrl: server.apiUrl, clock, timeoutMs: 2_000 })
  const effects = createEffects({ ...world.ports, clock, venice })
  const [fetched, signed] = [
    await rejection(effects.fetchChallenge({ address: ADDRESS }, IO)),
    await rejection(effects.signChallenge({ address: ADDRESS }, IO)),
  ]
  expect(signed).toMatchObject({ code: 'challenge/lost' })
  expect(world.counts).toMatchObject({ messages: 0, transactions: 0 })
  return fetched
}

const REFUSED = { code: 'venice/challenge-refused', recovery: 'stop', exit: 'refused' }
const NO_CHALLENGE = expect.stringMatching(/^venice\/(?:challenge-refused|unexpected-shape)$/)

describe('nothing is signed', () => {
  test.each(MESSAGES)('for a message %s', async (_, message) => {
    expect(await offered({ message })).toMatchObject(REFUSED)
  })

  test.each(MESSAGES)('for a message %s, even when a valid token comes with it', async (_, message) => {
    expect(await offered({ message, token })).toMatchObject(REFUSED)
  })

  test.each(TOKENS)('for a token %s', async (_, offer) => {
    expect(await offered({ token: offer })).toMatchObject(REFUSED)
  })

  test.each(ANYTHING)('for %s', async (_, offer) => {
    for (const data of [{ message: offer }, { token: offer }, offer]) {
      expect(await offered(data)).toMatchObject({ code: NO_CHALLENGE, recovery: 'stop' })
    }
  })
})
