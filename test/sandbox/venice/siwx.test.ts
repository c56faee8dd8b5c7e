import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { chat, encoded, NOON, nonce, openVenice, type SiwxFields, signedIn, siwxMessage } from './harness.ts'

const wallet = privateKeyToAccount(generatePrivateKey())
const POST_CHAT = 'POST /chat/completions'

async function openFunded() {
  const sandbox = await openVenice()
  sandbox.venice.credit(wallet.address, { x402: 1 })
  const send = (headers: Record<string, string>) => sandbox.call(POST_CHAT, { headers, body: chat })
  return { ...sandbox, send }
}

describe('sign-in with X', () => {
  it.each([8453, '8453', 'eip155:8453', undefined])('accepts the chain as %j', async (chainId) => {
    const { send } = await openFunded()
    expect((await send(await signedIn(wallet, {}, { chainId }))).status).toBe(200)
  })

  it('accepts the older header name', async () => {
    const { send } = await openFunded()
    const header = (await signedIn(wallet))['SIGN-IN-WITH-X']
    expect((await send({ 'X-Sign-In-With-X': header })).status).toBe(200)
  })

  it('rebuilds the message from its fields', async () => {
    const { send } = await openFunded()
    const id = nonce()
    const signature = await wallet.signMessage({ message: siwxMessage(wallet, { nonce: id }) })
    const fields = {
      address: wallet.address,
      signature,
      domain: 'api.venice.ai',
      statement: 'Sign in to Venice AI',
      uri: 'https://api.venice.ai',
      version: '1',
      chainId: 'eip155:8453',
      nonce: id,
      issuedAt: new Date(NOON).toISOString(),
      expirationTime: new Date(NOON + 300_000).toISOString(),
    }
    expect((await send({ 'SIGN-IN-WITH-X': encoded(fields) })).status).toBe(200)
    const { nonce: _, ...without } = fields
    expect((await send({ 'SIGN-IN-WITH-X': encoded(without) })).body.code).toBe('X402_SIGN_IN_MISSING_NONCE')
  })

  it('uses up a nonce with the first request, even with one that fails', async () => {
    const { call, send } = await openFunded()
    const headers = await signedIn(wallet)
    expect((await call(POST_CHAT, { headers, body: { ...chat, model: 'none' } })).status).toBe(404)
    const body = { error: 'This nonce has already been used', code: 'X402_SIGN_IN_NONCE_REUSED' }
    expect(await send(headers)).toMatchObject({ status: 401, body })
    expect((await send(await signedIn(wallet))).status).toBe(200)
  })

  it('accepts the same nonce from another wallet', async () => {
    const { venice, send } = await openFunded()
    const other = privateKeyToAccount(generatePrivateKey())
    venice.credit(other.address, { x402: 1 })
    const id = nonce()
    expect((await send(await signedIn(wallet, { nonce: id }))).status).toBe(200)
    expect((await send(await signedIn(other, { nonce: id }))).status).toBe(200)
  })

  const minutes = (count: number) => new Date(NOON + count * 60_000)
  const cases: [code: string, fields: SiwxFields, extra: Record<string, unknown>][] = [
    ['INVALID_PAYLOAD', {}, { signature: undefined }],
    ['INVALID_MESSAGE', {}, { message: 'let me in' }],
    ['ADDRESS_MISMATCH', {}, { address: privateKeyToAccount(generatePrivateKey()).address }],
    ['INVALID_CHAIN_ID', {}, { chainId: 'base' }],
    ['CHAIN_MISMATCH', {}, { chainId: 1 }],
    ['UNSUPPORTED_CHAIN', { chainId: 1 }, { chainId: 1 }],
    ['UNSUPPORTED_CHAIN', {}, { type: 'ed25519' }],
    ['DOMAIN_MISMATCH', { domain: 'evil.example' }, {}],
    ['TIMESTAMP_MISMATCH', {}, { timestamp: NOON + 31_000 }],
    ['EXPIRED', { issuedAt: minutes(-5.1) }, {}],
    ['EXPIRED', { expirationTime: minutes(0) }, {}],
    ['FUTURE_TIMESTAMP', { issuedAt: minutes(0.6) }, {}],
    ['NOT_BEFORE', { notBefore: minutes(1) }, {}],
    ['INVALID_SIGNATURE', {}, { signature: '0x1234' }],
    ['INVALID_WALLET', {}, { address: 'me' }],
  ]
  it.each(cases)('rejects with X402_SIGN_IN_%s: %j %j', async (code, fields, extra) => {
    const { send } = await openFunded()
    const answer = await send(await signedIn(wallet, fields, extra))
    expect(answer).toMatchObject({
      status: 401,
      body: { error: expect.any(String), code: `X402_SIGN_IN_${code}` },
    })
  })

  // https://github.com/veniceai/skills/blob/main/skills/venice-auth/SKILL.md (2026-10-02): codes and what each is for
  it.each([
    ['PARSE_ERROR', 'garbage'],
    ['PARSE_ERROR', '{}'],
    ['PARSE_ERROR', 'a'.repeat(8_000)],
    ['PARSE_ERROR', Buffer.from([0, 255, 1]).toString('base64')],
    ['INVALID_PAYLOAD', encoded(null)],
    ['INVALID_PAYLOAD', encoded('garbage')],
    ['INVALID_PAYLOAD', encoded([])],
    ['INVALID_PAYLOAD', encoded({ address: wallet.address })],
    ['INVALID_PAYLOAD', encoded({ address: 1, message: 2, signature: 3 })],
    ['INVALID_MESSAGE', encoded({ address: wallet.address, message: 'garbage', signature: 'garbage' })],
    ['INVALID_SIGNATURE', encoded({ address: wallet.address, message: siwxMessage(wallet), signature: 'garbage' })],
    ['INVALID_SIGNATURE', encoded({ address: wallet.address, message: siwxMessage(wallet), signature: '0x123' })],
  ])('rejects garbage with X402_SIGN_IN_%s: %#', async (code, header) => {
    const { send } = await openFunded()
    expect(await send({ 'SIGN-IN-WITH-X': header })).toMatchObject({
      status: 401,
      body: { error: expect.any(String), code: `X402_SIGN_IN_${code}` },
    })
  })

  it('rejects a nonce that is too short', async () => {
    const { send } = await openFunded()
    const message = siwxMessage(wallet).replace(/Nonce: \w+/, 'Nonce: 1234')
    const payload = { address: wallet.address, message, signature: await wallet.signMessage({ message }) }
    expect((await send({ 'SIGN-IN-WITH-X': encoded(payload) })).body.code).toBe('X402_SIGN_IN_MISSING_NONCE')
  })
})
