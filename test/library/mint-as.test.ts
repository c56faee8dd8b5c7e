import { readFileSync } from 'node:fs'
import { parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { beforeEach, describe, expect, test } from 'vitest'
import { createMachineParts } from '../../src/library/machine-parts.ts'
import { onboard } from '../../src/library/onboard.ts'
import { MINT, useSandbox } from '../support/sandbox.ts'
import { type SmartAccountUnderTest, smartAccounts, type Version } from '../support/smart-account.ts'

const lab = useSandbox()
beforeEach(() => lab.sandbox.venice.setContractSignatures('none'))

const { begin, onChain, stored, sVvvOf } = smartAccounts(lab)

/** An account without ETH, and an EOA that never holds anything but sVVV. */
async function beginWithMinter(version: Version = '0.8') {
  const under = await begin(version, { vvv: parseEther('2') })
  const mintAs = generatePrivateKey()
  return { under, mintAs, minter: privateKeyToAccount(mintAs).address, options: { ...under.options, mintAs } }
}

const keysOf = (address: SmartAccountUnderTest['address']) =>
  lab.sandbox.venice.keys().filter(({ owner }) => owner === address)

describe('an account whose signature Venice does not take', () => {
  test.each<Version>(['0.6', '0.7', '0.8'])(
    'of EntryPoint %s stakes for a wallet without anything, which mints the key',
    async (version) => {
      const { under, minter, options } = await beginWithMinter(version)
      const result = await onboard(options)
      expect(result.failure).toBeNull()
      expect(result).toMatchObject({ address: under.address, mintAs: minter })
      expect(result.transactions).toMatchObject([{ purpose: 'stake', status: 'mined', along: ['approve'] }])
      expect(await onChain(under)).toEqual({ operations: 1n, allowance: 0n, sVvv: 0n })
      expect(await sVvvOf(minter)).toBe(parseEther('1'))
      expect([stored(under), keysOf(minter)]).toMatchObject([[], [{ owner: minter }]])
      const [key] = keysOf(minter)
      expect(readFileSync(under.options.sink.replace('env-file:', ''), 'utf8')).toContain(
        lab.sandbox.venice.secretOf(key?.id ?? ''),
      )
    },
  )

  test('is told of that way, and takes it in the next run', async () => {
    const { under, minter, options } = await beginWithMinter()
    const refused = await onboard(under.options)
    expect(refused.failure).toMatchObject({
      code: 'wallet/signature-not-taken',
      hint: expect.stringContaining('mintAs'),
    })
    const result = await onboard(options)
    expect(result.failure).toBeNull()
    expect(await sVvvOf(minter)).toBe(parseEther('1'))
  })

  test('asks Venice nothing that it knows already: the first post is the mint', async () => {
    const { options } = await beginWithMinter()
    await onboard(options)
    expect(lab.sandbox.venice.requests.count(MINT)).toBe(1)
  })

  test('has the wallet that mints sign before it stakes', async () => {
    const { under, options } = await beginWithMinter()
    const asked: string[] = []
    const approve = ({ kind, address }: { kind: string; address: string }) => {
      asked.push(`${kind} ${address}`)
      return kind === 'operation'
    }
    const { failure } = await onboard({ ...options, approve })
    expect(failure).toMatchObject({ code: 'policy/signature-declined' })
    expect(asked).toEqual([`message ${privateKeyToAccount(options.mintAs).address}`])
    expect((await onChain(under)).operations).toBe(0n)
  })

  test('shows whom it stakes for before it signs', async () => {
    const { minter, options } = await beginWithMinter()
    const asked: string[] = []
    await onboard({
      ...options,
      approve: ({ kind, summary }) => {
        if (kind === 'operation') asked.push(summary)
        return true
      },
    })
    expect(asked).toEqual([expect.stringContaining(`stakes 1 VVV for ${minter}`)])
  })

  test('stakes nothing where that wallet holds enough', async () => {
    const { under, minter, options } = await beginWithMinter()
    await onboard(options)
    const again = await begin('0.8', { vvv: parseEther('2') })
    const result = await onboard({ ...again.options, mintAs: options.mintAs })
    expect(result.failure).toBeNull()
    expect(result.transactions).toEqual([])
    expect((await onChain(again)).operations).toBe(0n)
    expect((await onChain(under)).operations).toBe(1n)
    expect(keysOf(minter)).toHaveLength(2)
  })
})

describe('who mints', () => {
  test('is bound to the run: another one is refused once something is signed', async () => {
    const { under, minter, options } = await beginWithMinter()
    lab.fault('eth_sendUserOperation', { kind: 'rpcError', code: -32500, message: 'AA26 over verificationGasLimit' })
    expect((await onboard(options)).failure).toMatchObject({ code: 'bundler/operation-refused' })
    const other = generatePrivateKey()
    await expect(onboard({ ...options, mintAs: other })).rejects.toMatchObject({ code: 'run/request-changed' })
    await expect(onboard(under.options)).rejects.toMatchObject({ code: 'wallet/minter-missing' })
    expect((await onboard(options)).failure).toBeNull()
    expect(await sVvvOf(minter)).toBe(parseEther('1'))
    expect(await sVvvOf(privateKeyToAccount(other).address)).toBe(0n)
  })

  test('is part of the plan’s digest', async () => {
    const { under, options } = await beginWithMinter()
    const digests: string[] = []
    const planned = async (given: typeof options) => {
      const { failure } = await onboard({ ...given, planDigest: '0'.repeat(64) })
      digests.push(JSON.stringify(failure?.facts))
      expect(failure).toMatchObject({ code: 'policy/plan-changed' })
    }
    await planned(options)
    await planned({ ...options, mintAs: generatePrivateKey() })
    expect(new Set(digests).size).toBe(2)
    expect((await onChain(under)).operations).toBe(0n)
  })

  test('has a private key of its own: a contract is refused', async () => {
    const { under } = await beginWithMinter()
    const key = generatePrivateKey()
    const account = privateKeyToAccount(key)
    await lab.sandbox.chain.public.request({ method: 'anvil_setCode', params: [account.address, '0x60'] } as never)
    const { failure } = await onboard({ ...under.options, mintAs: key })
    expect(failure).toMatchObject({ code: 'wallet/contract-account' })
    const other = await begin('0.8', {})
    await expect(onboard({ ...under.options, mintAs: other.options.signer })).rejects.toMatchObject({
      code: 'wallet/mint-as-unusable',
    })
    expect((await onChain(under)).operations).toBe(0n)
  })

  test('is refused for a wallet that signs for itself, and next to another way to pay', async () => {
    const { under, options } = await beginWithMinter()
    const refused = { code: 'wallet/mint-as-unusable' }
    await expect(onboard({ ...options, signer: generatePrivateKey() })).rejects.toMatchObject(refused)
    await expect(onboard({ ...options, fund: 'x402:5' })).rejects.toMatchObject(refused)
    await expect(onboard({ ...options, credential: 'wallet' })).rejects.toMatchObject(refused)
    expect((await onChain(under)).operations).toBe(0n)
  })

  test('is not to be staked for by another run meanwhile', async () => {
    const { under, options } = await beginWithMinter()
    const { release } = await createMachineParts({ ...under.options, signer: options.mintAs })
    await expect(onboard(options)).rejects.toMatchObject({ code: 'store/locked' })
    await release()
    expect((await onboard(options)).failure).toBeNull()
  })
})
