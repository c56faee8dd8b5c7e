import { describe, expect, test } from 'vitest'
import { createBundlerClient } from '../../../src/adapters/chain/bundler.ts'
import { ENTRY_POINTS } from '../../../src/sandbox/contracts/deploy.ts'
import { ADDRESS } from '../../support/samples.ts'

const bundlerThat = (request: () => Promise<unknown>, version: keyof typeof ENTRY_POINTS = '0.7') =>
  createBundlerClient({ request } as never, { request } as never, {
    entryPoint: { address: ENTRY_POINTS[version], version },
    context: {},
  })

const refusing = (message: string, code = -32500) =>
  bundlerThat(() => Promise.reject(Object.assign(new Error(message), { code })))
const attempt = { from: ADDRESS, nonce: 3 }
const operation = { sender: ADDRESS, nonce: '0x3' } as const

describe('what a bundler says of an operation', () => {
  test.each([
    ['AA25 invalid account nonce', 'chain/nonce-used'],
    ['replacement underpriced', 'chain/nonce-contested'],
    ["AA21 didn't pay prefund", 'wallet/cannot-pay-gas'],
    ['AA31 paymaster deposit too low', 'bundler/paymaster-refused'],
    ['maxFeePerGas must be at least 12', 'chain/fee-too-low'],
    ['AA24 signature error', 'bundler/operation-refused'],
    ['rate limit exceeded', 'bundler/unavailable'],
  ])('"%s" is %s', async (message, code) => {
    await expect(refusing(message).send(operation, attempt)).rejects.toMatchObject({ code })
  })

  test('that it has it already is success', async () => {
    await expect(refusing('already known').send(operation, attempt)).resolves.toBe('0x')
  })

  test.each([
    ['nothing', null],
    ['gas that is no number', { callGasLimit: 'much', verificationGasLimit: '0x1', preVerificationGas: '0x1' }],
    ['gas below zero', { callGasLimit: -1, verificationGasLimit: '0x1', preVerificationGas: '0x1' }],
  ])('an estimate of %s is none', async (_, found) => {
    await expect(bundlerThat(async () => found).estimate(operation)).rejects.toMatchObject({
      code: 'bundler/unavailable',
    })
  })
})

describe('what a paymaster answers', () => {
  test.each([
    ['no address', { paymasterData: '0x' }, 'bundler/unavailable'],
    ['data that is no hex', { paymaster: ADDRESS, paymasterData: 'yes' }, 'bundler/unavailable'],
    ['an approval', { paymaster: ADDRESS, paymasterData: '0x', approval: {} }, 'bundler/paymaster-terms'],
  ])('with %s is not taken', async (_, found, code) => {
    await expect(bundlerThat(async () => found).paymaster(operation, 'stub')).rejects.toMatchObject({ code })
  })

  test.each([
    ['no address', { paymasterAndData: '0x12' }, 'bundler/unavailable'],
    ['fields of later versions', { paymaster: ADDRESS, paymasterData: '0x' }, 'bundler/paymaster-terms'],
    ['an approval', { paymasterAndData: ADDRESS, approval: {} }, 'bundler/paymaster-terms'],
  ])('for EntryPoint 0.6 with %s is not taken', async (_, found, code) => {
    await expect(bundlerThat(async () => found, '0.6').paymaster(operation, 'stub')).rejects.toMatchObject({ code })
  })
})
