import { inspect } from 'node:util'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { agentKitSigner } from '../../../src/adapters/signers/agentkit.ts'
import { type Eip1193Provider, eip1193Signer, walletClientSigner } from '../../../src/adapters/signers/eip1193.ts'
import { signerFrom, type WalletLike } from '../../../src/adapters/signers/signer-from.ts'
import { proofText, verifyingSigner } from '../../../src/adapters/signers/verify.ts'
import type { Signer } from '../../../src/ports/signer.ts'
import { CANARY_ADDRESS, CANARY_KEY, draftFrom } from '../../ports/signer.ts'

const account = privateKeyToAccount(CANARY_KEY)
const owner = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const draft = draftFrom(CANARY_ADDRESS)
const HASH = `0x${'ab'.repeat(32)}` as const

/** A provider of the canary account. `send` answers `eth_sendTransaction`. */
function walletThat(send: () => unknown = () => HASH, accounts: readonly string[] = [CANARY_ADDRESS]) {
  const asked: string[] = []
  const provider: Eip1193Provider = {
    async request({ method }: { method: string }) {
      asked.push(method)
      if (method === 'eth_accounts') return accounts
      if (method === 'eth_chainId') return '0x2105'
      if (method === 'personal_sign') return account.signMessage({ message: proofText(CANARY_ADDRESS) })
      return send()
    },
  }
  return { asked, open: () => eip1193Signer(provider) }
}
const sendingOf = (signer: Signer) => {
  if (signer.sending === undefined) throw new Error('It does not send.')
  return signer.sending
}
const failing = (code: unknown) => () => Promise.reject(Object.assign(new Error('no'), { code }))

describe('a wallet that cannot sign without sending', () => {
  test('is not asked for an intent, which has one id per draft', async () => {
    const { open, asked } = walletThat()
    const signer = await open()
    const before = asked.length
    const made = await signer.signTransaction(draft)
    expect(made).toEqual({ raw: null, hash: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
    expect(await signer.signTransaction(draft)).toEqual(made)
    expect(await signer.signTransaction({ ...draft, maxFeePerGas: '1' })).not.toEqual(made)
    expect(asked).toHaveLength(before)
  })

  test('reports what it was not asked for, or declined, as not sent', async () => {
    const answers = [failing(4001), failing(-32601), failing(-32603), () => HASH]
    const signer = await walletThat(() => answers.shift()?.()).open()
    const { hash } = await signer.signTransaction(draft)
    const sending = sendingOf(signer)
    const isUnsentAfter = async () => {
      await sending.send(draft).catch(() => {})
      return sending.isUnsent(hash)
    }
    expect(sending.isUnsent(hash)).toBe(true)
    expect(await isUnsentAfter()).toBe(true)
    expect(await isUnsentAfter()).toBe(true)
    expect(await isUnsentAfter()).toBe(false)
    // A request that was made once does not count as unsent when the same draft is made again.
    await signer.signTransaction(draft)
    expect(sending.isUnsent(hash)).toBe(false)
  })

  test('knows nothing of what another process has recorded', async () => {
    const { hash } = await (await walletThat().open()).signTransaction(draft)
    expect(sendingOf(await walletThat().open()).isUnsent(hash)).toBe(false)
  })

  test.each([
    ['declines', failing(4001), 'signer/refused'],
    ['fails', failing(-32603), 'signer/failed'],
    ['answers without a hash', () => '0x12', 'signer/failed'],
    ['answers with nothing', () => null, 'signer/failed'],
  ])('that %s is reported as a signer', async (_, send, code) => {
    const signer = await walletThat(send).open()
    await expect(sendingOf(signer).send(draft)).rejects.toMatchObject({ code })
  })

  test.each([
    ['no account', []],
    ['an invalid account', ['canary']],
  ])('that shows %s is not used', async (_, accounts) => {
    await expect(walletThat(undefined, accounts).open()).rejects.toMatchObject({ code: 'signer/no-account' })
  })

  test('is used with the requested account, or not at all', async () => {
    const provider = { request: async () => [owner.address, CANARY_ADDRESS] }
    expect((await eip1193Signer(provider, { address: CANARY_ADDRESS })).address).toBe(CANARY_ADDRESS)
    const address = `0x${'22'.repeat(20)}` as const
    await expect(eip1193Signer(provider, { address })).rejects.toMatchObject({ code: 'signer/no-account' })
  })
})

describe('a smart account', () => {
  const provider = {
    getAddress: () => CANARY_ADDRESS as string,
    getName: () => 'cdp_smart_wallet_provider',
    getNetwork: () => ({ protocolFamily: 'evm', chainId: '8453' }),
    signMessage: (message: string) => owner.signMessage({ message }),
    signTransaction: () => Promise.reject(new Error('not supported')),
    sendTransaction: async () => HASH,
  }

  test("of AgentKit sends user operations, and is refused before one: its signatures are its owner's", async () => {
    const signer = await signerFrom(provider)
    const error = await signer.signTransaction(draft).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'signer/signature-invalid', facts: [`signed by ${owner.address}`] })
  })

  test('whose contract accepts its signatures signs texts, and no transaction', async () => {
    const signer = await signerFrom(provider, { verifyMessage: async () => true })
    expect(await signer.signMessage('text')).toMatch(/^0x/)
    expect(signer.sending).toBeUndefined()
    await expect(signer.signTransaction(draft)).rejects.toMatchObject({ code: 'wallet/user-operations' })
  })

  test('of viem behaves the same', async () => {
    const smart = { type: 'smart', address: CANARY_ADDRESS, signMessage: owner.signMessage } as const
    const asAccount = await signerFrom(smart as unknown as WalletLike, { verifyMessage: async () => true })
    await expect(asAccount.signTransaction(draft)).rejects.toMatchObject({ code: 'wallet/user-operations' })
    const client = { account: smart, request: () => Promise.reject(new Error('nobody')) }
    const asClient = await walletClientSigner(client as never)
    await expect(asClient.signTransaction(draft)).rejects.toMatchObject({ code: 'wallet/user-operations' })
  })
})

