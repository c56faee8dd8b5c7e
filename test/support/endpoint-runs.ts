import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll } from 'vitest'
import { onboard } from '../../src/index.ts'
import type { EndpointProfile } from '../../src/sandbox/endpoints/profile.ts'
import type { SandboxWallet } from '../../src/sandbox/local-chain.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { overWebSocket } from './sandbox.ts'

export type Kind = 'fresh' | 'active' | 'delegated'

/** One sandbox on the pace of Base for the tests of a file, which may run at a time: each has a folder of its own. */
export function useEndpoints() {
  let sandbox: Sandbox
  const folders = mkdtempSync(join(tmpdir(), 'venice-onboard-endpoints-'))
  beforeAll(async () => {
    sandbox = await startSandbox({ blockTimeMs: 200, wallets: 0, isLimited: false })
  })
  afterAll(async () => {
    rmSync(folders, { recursive: true, force: true })
    await sandbox.close()
  })
  return {
    get sandbox() {
      return sandbox
    },
    newFolder: (name: string) => mkdtempSync(join(folders, name)),
    walletOf: (kind: Kind) => walletOf(sandbox, kind),
    onboarded: (given: Case) => onboarded(sandbox, given, mkdtempSync(join(folders, 'run-'))),
  }
}

/** Active: its last transaction is in the newest block, and a replica does not have that yet. */
async function walletOf({ chain }: Sandbox, kind: Kind): Promise<SandboxWallet> {
  const wallet = await chain.createWallet({ eth: parseEther('0.01'), vvv: parseEther('10') })
  if (kind === 'delegated') await chain.setDelegation(wallet.address)
  await chain.settle()
  if (kind !== 'active') return wallet
  const account = privateKeyToAccount(wallet.privateKey)
  const fees = { maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 10n ** 6n }
  const fields = { chainId: chain.chainId, nonce: 0, to: wallet.address, gas: 21_000n, ...fees }
  const serializedTransaction = await account.signTransaction({ type: 'eip1559', ...fields })
  const hash = await chain.public.sendRawTransaction({ serializedTransaction })
  await chain.public.waitForTransactionReceipt({ hash })
  return wallet
}

export interface Case {
  /** In order of preference. */
  endpoints: readonly EndpointProfile[]
  kind?: Kind
  announces?: boolean
  /** Milliseconds until the run is paused. Default: never. */
  waitMs?: number
}

/** A whole run of 1 VVV, and what it left on the chain and at Venice. */
async function onboarded(
  sandbox: Sandbox,
  { endpoints, kind = 'fresh', announces = false, waitMs }: Case,
  cwd: string,
) {
  const { chain, venice, apiUrl } = sandbox
  const wallet = await walletOf(sandbox, kind)
  const opened = await Promise.all(endpoints.map((profile) => chain.openEndpoint(profile)))
  const urls = opened.map(({ url }) => url)
  /** What the run last waited because of. */
  let said: string | null = null
  try {
    const { outcome, failure, transactions } = await onboard({
      onEvent(event) {
        if (event.type === 'transition' && event.failure !== null) said = event.failure.message
      },
      signer: wallet.privateKey,
      network: { rpcUrl: announces ? [...urls, ...urls.slice(0, 1).map(overWebSocket)] : urls, apiUrl },
      sink: `file:${join(cwd, 'key')}`,
      stateDir: join(cwd, 'state'),
      ...(waitMs !== undefined && { signal: AbortSignal.timeout(waitMs) }),
    })
    const nonce = await chain.public.getTransactionCount({ address: wallet.address, blockTag: 'latest' })
    return {
      outcome,
      failure: failure?.code ?? null,
      message: failure === null ? null : `${failure.message} ${failure.hint}`,
      sent: transactions.map(({ purpose, status }) => `${purpose} ${status}`),
      nonce: nonce - (kind === 'active' ? 1 : 0),
      ...(waitMs !== undefined && { said }),
      keys: venice.keys().filter(({ owner }) => owner === wallet.address).length,
    }
  } finally {
    await Promise.all(opened.map(({ close }) => close()))
  }
}

/** What becomes of a run that succeeds. */
export const WELL = {
  outcome: 'unfunded',
  failure: null,
  message: null,
  sent: ['approve mined', 'stake mined'],
  nonce: 2,
  keys: 1,
}
