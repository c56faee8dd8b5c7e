import { keccak256 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, it } from 'vitest'
import { decode } from '../../src/adapters/chain/decode.ts'
import { ADDRESSES, type Hex } from '../../src/domain/addresses.ts'
import type { Purpose } from '../../src/domain/attempt.ts'
import { requireUnchanged } from '../../src/gate/transactions.ts'
import { attempt } from '../support/samples.ts'

const account = privateKeyToAccount(`0x${'4'.repeat(64)}`)
const other = privateKeyToAccount(`0x${'5'.repeat(64)}`)
const wallet = { address: account.address, chainId: 8453 }

/** A recorded attempt of the wallet, whose signed bytes have `changes` in place of its own fields. */
async function recorded(purpose: Purpose, changes: object = {}, by = account) {
  const made = attempt(purpose, 7, { from: account.address, raw: null })
  const { to, data, nonce } = made
  const fields = { chainId: 8453, nonce, to, data, value: 0n, gas: BigInt(made.gas), type: 'eip1559' as const }
  const fees = {
    maxFeePerGas: BigInt(made.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(made.maxPriorityFeePerGas),
  }
  const raw: Hex = await by.signTransaction({ ...fields, ...fees, ...changes } as never)
  return { ...made, raw, hash: keccak256(raw) }
}
const checked = (made: Awaited<ReturnType<typeof recorded>>) =>
  requireUnchanged(made, wallet, decode).then(
    () => 'unchanged',
    ({ code }) => code,
  )

it.each<Purpose>(['approve', 'revoke', 'stake', 'fillNonce', 'stakeDiem'])(
  'the bytes of a %s match its purpose',
  async (purpose) => {
    expect(await checked(await recorded(purpose))).toBe('unchanged')
  },
)

const NO_TIP = { maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
const LIST = [{ address: ADDRESSES.vvv, storageKeys: [`0x${'0'.repeat(64)}`] }]

it.each<[string, object]>([
  ['of another chain', { chainId: 1 }],
  ['of no chain', { type: 'legacy', gasPrice: 10_000_000n, ...NO_TIP, chainId: undefined }],
  ['with another nonce', { nonce: 8 }],
  ['to another recipient', { to: other.address }],
  ['that create a contract', { to: null }],
  ['with one wei', { value: 1n }],
  ['with more gas', { gas: 100_001n }],
  ['with a higher fee', { maxFeePerGas: 10_000_001n }],
  ['with a higher tip', { maxPriorityFeePerGas: 1_000_001n }],
  ['with an access list', { accessList: LIST }],
  ['with other data', { data: '0x01' }],
  ['of a legacy transaction', { type: 'legacy', gasPrice: 10_000_000n, ...NO_TIP }],
  [
    'of a transaction with an access list, EIP-2930',
    { type: 'eip2930', gasPrice: 10_000_000n, accessList: LIST, ...NO_TIP },
  ],
  [
    'of a blob transaction, EIP-4844',
    { type: 'eip4844', maxFeePerBlobGas: 1n, blobVersionedHashes: [`0x01${'0'.repeat(62)}`], sidecars: false },
  ],
])('bytes %s are not sent, whatever the purpose', async (_, changes) => {
  for (const purpose of ['approve', 'stake', 'fillNonce'] as const)
    expect([purpose, await checked(await recorded(purpose, changes))]).toEqual([purpose, 'store/changed'])
})

it('bytes that delegate the account, EIP-7702, are not sent', async () => {
  const authorization = await account.signAuthorization({ chainId: 8453, nonce: 8, contractAddress: other.address })
  for (const purpose of ['stake', 'fillNonce'] as const) {
    const made = await recorded(purpose, { type: 'eip7702', authorizationList: [authorization] })
    expect(await checked(made)).toBe('store/changed')
  }
})

it('bytes with another signer, with bytes after them, or cut short are not sent', async () => {
  expect(await checked(await recorded('stake', {}, other))).toBe('store/changed')
  const { raw, ...made } = await recorded('stake')
  for (const bytes of [
    `${raw}00`,
    `${raw}c0`,
    `${raw}${raw.slice(2)}`,
    raw.slice(0, -2),
    '0x',
    '0x02',
    `0x02${raw.slice(2)}`,
  ] as Hex[]) {
    expect(await checked({ ...made, raw: bytes, hash: keccak256(bytes) })).toBe('store/changed')
    expect(await checked({ ...made, raw: bytes })).toBe('store/changed')
  }
})
