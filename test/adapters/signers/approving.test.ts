import { encodeFunctionData, parseAbi } from 'viem'
import { describe, expect, test } from 'vitest'
import { approvingSigner } from '../../../src/adapters/signers/approving.ts'
import { describeMessage, describePayment, describeTransaction } from '../../../src/adapters/signers/describe.ts'
import { proofText } from '../../../src/adapters/signers/verify.ts'
import { ADDRESSES } from '../../../src/domain/addresses.ts'
import type { Draft } from '../../../src/domain/attempt.ts'
import { signInWithX } from '../../../src/gate/sign-in.ts'
import type { Signer } from '../../../src/ports/signer.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { ADDRESS, draft, payment, VVV } from '../../support/samples.ts'
import { CHALLENGE_TEXT, SIGNATURE } from '../../support/world.ts'

const STRANGER = '0x00000000000000000000000000000000000000ff'
const abi = parseAbi([
  'function approve(address spender, uint256 amount)',
  'function stake(address recipient, uint256 amount)',
  'function stake(uint256 amount)',
  'function mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut)',
  'function transfer(address to, uint256 amount)',
])
const calls = (to: Draft['to'], functionName: string, args: readonly unknown[]): Draft =>
  // The names and arguments below are of the list above.
  draft('stake', 7, { to, data: encodeFunctionData({ abi, functionName, args } as never) })

describe('a transaction is described by the effect of its bytes', () => {
  test.each<[string, Draft, object]>([
    [
      'an approve',
      calls(ADDRESSES.vvv, 'approve', [ADDRESSES.staking, 2n * VVV]),
      { purpose: 'approve', arguments: { spender: ADDRESSES.staking }, amounts: [{ coin: 'VVV', text: '2' }] },
    ],
    ['an approve of zero', calls(ADDRESSES.vvv, 'approve', [ADDRESSES.staking, 0n]), { purpose: 'revoke' }],
    [
      'a stake, also for another wallet',
      calls(ADDRESSES.staking, 'stake', [STRANGER, VVV]),
      {
        purpose: 'stake',
        function: 'stake(address recipient, uint256 amount)',
        arguments: { recipient: expect.stringMatching(/ff$/i) },
      },
    ],
    [
      'a lock',
      calls(ADDRESSES.staking, 'mintDiem', [VVV, 1n]),
      { purpose: 'mintDiem', amounts: [{ coin: 'sVVV', text: '1' }], arguments: { minDiemAmountOut: '1' } },
    ],
    [
      'a stake of DIEM',
      calls(ADDRESSES.diem, 'stake', [VVV]),
      { purpose: 'stakeDiem', amounts: [{ coin: 'DIEM', text: '1' }] },
    ],
    [
      'an empty transfer to itself',
      draft('fillNonce', 7, { to: ADDRESS, data: '0x' }),
      { purpose: 'fillNonce', amounts: [] },
    ],
    ['a transfer', calls(ADDRESSES.vvv, 'transfer', [STRANGER, VVV]), { purpose: 'unknown', function: null }],
    ['a stake elsewhere', calls(STRANGER, 'stake', [STRANGER, VVV]), { purpose: 'unknown', amounts: [] }],
    ['an approve elsewhere', calls(ADDRESSES.diem, 'approve', [STRANGER, VVV]), { purpose: 'unknown', amounts: [] }],
  ])('%s', (_, drafted, described) => {
    const request = describeTransaction(drafted)
    expect(request).toMatchObject({ kind: 'transaction', address: ADDRESS, to: drafted.to, ...described })
    expect(request.summary).toMatch(/^The transaction with nonce 7 .+, and costs at most 0\.\d+ ETH in fees\.$/)
  })
})

const SIWE = (resources: string) =>
  [
    'api.venice.ai wants you to sign in with your Ethereum account:',
    ADDRESS,
    '',
    'Authorize Venice API key creation.',
    '',
    'URI: https://api.venice.ai/api/v1/api_keys/generate_web3_key',
    'Version: 1',
    'Chain ID: 8453',
    'Nonce: canarynonce',
    'Issued At: 2026-11-23T00:00:00.000Z',
    'Expiration Time: 2026-11-23T00:15:00.000Z',
    ...(resources === '' ? [] : ['Resources:', `- ${resources}`]),
  ].join('\n')

