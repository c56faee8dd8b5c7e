import { keccak256, parseEther, parseSignature, parseUnits } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TREASURY } from '../../src/sandbox/contracts/deploy.ts'
import { type SandboxChain, startChain } from '../../src/sandbox/local-chain.ts'
import { openWallet, refusal, staking, usdc, vvv } from './wallet.ts'

const ONE = parseEther('1')

let chain: SandboxChain
beforeAll(async () => {
  chain = await startChain({ blockTimeMs: 0 })
})
afterAll(() => chain.close())

it('the tokens have the EIP-712 domains of Base', async () => {
  const separators = await Promise.all([
    chain.public.readContract({ ...vvv, functionName: 'DOMAIN_SEPARATOR' }),
    chain.public.readContract({ ...usdc, functionName: 'DOMAIN_SEPARATOR' }),
  ])
  expect(separators).toEqual([
    '0x8b6304c6c431ee55629c98b0d8fe9ff3a2fa91d73ef3ade1c6ff07677cbd5348',
    '0x02fa7265e7c5d81118673727957699e4d68f74cd74b7db77da710fe8a2c7834f',
  ])
})

it.each(['bytes', 'v, r, s'])('USDC moves on an authorisation signed as %s, once', async (form) => {
  const payer = await openWallet(chain, { usdc: parseUnits('10', 6) })
  const facilitator = await openWallet(chain)
  const [from, to, value] = [payer.address, TREASURY, parseUnits('4', 6)]
  const [validAfter, validBefore, nonce] = [0n, 2n ** 64n, keccak256('0x01')]
  const signature = await payer.account.signTypedData({
    domain: { name: 'USD Coin', version: '2', chainId: chain.chainId, verifyingContract: usdc.address },
    types: {
      TransferWithAuthorization: [
        { name: 'from', type: 'address' },
        { name: 'to', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'validAfter', type: 'uint256' },
        { name: 'validBefore', type: 'uint256' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'TransferWithAuthorization',
    message: { from, to, value, validAfter, validBefore, nonce },
  })
  const { r, s, yParity } = parseSignature(signature)
  const encoded = form === 'bytes' ? [signature] : [27 + yParity, r, s]
  const args = [from, to, value, validAfter, validBefore, nonce, ...encoded]
  const transfer = { ...usdc, functionName: 'transferWithAuthorization', args }
  await facilitator.send(transfer)

  expect(await refusal(facilitator.call(transfer))).toBe('FiatTokenV2: authorization is used or canceled')
  const state = { ...usdc, functionName: 'authorizationState', args: [from, nonce] } as const
  expect(await chain.public.readContract(state)).toBe(true)
  const balance = { ...usdc, functionName: 'balanceOf', args: [from] } as const
  expect(await chain.public.readContract(balance)).toBe(parseUnits('6', 6))
})

it('an authorisation can be cancelled before it is used', async () => {
  const payer = await openWallet(chain)
  const anyone = await openWallet(chain)
  const nonce = keccak256('0x02')
  const signature = await payer.account.signTypedData({
    domain: { name: 'USD Coin', version: '2', chainId: chain.chainId, verifyingContract: usdc.address },
    types: {
      CancelAuthorization: [
        { name: 'authorizer', type: 'address' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'CancelAuthorization',
    message: { authorizer: payer.address, nonce },
  })
  const { r, s, yParity } = parseSignature(signature)
  const args = [payer.address, nonce, 27 + yParity, r, s]
  await anyone.send({ ...usdc, functionName: 'cancelAuthorization', args })
  const state = { ...usdc, functionName: 'authorizationState', args: [payer.address, nonce] } as const
  expect(await chain.public.readContract(state)).toBe(true)
})

it('a permit grants an allowance once', async () => {
  const holder = await openWallet(chain)
  const anyone = await openWallet(chain)
  const deadline = 2n ** 64n
  const signature = await holder.account.signTypedData({
    domain: { name: 'Venice Token', version: '1', chainId: chain.chainId, verifyingContract: vvv.address },
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
    message: { owner: holder.address, spender: staking.address, value: ONE, nonce: 0n, deadline },
  })
  const { r, s, yParity } = parseSignature(signature)
  const permit = {
    ...vvv,
    functionName: 'permit',
    args: [holder.address, staking.address, ONE, deadline, 27 + yParity, r, s],
  }
  await anyone.send(permit)
  expect(await refusal(anyone.call(permit))).toBe('INVALID_SIGNER')
  expect(await refusal(anyone.call({ ...permit, args: permit.args.with(3, 0n) }))).toBe('PERMIT_DEADLINE_EXPIRED')
})
