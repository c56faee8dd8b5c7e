import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Contract, JsonRpcProvider, NonceManager, Wallet } from 'ethers'
import { createPublicClient, createWalletClient, encodeFunctionData, http, keccak256, parseAbi, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import * as core from '../../src/core.ts'
import { ADDRESSES, BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import { openSink } from '../../src/index.ts'
import type { Start } from './place.ts'
import { startCli } from './process.ts'
import { fetchToken, mint, rateLimits } from './venice.ts'

/** Gets a key for a funded wallet, and rejects when that fails. */
export type Contestant = (start: Start) => Promise<void>

const STAKE = parseEther('1')
/** Rewards accrue every second and cost more gas a block later: with the bare estimate, stakes sometimes revert. */
const REWARD_GAS = 100_000n
const abi = parseAbi([
  'function balanceOf(address) view returns (uint256)',
  'function allowance(address, address) view returns (uint256)',
  'function approve(address, uint256) returns (bool)',
  'function stake(address, uint256)',
])

/** A careful script after the guide, with viem's defaults. */
const viemScript: Contestant = async ({ rpcUrl, apiUrl, wallet }) => {
  const account = privateKeyToAccount(wallet.privateKey)
  const transport = http(rpcUrl)
  const client = createPublicClient({ chain: base, transport })
  const signer = createWalletClient({ account, chain: base, transport })
  const token = { address: ADDRESSES.vvv, abi } as const
  const balance = await client.readContract({ ...token, functionName: 'balanceOf', args: [account.address] })
  if (balance < STAKE) throw new Error('There is not enough VVV.')
  const allowance = await client.readContract({
    ...token,
    functionName: 'allowance',
    args: [account.address, ADDRESSES.staking],
  })
  if (allowance < STAKE) {
    const hash = await signer.writeContract({ ...token, functionName: 'approve', args: [ADDRESSES.staking, STAKE] })
    const { status } = await client.waitForTransactionReceipt({ hash })
    if (status !== 'success') throw new Error('The approve reverted.')
  }
  const stake = {
    address: ADDRESSES.staking,
    abi,
    functionName: 'stake',
    args: [account.address, STAKE],
  } as const
  const gas = await client.estimateContractGas({ ...stake, account })
  const hash = await signer.writeContract({ ...stake, gas: gas + REWARD_GAS })
  const { status } = await client.waitForTransactionReceipt({ hash })
  if (status !== 'success') throw new Error('The stake reverted.')
  const challenge = await fetchToken(apiUrl)
  const signature = await account.signMessage({ message: challenge })
  const { apiKey } = await mint(apiUrl, { address: account.address, signature, token: challenge })
  await rateLimits(apiUrl, apiKey)
}

/** The same, with ethers' defaults. */
const ethersScript: Contestant = async ({ rpcUrl, apiUrl, wallet: { privateKey } }) => {
  const provider = new JsonRpcProvider(rpcUrl)
  try {
    const account = new Wallet(privateKey, provider)
    // Without it, ethers takes the second nonce from its cache of the first when blocks are fast.
    const signer = new NonceManager(account)
    const text = abi.map((item) => ('name' in item ? item : null)).filter((item) => item !== null)
    const vvv = new Contract(ADDRESSES.vvv, JSON.stringify(text), signer)
    const staking = new Contract(ADDRESSES.staking, JSON.stringify(text), signer)
    const call = (contract: Contract, name: string, ...args: unknown[]) => contract.getFunction(name)(...args)
    if ((await call(vvv, 'balanceOf', account.address)) < STAKE) throw new Error('There is not enough VVV.')
    if ((await call(vvv, 'allowance', account.address, ADDRESSES.staking)) < STAKE) {
      await (await call(vvv, 'approve', ADDRESSES.staking, STAKE)).wait()
    }
    const gas = await staking.getFunction('stake').estimateGas(account.address, STAKE)
    await (await call(staking, 'stake', account.address, STAKE, { gasLimit: gas + REWARD_GAS })).wait()
    const challenge = await fetchToken(apiUrl)
    const signature = (await account.signMessage(challenge)) as `0x${string}`
    const address = account.address as `0x${string}`
    const { apiKey } = await mint(apiUrl, { address, signature, token: challenge })
    await rateLimits(apiUrl, apiKey)
  } finally {
    provider.destroy()
  }
}

const POLL_MS = 20

/**
 * A lower bound: everything is known beforehand, both transactions are signed and sent at once, the challenge
 * is signed while they are mined, receipts are polled every 20 ms, and nothing is checked or stored.
 */
const floor: Contestant = async ({ rpcUrl, apiUrl, wallet }) => {
  const account = privateKeyToAccount(wallet.privateKey)
  const rpc = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    return ((await response.json()) as { result: unknown }).result
  }
  const calls = [
    { to: ADDRESSES.vvv, functionName: 'approve', args: [ADDRESSES.staking, STAKE] },
    { to: ADDRESSES.staking, functionName: 'stake', args: [account.address, STAKE] },
  ] as const
  const raw = await Promise.all(
    calls.map(({ to, ...call }, nonce) =>
      account.signTransaction({
        type: 'eip1559',
        chainId: BASE_CHAIN_ID,
        nonce,
        to,
        data: encodeFunctionData({ abi, ...call }),
        gas: 300_000n,
        maxFeePerGas: 20_000_000n,
        maxPriorityFeePerGas: 1_000_000n,
      }),
    ),
  )
  const sent = Promise.all(raw.map((bytes) => rpc('eth_sendRawTransaction', bytes)))
  const token = await fetchToken(apiUrl)
  const signature = await account.signMessage({ message: token })
  await sent
  const hash = keccak256(raw[1] ?? '0x')
  while ((await rpc('eth_getTransactionReceipt', hash)) === null) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  await mint(apiUrl, { address: account.address, signature, token })
}

/** This product, in this process: everything that `run` does, and its files, without the start of a process. */
export const library: Contestant = async ({ rpcUrl, apiUrl, wallet }) => {
  const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-bench-'))
  const clock = core.systemClock
  try {
    const result = await core.runOnboarding({
      chainId: BASE_CHAIN_ID,
      stateDir: join(folder, 'state'),
      ports: {
        chain: core.createChain({ rpcUrls: [rpcUrl], clock }),
        venice: core.createVeniceClient({ apiUrl, clock }),
        signer: core.privateKeySigner(wallet.privateKey, 'the bench'),
        sink: openSink('env-file:.env', { cwd: folder, homeDir: folder, env: {} }),
        clock,
      },
    })
    if (result.key === null) throw new Error(result.failure?.message ?? 'There is no key.')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `venice-onboard run`, from the start of the process to its end. */
const command: Contestant = async ({ rpcUrl, apiUrl, wallet: { privateKey } }) => {
  const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-bench-'))
  try {
    const words = ['run', '--network', 'base', '--rpc-url', rpcUrl, '--api-url', apiUrl, '--yes', '--json']
    await startCli(words, { cwd: folder, env: { WALLET_PRIVATE_KEY: privateKey } })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const CONTESTANTS = { floor, viem: viemScript, ethers: ethersScript, library, command } as const
export type Name = keyof typeof CONTESTANTS
