import { createSiweMessage, type SiweMessage } from 'viem/siwe'
import { describe, expect, it } from 'vitest'
import { readSiweChallenge, readTokenChallenge } from '../../../src/adapters/venice/challenge.ts'
import { ChallengeRefusedError } from '../../../src/errors/venice/all.ts'
import { NOW_MS } from './scripted-server.ts'

const MINUTE_MS = 60_000
const address = '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf'
const context = {
  address,
  serverMs: NOW_MS,
  request: 'GET https://api.venice.ai/api/v1/api_keys/generate_web3_key',
} as const

const good: SiweMessage = {
  domain: 'api.venice.ai',
  address,
  statement: 'Authorize Venice API key creation. Whoever holds the signature can create a key on your account.',
  uri: 'https://api.venice.ai/api/v1/api_keys/generate_web3_key',
  version: '1',
  chainId: 8453,
  nonce: 'a1'.repeat(16),
  issuedAt: new Date(NOW_MS - 1_000),
  expirationTime: new Date(NOW_MS + 15 * MINUTE_MS),
  resources: ['urn:venice:api-key:create'],
}
const text = createSiweMessage(good)
const { expirationTime: _, ...withoutExpiry } = good
const { resources: __, ...withoutResources } = good
const { statement: ___, ...withoutStatement } = good

describe('the SIWE form', () => {
  it('is accepted unchanged, with its stated expiry', () => {
    expect(readSiweChallenge(text, context)).toEqual({ form: 'siwe', text, expiresAtMs: NOW_MS + 15 * MINUTE_MS })
  })

  it('may contain the address in any case', () => {
    const lower = text.replace(address, address.toLowerCase())
    expect(readSiweChallenge(lower, context).text).toBe(lower)
  })

  it.each<[what: string, manipulated: string, reason: RegExp]>([
    ['another domain', createSiweMessage({ ...good, domain: 'evil.example' }), /domain/],
    [
      'a domain that only begins like Venice’s',
      createSiweMessage({ ...good, domain: 'api.venice.ai.evil.example' }),
      /domain/,
    ],
    [
      'another address',
      createSiweMessage({ ...good, address: '0x321b7ff75154472B18EDb199033fF4D116F340Ff' }),
      /address/,
    ],
    ['another chain', createSiweMessage({ ...good, chainId: 1 }), /chain ID/],
    ['another URI', createSiweMessage({ ...good, uri: 'https://api.venice.ai/api/v1/withdraw' }), /URI/],
    ['another version', text.replace('Version: 1', 'Version: 2'), /version/],
    ['another resource', createSiweMessage({ ...good, resources: ['urn:venice:all'] }), /resources/],
    [
      'an additional resource',
      createSiweMessage({ ...good, resources: ['urn:venice:api-key:create', 'urn:all'] }),
      /resources/,
    ],
    ['no resource', createSiweMessage(withoutResources), /resources/],
    ['another statement', createSiweMessage({ ...good, statement: 'Sign in to Venice AI' }), /statement/],
    ...[
      'Authorize Venice API key creation. And transfer all VVV to 0xdead.',
      'Authorize Venice API key creation. Anyone who holds this signature can create a key on your account. Also sell it.',
      'Authorize Venice API key creation. Anyone who holds this signature can create a key on their account.',
      'authorize venice api key creation.',
    ].map((statement): [string, string, RegExp] => [
      `the statement "${statement}"`,
      createSiweMessage({ ...good, statement }),
      /statement/,
    ]),
    ['no statement', createSiweMessage(withoutStatement), /statement/],
    ['no nonce', text.replace(/Nonce: .*\n/, ''), /no chain ID/],
    ['a nonce that is too short', text.replace(/Nonce: .*/, 'Nonce: abc'), /text/],
    ['no expiry', createSiweMessage(withoutExpiry), /expired/],
    ['an expiry that has passed', createSiweMessage({ ...good, expirationTime: new Date(NOW_MS) }), /expired/],
    [
      'an expiry in a year',
      createSiweMessage({ ...good, expirationTime: new Date(NOW_MS + 365 * 86_400_000) }),
      /hour/,
    ],
    ['an issue long ago', createSiweMessage({ ...good, issuedAt: new Date(NOW_MS - 120 * MINUTE_MS) }), /issued/],
    ['an issue in the future', createSiweMessage({ ...good, issuedAt: new Date(NOW_MS + 5 * MINUTE_MS) }), /issued/],
    ['an issue time that is not a date', text.replace(/Issued At: .*/, 'Issued At: today'), /issued/],
    ['text after the end', `${text}\n\nAlso: transfer everything.`, /text/],
    ['text between the fields', text.replace('URI:', 'Send all to 0x0.\nURI:'), /text/],
    ['a second line in the statement', text.replace('creation. ', 'creation.\n'), /statement|text/],
    ['a space at the end', `${text} `, /resources/],
    ['hidden characters', text.replace('creation. ', 'creation. \u202e'), /statement/],
    ['colours', text.replace('creation. ', 'creation. \u001b[8m'), /statement/],
    ['an empty message', '{"types":{"EIP712Domain":[]}}', /domain/],
  ])('is refused with %s', (_, manipulated, reason) => {
    expect(() => readSiweChallenge(manipulated, context)).toThrow(ChallengeRefusedError)
    expect(() => readSiweChallenge(manipulated, context)).toThrow(reason)
  })
})

describe('the token form', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jwt = (claims: unknown, header: unknown = { alg: 'ES256', typ: 'JWT' }) =>
    `${part(header)}.${part(claims)}.c2ln`
  const inFifteenMinutes = NOW_MS + 15 * MINUTE_MS

  it('is accepted with the expiry in its claims', () => {
    const token = jwt({ exp: (NOW_MS + 5 * MINUTE_MS) / 1_000 })
    expect(readTokenChallenge(token, context)).toEqual({
      form: 'jwt',
      text: token,
      expiresAtMs: NOW_MS + 5 * MINUTE_MS,
    })
  })

  it.each([
    ['no expiry', jwt({})],
    ['an expiry that is not a number', jwt({ exp: 'soon' })],
    ['an expiry in milliseconds', jwt({ exp: inFifteenMinutes })],
    ['unreadable claims', `${part({ alg: 'ES256' })}.e30x.c2ln`],
  ])('is valid for the documented 15 minutes with %s', (_, token) => {
    expect(readTokenChallenge(token, context).expiresAtMs).toBe(inFifteenMinutes)
  })

  it.each([
    ['a SIWE message', text],
    ['a transaction', `0x02${'f8'.repeat(100)}`],
    ['hex in three parts', 'deadbeef.deadbeef.deadbeef'],
    ['another algorithm', jwt({}, { alg: 'HS256', typ: 'JWT' })],
    ['an algorithm in different case', jwt({}, { alg: 'es256' })],
    ['no signature', jwt({}, { alg: 'none' })],
    ['a header without an algorithm', jwt({}, { typ: 'JWT' })],
    ['two parts', jwt({}).split('.').slice(0, 2).join('.')],
    ['four parts', `${jwt({})}.c2ln`],
    ['no signature', `${jwt({}).split('.').slice(0, 2).join('.')}.`],
    ['a line after it', `${jwt({})}\n`],
    ['typed data', '{"domain":{},"message":{}}'],
  ])('is refused when it is %s', (_, offered) => {
    expect(() => readTokenChallenge(offered, context)).toThrow(ChallengeRefusedError)
  })
})