describe("AgentKit's providers", () => {
  const provider = (name: string) => ({
    getAddress: () => CANARY_ADDRESS as string,
    getName: () => name,
    getNetwork: () => ({ protocolFamily: 'evm', chainId: '8453' }),
    signMessage: (message: string) => account.signMessage({ message }),
    signTransaction: account.signTransaction,
    sendTransaction: async () => HASH,
  })

  test('of another kind of chain, or on another chain, are refused', async () => {
    const solana = { ...provider('svm'), getNetwork: () => ({ protocolFamily: 'svm' }) }
    expect(() => agentKitSigner(solana)).toThrow(expect.objectContaining({ code: 'signer/unknown-wallet' }))
    const elsewhere = { ...provider('cdp'), getNetwork: () => ({ protocolFamily: 'evm', chainId: '1' }) }
    await expect(agentKitSigner(elsewhere).signTransaction(draft)).rejects.toMatchObject({ code: 'wallet/other-chain' })
    const sending = sendingOf(agentKitSigner(elsewhere, { sends: true }))
    await expect(sending.send(draft)).rejects.toMatchObject({ code: 'wallet/other-chain' })
  })

  test('that drop fields are caught, and can be told to send', async () => {
    const drops = {
      ...provider('another_wallet_provider'),
      signTransaction: () => account.signTransaction({ type: 'eip1559', chainId: 8453, nonce: 0 }),
    }
    await expect((await signerFrom(drops)).signTransaction(draft)).rejects.toMatchObject({
      code: 'signer/transaction-altered',
    })
    expect(await agentKitSigner(drops, { sends: true }).signTransaction(draft)).toMatchObject({ raw: null })
  })
})

describe('a checked signer', () => {
  test('signs a harmless text before the first transaction, and only once', async () => {
    const texts: string[] = []
    const signer = verifyingSigner({
      ...(await signerFrom(CANARY_KEY)),
      signMessage: (message) => {
        texts.push(message)
        return account.signMessage({ message })
      },
    })
    await signer.signTransaction(draft)
    await signer.signTransaction(draft)
    expect(texts).toEqual([proofText(CANARY_ADDRESS)])
  })

  test('requests no spending signature when another key signs its text', async () => {
    const { asked, open } = walletThat()
    const wallet = await open()
    const signer = verifyingSigner({ ...wallet, signMessage: (message) => owner.signMessage({ message }) })
    await expect(signer.signTransaction(draft)).rejects.toMatchObject({ code: 'signer/signature-invalid' })
    await expect(sendingOf(signer).send(draft)).rejects.toMatchObject({ code: 'signer/signature-invalid' })
    expect(asked).not.toContain('eth_sendTransaction')
  })

  test('is asked again after it was unreachable', async () => {
    const answers = [() => Promise.reject(new Error('offline')), (message: string) => account.signMessage({ message })]
    const own = await signerFrom(CANARY_KEY)
    const signer = verifyingSigner({ ...own, signMessage: async (message) => answers.shift()?.(message) ?? '0x' })
    await expect(signer.signTransaction(draft)).rejects.toThrow('offline')
    expect((await signer.signTransaction(draft)).raw).toMatch(/^0x02/)
  })
})

describe('signerFrom', () => {
  test.each([
    ['null', null],
    ['a number', 7],
    ['a function', () => {}],
    ['an empty object', {}],
    ['an address', { address: CANARY_ADDRESS }],
    ['an object that signs only texts', { address: CANARY_ADDRESS, signMessage: async () => '0x' }],
  ])('refuses %s, and names what it accepts', async (_, wallet) => {
    const error = await signerFrom(wallet as unknown as WalletLike).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'signer/unknown-wallet',
      exit: 'config',
      hint: expect.stringMatching(/EIP-1193/),
    })
  })

  test('takes an account that signs, whatever it calls itself', async () => {
    const { address, signMessage, signTransaction, signTypedData } = account
    const methods = { address, signMessage, signTransaction }
    for (const wallet of [
      { ...methods, type: 'evm-server' },
      { ...methods, signTypedData },
    ]) {
      const signer = await signerFrom(wallet)
      expect((await signer.signTransaction(draft)).raw).toBe(
        (await (await signerFrom(CANARY_KEY)).signTransaction(draft)).raw,
      )
      expect('signPayment' in signer).toBe('signTypedData' in wallet)
    }
  })

  test('refuses an account of another chain', async () => {
    const solana = {
      address: '7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV',
      signMessage: async () => '0x',
      signTransaction: async () => '0x',
    }
    await expect(signerFrom(solana as unknown as WalletLike)).rejects.toMatchObject({ code: 'signer/unknown-wallet' })
  })

  test('refuses an account that signs no transactions', async () => {
    const wallet = { address: account.address, type: 'local', signMessage: account.signMessage }
    await expect(signerFrom(wallet)).rejects.toMatchObject({ code: 'signer/cannot-sign-transactions' })
  })

  test('refuses an invalid key, and does not show it', async () => {
    const error = await signerFrom('canary').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'signer/bad-private-key' })
    expect(inspect(error, { depth: null })).not.toContain('canary')
  })
})
