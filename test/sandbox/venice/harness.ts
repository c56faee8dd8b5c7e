import { parseEther } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { createSiweMessage } from 'viem/siwe'
import { onTestFinished } from 'vitest'
import { startVenice } from '../../../src/sandbox/venice/server.ts'
import type { VeniceOptions } from '../../../src/sandbox/venice/state.ts'
import { startFakeChain } from './fake-chain.ts'

/** Noon, so that tests can pass midnight and stay within a month. */
export const NOON = Date.parse('2026-10-05T12:00:00.000Z')

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: replies are compared as a whole, not typed
  body: any
}

/** The body as sent, with `token` or `message`, depending on the form of the challenge. */
export type MintBody = Record<string, unknown> & { signature: string; token: string; message: string }

/** A Venice over a fake chain with its own clock; both are closed when the test ends. */
export async function openVenice(options: Partial<VeniceOptions> = {}) {
  const chain = await startFakeChain()
  const time = { now: NOON }
  const venice = await startVenice({ rpcUrl: chain.rpcUrl, clock: () => time.now, ...options })
  onTestFinished(async () => {
    await venice.close()
    chain.close()
  })

  async function call(route: string, { body, ...init }: { body?: unknown; headers?: Record<string, string> } = {}) {
    const [method = '', path = ''] = route.split(' ')
    const response = await fetch(`${venice.apiUrl}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...init.headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text } as Answer
  }

  /** A wallet with one staked VVV. */
  const stakedWallet = () => {
    const wallet = privateKeyToAccount(generatePrivateKey())
    chain.setSVvv(wallet.address, parseEther('1'))
    return wallet
  }

  /** A valid mint body for the form of challenge in use. */
  async function mintBody(wallet: PrivateKeyAccount, fields: Record<string, unknown> = {}): Promise<MintBody> {
    const { body } = await call(`GET /api_keys/generate_web3_key?address=${wallet.address}`)
    const { token, message } = body.data
    const signature = await wallet.signMessage({ message: token ?? message })
    return { apiKeyType: 'INFERENCE', address: wallet.address, signature, token, message, ...fields }
  }
  const mint = (body: unknown) => call('POST /api_keys/generate_web3_key', { body })

  async function mintedKey(wallet: PrivateKeyAccount, fields: Record<string, unknown> = {}) {
    const { body } = await mint(await mintBody(wallet, fields))
    return { id: body.data.id as string, headers: { authorization: `Bearer ${body.data.apiKey}` } }
  }

  return { venice, chain, time, call, stakedWallet, mintBody, mint, mintedKey }
}

/** Fields of a SIWX message that a test may change. */
export interface SiwxFields {
  domain?: string
  chainId?: number
  nonce?: string
  issuedAt?: Date
  expirationTime?: Date
  notBefore?: Date
}

export const nonce = (): string => generatePrivateKey().slice(2, 18)

export const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

export const decoded = (header: string | null) => JSON.parse(Buffer.from(header ?? '', 'base64').toString())

/** The text of a sign-in with X, valid by default. */
export const siwxMessage = (wallet: PrivateKeyAccount, fields: SiwxFields = {}): string =>
  createSiweMessage({
    domain: 'api.venice.ai',
    address: wallet.address,
    statement: 'Sign in to Venice AI',
    uri: 'https://api.venice.ai',
    version: '1',
    chainId: 8453,
    nonce: nonce(),
    issuedAt: new Date(NOON),
    expirationTime: new Date(NOON + 300_000),
    ...fields,
  })

/** Headers with a fresh sign-in; `extra` is merged into the payload. */
export async function signedIn(
  wallet: PrivateKeyAccount,
  fields: SiwxFields = {},
  extra: Record<string, unknown> = {},
) {
  const message = siwxMessage(wallet, fields)
  const signature = await wallet.signMessage({ message })
  return { 'SIGN-IN-WITH-X': encoded({ address: wallet.address, message, signature, chainId: 8453, ...extra }) }
}

/** A call that costs $0.0014577, most of it for the system prompt. */
export const chat = { model: 'zai-org-glm-5-1', messages: [{ role: 'user', content: 'Hello' }] }
