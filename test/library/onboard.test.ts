import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Wallet } from 'ethers'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { type KeyDelivery, OnboardingError, onboard, type RunEvent, type WalletLike } from '../../src/index.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'resolved',
    (error: unknown) => (error instanceof OnboardingError ? error.code : error),
  )

describe('onboard', () => {
  test.each<[string, (privateKey: `0x${string}`) => WalletLike]>([
    ['a private key', (privateKey) => privateKey],
    ['a viem account', privateKeyToAccount],
    ['an ethers wallet', (privateKey) => new Wallet(privateKey)],
  ])('mints and stores a key for %s', async (_, signerOf) => {
    const { wallet, folder, options } = await lab.begin()
    const result = await onboard({ ...options, signer: signerOf(wallet.privateKey) })
    expect(result).toMatchObject({ outcome: 'unfunded', address: wallet.address, failure: null })
    const [key] = lab.sandbox.keys(wallet.address)
    expect(readFileSync(join(folder, '.env'), 'utf8').replace(/^#.*\n/, '')).toBe(`VENICE_API_KEY=${key?.apiKey}\n`)
    expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(2)
  })

  test('reports on a finished run, and does nothing again', async () => {
    const { wallet, options } = await lab.begin()
    const first = await onboard({ ...options, signer: wallet.privateKey })
    const second = await onboard({ ...options, signer: wallet.privateKey })
    expect(second).toEqual({ ...first, wasFinished: true })
    expect(lab.sandbox.keys(wallet.address)).toHaveLength(1)
  })

  test('passes the key to a callback, once', async () => {
    const { wallet, options } = await lab.begin()
    const keys: KeyDelivery[] = []
    const sink = (key: KeyDelivery) => void keys.push(key)
    const result = await onboard({ ...options, signer: wallet.privateKey, sink })
    expect(result.key?.sink).toBe('callback')
    expect(keys.map(({ apiKey }) => apiKey)).toEqual(lab.sandbox.keys(wallet.address).map(({ apiKey }) => apiKey))
  })

  test('stores the key in the fallback when the callback rejects, and does not quote it', async () => {
    const { wallet, folder, options } = await lab.begin()
    const events: RunEvent[] = []
    const failing = async ({ apiKey }: KeyDelivery) => {
      throw new Error(`no room for ${apiKey}`)
    }
    const result = await onboard({
      ...options,
      signer: wallet.privateKey,
      sink: [failing, options.sink],
      onEvent: (event) => void events.push(event),
    })
    const [key] = lab.sandbox.keys(wallet.address)
    expect(result.key?.sink).toBe(options.sink)
    expect(readFileSync(join(folder, '.env'), 'utf8')).toContain(key?.apiKey)
    expect(JSON.stringify([result, events])).not.toContain(key?.apiKey)
  })

  test('stops before it signs when the budget is too small', async () => {
    const { wallet, options } = await lab.begin()
    const result = await onboard({ ...options, signer: wallet.privateKey, stake: '2', budget: { maxVvv: '1.5' } })
    expect(result).toMatchObject({ outcome: 'failed', failure: { code: 'policy/budget-exceeded', exit: 'refused' } })
    expect((await lab.sandbox.holdings(wallet.address)).transactions).toBe(0)
  })

  test.each([
    ['stake', { stake: 'much' }],
    ['stake of zero', { stake: '0' }],
    ['budget', { budget: { maxUsd: '-1' } }],
    ['endpoint', { network: { rpcUrl: 'base.example' } }],
    ['list of endpoints', { network: { rpcUrl: [] } }],
    ['list of sinks', { sink: [] }],
  ])('rejects a wrong %s before it does anything', async (_, wrong) => {
    const { wallet, options } = await lab.begin()
    expect(await codeOf(onboard({ ...options, signer: wallet.privateKey, ...wrong }))).toBe('cli/usage')
  })

  test('rejects an invalid private key, and does not quote it', async () => {
    const { options } = await lab.begin()
    const error = await onboard({ ...options, signer: '0xcanary' }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'signer/bad-private-key' })
    expect(String(error)).not.toContain('canary')
  })
})
