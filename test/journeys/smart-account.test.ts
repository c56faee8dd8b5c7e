import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { beforeEach, describe, expect, test } from 'vitest'
import { coinbaseAddress } from '../../src/adapters/signers/owned-account.ts'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { callFor } from '../../src/gate/calls.ts'
import { PAYMASTER } from '../../src/sandbox/contracts/deploy.ts'
import { startCli } from '../support/cli.ts'
import { type Journey, newFolder, useSandbox } from '../support/sandbox.ts'
import { STAKED, smartAccounts } from '../support/smart-account.ts'

const lab = useSandbox()
beforeEach(() => lab.sandbox.venice.setContractSignatures('all'))

const { onChain, sVvvOf, allowanceOf } = smartAccounts(lab)

/** An owner that holds nothing, and its account, which holds VVV. */
async function begin() {
  const journey = await lab.begin({})
  const address = coinbaseAddress(journey.address)
  await lab.sandbox.chain.fund(address, { vvv: parseEther('2') })
  const { rpcUrl } = lab.sandbox
  const account = ['--smart-account', 'coinbase', '--bundler-url', rpcUrl]
  return { journey, address, account, flags: [...account, '--paymaster-url', rpcUrl] }
}

const keysOf = (address: string) =>
  lab.sandbox.venice.keys().filter(({ owner, revoked }) => owner === address && !revoked)

const stakeOf = (address: Journey['address']) => onChain({ address, version: '0.6' })

describe('run --smart-account coinbase', () => {
  test('gets a key for an account without ETH, by one sponsored operation', async () => {
    const { journey, address, flags } = await begin()
    const run = await journey.run(flags)
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({ address, transactions: [{ purpose: 'stake', along: ['approve'] }] })
    expect(await stakeOf(address)).toEqual(STAKED)
    expect(keysOf(address)).toHaveLength(1)
    expect((await journey.onChain()).transactions).toBe(0)
    const { stdout } = await journey.command(['status'])
    expect(stdout).toContain('smart account of EntryPoint 0.6, not deployed yet; a paymaster pays the gas')
    const again = await journey.run(flags)
    expect([again.code, keysOf(address).length]).toEqual([0, 1])
  })

  test('takes bundler and paymaster from the environment', async () => {
    const { journey, address } = await begin()
    const { rpcUrl } = lab.sandbox
    const env = { BUNDLER_URL: rpcUrl, PAYMASTER_URL: rpcUrl }
    expect((await journey.run(['--smart-account', 'coinbase'], { env })).code).toBe(0)
    expect(await stakeOf(address)).toEqual(STAKED)
  })

  test('pays the gas itself where no paymaster is named, and says what it lacks', async () => {
    const { journey, address, account } = await begin()
    const poor = await journey.run(account)
    expect([poor.code, poor.json.failure?.code]).toEqual([4, 'wallet/insufficient-eth'])
    expect(poor.json.failure?.hint).toContain(address)
    await lab.sandbox.chain.fund(address, { eth: parseEther('0.01') })
    expect((await journey.run(account)).code).toBe(0)
    expect(await stakeOf(address)).toEqual(STAKED)
  })

  test('shows in plan and doctor what the account is, who pays, and what the one operation does', async () => {
    const { journey, address, flags } = await begin()
    const { stdout } = await journey.command(['plan', ...flags])
    expect(stdout).toContain(`Wallet ${address}`)
    expect(stdout).toContain('approve and stake')
    expect(stdout).toContain(`The paymaster ${PAYMASTER} pays the gas.`)
    expect(stdout).toContain('also deploys the account')
    const doctor = await journey.command(['doctor', ...flags])
    expect(doctor.stdout).toContain('smart account of EntryPoint 0.6, not deployed yet; a paymaster pays the gas')
    expect(await stakeOf(address)).toEqual({ operations: 0n, allowance: 0n, sVvv: 0n })
  })

  test('signs only the plan of the digest', async () => {
    const { journey, address, flags } = await begin()
    const { json } = await journey.command(['plan', '--json', ...flags])
    const digest = String((json as { planDigest?: string }).planDigest)
    const other = await journey.run([...flags, '--plan-digest', digest, '--mint-as', 'owner'])
    expect([other.code, other.json.failure?.code]).toEqual([5, 'policy/plan-changed'])
    expect((await journey.run([...flags, '--plan-digest', digest])).code).toBe(0)
    expect(await stakeOf(address)).toEqual(STAKED)
  })
})