describe('a message is described without the part that makes it usable', () => {
  test.each([
    ['a token', CHALLENGE_TEXT, { purpose: 'mintKey', arguments: { form: 'jwt' } }],
    [
      'a challenge',
      SIWE('urn:venice:api-key:create'),
      { purpose: 'mintKey', chainId: 8453, expiresAt: '2026-11-23T00:15:00.000Z' },
    ],
    ['a sign-in', SIWE(''), { purpose: 'signIn', arguments: { domain: 'api.venice.ai' } }],
    ['a proof of the wallet', proofText(ADDRESS), { purpose: 'proof' }],
    ['anything else', 'send me canary money', { purpose: 'unknown', arguments: {} }],
  ])('%s', (_, text, described) => {
    const request = describeMessage(ADDRESS, text)
    expect(request).toMatchObject({ kind: 'message', address: ADDRESS, maxFeeWei: null, ...described })
    expect(JSON.stringify(request)).not.toContain('canary')
  })
})

test('a payment is described by its amount and recipient', () => {
  const request = describePayment(payment({ asset: ADDRESSES.usdc, to: STRANGER, value: '5000000' }))
  expect(request).toMatchObject({
    kind: 'typedData',
    purpose: 'payment',
    to: STRANGER,
    amounts: [{ coin: 'USDC', units: '5000000', text: '5' }],
  })
  expect(describePayment(payment({ asset: STRANGER }))).toMatchObject({ purpose: 'unknown', amounts: [] })
})

/** A signer that counts, and can do everything. */
function counting({ sends = false } = {}): { signer: Signer; signatures: () => number } {
  let signatures = 0
  const count = async <T>(answer: T): Promise<T> => {
    signatures += 1
    return answer
  }
  const signer: Signer = {
    address: ADDRESS,
    signMessage: () => count(SIGNATURE),
    signTransaction: async () => (sends ? { raw: null, hash: '0xid' } : count({ raw: '0x02', hash: '0x01' })),
    signPayment: () => count(SIGNATURE),
    ...(sends && {
      sending: { honoursNonces: true, isUnsent: () => true, send: () => count('0xhash' as const) },
    }),
  }
  return { signer, signatures: () => signatures }
}

const no = [
  () => false,
  async () => false,
  () => Promise.reject(new Error('canary')),
  () => 'yes' as unknown as boolean,
]

describe.each(no)('a callback that does not approve (%#)', (approve) => {
  test('prevents every method of the signer', async () => {
    const { signer, signatures } = counting()
    const asked = approvingSigner(signer, approve)
    const stake = draft('stake', 7)
    const declined = [
      asked.signMessage('text'),
      asked.signTransaction(stake),
      asked.signPayment?.(payment()),
      signInWithX(asked, fakeClock()),
    ]
    const sender = counting({ sends: true })
    declined.push(approvingSigner(sender.signer, approve).sending?.send(stake))
    for (const work of declined) {
      await expect(work).rejects.toMatchObject({
        code: 'policy/signature-declined',
        exit: 'refused',
        recovery: 'refuse',
      })
    }
    expect(signatures() + sender.signatures()).toBe(0)
  })
})

describe('a wallet that signs only by sending', () => {
  test('asks for approval once, before the transaction is recorded', async () => {
    const { signer } = counting({ sends: true })
    const purposes: string[] = []
    const asked = approvingSigner(signer, ({ purpose }) => purposes.push(purpose) > 0)
    const stake = calls(ADDRESSES.staking, 'stake', [ADDRESS, VVV])
    await asked.signTransaction(stake)
    expect(await asked.sending?.send(stake)).toBe('0xhash')
    expect(purposes).toEqual(['stake'])
    await asked.sending?.send({ ...stake, maxFeePerGas: '999' })
    expect(purposes).toEqual(['stake', 'stake'])
  })
})
