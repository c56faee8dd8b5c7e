import { getUserOperationHash, type UserOperation } from 'viem/account-abstraction'
import { describe, expect, it } from 'vitest'
import { type Operation, operationHash, parsed, serialized, viemOperation } from '../../src/adapters/user-operation.ts'
import { ADDRESSES, BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import { ENTRY_POINTS } from '../../src/sandbox/contracts/deploy.ts'
import { ADDRESS } from '../support/samples.ts'

const PLAIN: Omit<Operation, 'entryPoint'> = {
  sender: ADDRESS,
  nonce: 7,
  callData: '0x1234567890',
  callGas: '210000',
  verificationGas: '150001',
  preVerificationGas: '60002',
  maxFeePerGas: '11000003',
  maxPriorityFeePerGas: '1000004',
  factory: null,
  paymaster: null,
}
const factory = { address: ADDRESSES.multicall3, data: '0xabcdef' } as const
const paymaster = { address: ADDRESSES.usdc, data: '0x99', verificationGas: '70005', postOpGas: '6' } as const

describe.each(['0.6', '0.7', '0.8'] as const)('a user operation of EntryPoint %s', (version) => {
  it.each<[string, Omit<Operation, 'entryPoint'>]>([
    ['as it is', PLAIN],
    ['that deploys its account', { ...PLAIN, factory }],
    ['that a paymaster pays for', { ...PLAIN, paymaster }],
    ['of all parts', { ...PLAIN, factory, paymaster }],
  ])('%s has the hash that viem gives it, and is read back from its bytes', (_, fields) => {
    const operation: Operation = { ...fields, entryPoint: ENTRY_POINTS[version] }
    expect(operationHash(operation, version)).toBe(
      getUserOperationHash({
        chainId: BASE_CHAIN_ID,
        entryPointAddress: ENTRY_POINTS[version],
        entryPointVersion: version,
        userOperation: viemOperation(operation, version) as UserOperation,
      }),
    )
    const read = parsed(serialized(operation, '0x5151'))
    expect(read?.signature).toBe('0x5151')
    expect(read && operationHash(read.operation, version)).toBe(operationHash(operation, version))
  })
})

it('bytes of something else are none', () => {
  expect([parsed('0x'), parsed('0x02f870'), parsed(`0x${'00'.repeat(400)}`)]).toEqual([null, null, null])
})
