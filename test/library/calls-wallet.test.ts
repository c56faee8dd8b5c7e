import { join } from 'node:path'
import { createPublicClient, http, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { beforeEach, describe, expect, test } from 'vitest'
import { type CallsWalletOptions, callsWallet } from '../../src/adapters/signers/calls-wallet.ts'
import type { Address } from '../../src/domain/addresses.ts'
import { onboard } from '../../src/library/onboard.ts'
import { providerAt } from '../support/calls-provider.ts'
import { type CallsWallet, startCallsWallet } from '../support/calls-wallet.ts'
import { DIEM_FUNDS, diemOf, TENTH } from '../support/diem-actions.ts'
import { MINT, newFolder, useSandbox } from '../support/sandbox.ts'
import { smartAccounts } from '../support/smart-account.ts'

const lab = useSandbox()
beforeEach(() => lab.sandbox.venice.setContractSignatures('all'))

const { sVvvOf, allowanceOf } = smartAccounts(lab)

async function begin(given: CallsWalletOptions = {}) {
  const { rpcUrl, apiUrl } = lab.sandbox
  const wallet = await startCallsWallet(lab)
  const { verifyMessage } = createPublicClient({ chain: base, transport: http(rpcUrl) })
  const folder = newFolder()
  const open = () => callsWallet(providerAt(wallet.url), { verifyMessage, ...given })
  const options = {
    network: { rpcUrl, apiUrl },
    sink: `env-file:${join(folder, '.env')}`,
    stateDir: join(folder, 'runs'),
  }
  return { wallet, run: async (more = {}) => onboard({ ...options, signer: await open(), ...more }), open }
}

const keysOf = (address: Address) => lab.sandbox.venice.keys().filter(({ owner }) => owner === address)

/** The wallet has made its calls once, both of them, and Venice one key. */
async function expectOnboarded({ address, bundles }: CallsWallet) {
  expect([...bundles.values()].filter(({ hash }) => hash !== null)).toHaveLength(1)
  expect([await sVvvOf(address), await allowanceOf(address)]).toEqual([parseEther('1'), 0n])
  expect(keysOf(address)).toHaveLength(1)
}

describe('a wallet that makes calls together', () => {
  test('approves and stakes in one request, without ETH of its own, and the record has its transaction', async () => {
    const { wallet, run } = await begin()
    await lab.sandbox.chain.fund(wallet.address, { eth: parseEther('0.01') })
    const result = await run()
    expect(result.failure).toBeNull()
    const [{ hash, request } = { hash: null, request: null }] = wallet.bundles.values()
    expect(result.transactions).toMatchObject([{ purpose: 'stake', hash, status: 'mined', along: ['approve'] }])
    expect(request).toMatchObject({ version: '2.0.0', atomicRequired: true, from: wallet.address })
    expect([...wallet.bundles.keys()]).toEqual([expect.stringMatching(/^0x[0-9a-f]{64}$/)])
    await expectOnboarded(wallet)
    expect((await run()).wasFinished).toBe(true)
    expect(wallet.asked.filter((method) => method === 'wallet_sendCalls')).toHaveLength(1)
  })

  test('needs no ETH with a paymaster, which it is asked to use', async () => {
    const paymasterUrl = 'https://paymaster.example/key-1234567890'
    const { wallet, run } = await begin({ paymasterUrl })
    const result = await run()
    expect([result.failure, result.spent.feeWei]).toEqual([null, '0'])
    const [{ request } = { request: null }] = wallet.bundles.values()
    expect(request?.capabilities).toEqual({ paymasterService: { url: paymasterUrl, context: {} } })
    await expectOnboarded(wallet)
    expect(JSON.stringify(result)).not.toContain('key-1234567890')
  })

  test('is asked whether Venice takes its signature before anything is staked, and may stake for another wallet', async () => {
    lab.sandbox.venice.setContractSignatures('none')
    const { wallet, run } = await begin({ paymasterUrl: 'https://paymaster.example' })
    expect((await run()).failure).toMatchObject({ code: 'wallet/signature-not-taken' })
    expect([wallet.bundles.size, lab.sandbox.venice.requests.count(MINT)]).toEqual([0, 1])
    const mintAs = generatePrivateKey()
    const minter = privateKeyToAccount(mintAs).address
    expect((await run({ mintAs })).failure).toBeNull()
    expect([await sVvvOf(minter), await sVvvOf(wallet.address)]).toEqual([parseEther('1'), 0n])
    expect(keysOf(minter)).toHaveLength(1)
  })

  test('locks for DIEM and stakes it in one request, and says so before', async () => {
    const { wallet, run } = await begin({ paymasterUrl: 'https://paymaster.example' })
    await lab.sandbox.chain.fund(wallet.address, DIEM_FUNDS)
    const asked: { purpose: string; amounts: readonly { coin: string }[] }[] = []
    const approve = (request: (typeof asked)[number]) => asked.push(request) > 0
    const result = await run({ fund: 'diem:0.1', approve })
    expect(result.failure).toBeNull()
    expect(result.transactions).toMatchObject([
      { purpose: 'stake', status: 'mined', along: ['approve'] },
      { purpose: 'stake', status: 'mined', along: ['approve'] },
      { purpose: 'mintDiem', status: 'mined', along: ['stakeDiem'] },
    ])
    expect(asked.at(-1)).toMatchObject({
      purpose: 'mintDiem',
      amounts: [{ coin: 'sVVV' }, { coin: 'DIEM', text: '0.1' }],
    })
    expect((await diemOf(lab.sandbox, wallet.address)).staked).toBe(TENTH)
    expect(await allowanceOf(wallet.address)).toBe(0n)
  })

  test('is shown what it is to do before it is asked', async () => {
    const { wallet, run } = await begin({ paymasterUrl: 'https://paymaster.example' })
    const asked: object[] = []
    const approve = (request: { kind: string }) => {
      asked.push(request)
      return request.kind !== 'calls'
    }
    expect((await run({ approve })).failure).toMatchObject({ code: 'policy/signature-declined' })
    expect(asked.at(-1)).toMatchObject({
      kind: 'calls',
      purpose: 'stake',
      amounts: [{ coin: 'VVV', text: '1' }],
      maxFeeWei: '0',
      summary: expect.stringContaining('https://paymaster.example is to pay'),
    })
    expect(wallet.bundles.size).toBe(0)
  })

  test.each<[string, Record<string, unknown>]>([
    ['makes none', {}],
    ['would upgrade the account first', { atomic: { status: 'ready' } }],
  ])('is refused where it %s', async (_, offers) => {
    const { wallet, open } = await begin()
    wallet.offers = offers
    await expect(open()).rejects.toMatchObject({ code: 'wallet/calls-not-atomic' })
  })

  test('may upgrade the account where that is said', async () => {
    const { wallet, open } = await begin({ mayUpgrade: true })
    wallet.offers = { atomic: { status: 'ready' } }
    expect((await open()).calls).toBeDefined()
  })
})

describe('calls that were asked for', () => {
  const paymasterUrl = 'https://paymaster.example'

  test('are found by their id after the answer was lost', async () => {
    const { wallet, run } = await begin({ paymasterUrl })
    let drops = 1
    wallet.onSend = (moment) => (moment === 'after' && drops-- > 0 ? 'drop' : 'go on')
    expect((await run()).failure).toBeNull()
    await expectOnboarded(wallet)
  })

  test('are asked for again under the same id where the wallet never got them', async () => {
    const { wallet, run } = await begin({ paymasterUrl })
    let drops = 1
    wallet.onSend = (moment) => (moment === 'before' && drops-- > 0 ? 'drop' : 'go on')
    expect((await run()).failure).toBeNull()
    await expectOnboarded(wallet)
    expect(wallet.asked.filter((method) => method === 'wallet_sendCalls')).toHaveLength(2)
  })

  test('are waited for while the wallet has not made them', async () => {
    const { wallet, run } = await begin({ paymasterUrl })
    wallet.waits = true
    const pausing = new AbortController()
    const onEvent = ({ type, ...event }: { type: string; to?: string }) => {
      if (type === 'transition' && event.to === 'awaitConfirmation.watch') pausing.abort()
    }
    expect((await run({ signal: pausing.signal, onEvent })).outcome).toBe('paused')
    await wallet.make()
    expect((await run()).failure).toBeNull()
    await expectOnboarded(wallet)
    expect(wallet.asked.filter((method) => method === 'wallet_sendCalls')).toHaveLength(1)
  })

  test('are proven by the chain where the wallet has forgotten them', async () => {
    const { wallet, run } = await begin({ paymasterUrl })
    wallet.onSend = (moment) => {
      wallet.forgets = moment === 'after'
      return moment === 'after' ? 'drop' : 'go on'
    }
    expect((await run()).failure).toBeNull()
    await expectOnboarded(wallet)
  })

  test('are never asked for twice of a wallet that has ids of its own', async () => {
    const { wallet, run } = await begin({ paymasterUrl })
    wallet.ownIds = true
    expect((await run()).failure).toBeNull()
    await expectOnboarded(wallet)
    expect(wallet.asked.filter((method) => method === 'wallet_sendCalls')).toHaveLength(1)
  })
})