test('revoke-allowance sets the allowance of the account to 0, by an operation', async () => {
  const { journey, address, flags } = await begin()
  const { chain } = lab.sandbox
  expect((await journey.run(flags)).code).toBe(0)
  await chain.fund(address, { eth: parseEther('0.01') })
  const data = callFor({ purpose: 'approve', amount: 5n }, address).data
  const request = { from: address, to: ADDRESSES.vvv, data }
  await chain.public.request({ method: 'eth_sendTransaction', params: [request] } as never)
  expect(await allowanceOf(address)).toBe(5n)
  const revoked = await journey.command(['revoke-allowance', '--yes', '--json', ...flags])
  expect(revoked.code).toBe(0)
  expect(await allowanceOf(address)).toBe(0n)
})

describe('run --mint-as', () => {
  beforeEach(() => lab.sandbox.venice.setContractSignatures('none'))

  test('is named where Venice does not take the account’s signature', async () => {
    const { journey, address, flags } = await begin()
    const run = await journey.run(flags)
    expect([run.code, run.json.failure?.code]).toEqual([6, 'wallet/signature-not-taken'])
    expect(run.json.failure?.hint).toContain('--mint-as')
    expect((await stakeOf(address)).operations).toBe(0n)
  })

  test('has the account stake for its owner, who then mints', async () => {
    const { journey, address, flags } = await begin()
    const { stdout } = await journey.command(['plan', ...flags, '--mint-as', 'owner'])
    expect(stdout).toContain(`It stakes for ${journey.address}`)
    const run = await journey.run([...flags, '--mint-as', 'owner'])
    expect(run.code).toBe(0)
    expect(run.json).toMatchObject({ address, mintAs: journey.address })
    expect(await sVvvOf(journey.address)).toBe(parseEther('1'))
    expect(keysOf(journey.address)).toHaveLength(1)
    const list = await journey.command(['keys', 'list', '--json', '--with-admin-key', ...flags, '--mint-as', 'owner'])
    expect(list.code).toBe(0)
    const rotated = await journey.command([
      'keys',
      'rotate',
      '--yes',
      '--with-admin-key',
      ...flags,
      '--mint-as',
      'owner',
    ])
    expect(rotated.code).toBe(0)
    expect(keysOf(journey.address)).toHaveLength(1)
  })

  test('takes another wallet, with a key of its own', async () => {
    const { journey, flags } = await begin()
    const key = generatePrivateKey()
    const { address } = privateKeyToAccount(key)
    const named = [...flags, '--mint-as', address]
    const missing = await journey.run(named)
    expect([missing.code, missing.json.failure?.code]).toEqual([78, 'wallet/minter-missing'])
    const wrong = await journey.run(named, { env: { MINT_AS_PRIVATE_KEY: generatePrivateKey() } })
    expect([wrong.code, wrong.json.failure?.code]).toEqual([78, 'wallet/mint-as-unusable'])
    const run = await journey.run(named, { env: { MINT_AS_PRIVATE_KEY: key } })
    expect(run.code).toBe(0)
    expect(await sVvvOf(address)).toBe(parseEther('1'))
    expect(JSON.stringify(run)).not.toContain(key.slice(2))
    const file = join(journey.cwd, 'minter')
    writeFileSync(file, key, { mode: 0o600 })
    expect((await journey.run([...named, '--mint-as-private-key-file', file])).code).toBe(0)
  })
})

describe('options of a smart account', () => {
  test.each<[string, string[], number, string]>([
    ['without a bundler', ['--smart-account', 'coinbase'], 78, 'cli/missing-option'],
    ['without the account', ['--bundler-url', 'https://bundler.example'], 2, 'cli/usage'],
    ['for whom to mint without the account', ['--mint-as', 'owner'], 78, 'wallet/mint-as-unusable'],
    [
      'in clear text to another machine',
      ['--smart-account', 'coinbase', '--bundler-url', 'http://b.example'],
      78,
      'cli/insecure-endpoint',
    ],
    [
      'with a command as the owner',
      ['--smart-account', 'coinbase', '--signer', 'exec:true'],
      2,
      'signer/owner-key-needed',
    ],
  ])('%s are refused', async (_, words, code, failure) => {
    const { journey } = await begin()
    const env = words.includes('--signer') ? { WALLET_PRIVATE_KEY: '' } : {}
    const run = await journey.run(words, { env })
    expect([run.code, run.json.failure?.code]).toEqual([code, failure])
  })
})

test('the sandbox that the command starts has a bundler, a paymaster and funds for the account', async () => {
  const cwd = newFolder()
  const flags = ['run', '--smart-account', 'coinbase', '--mint-as', 'owner', '--json', '--block-time', '0']
  const run = await startCli(flags, { cwd, env: {} }).done
  expect(run.code).toBe(0)
  expect(run.json.transactions).toMatchObject([{ purpose: 'stake', along: ['approve'] }])
})
