import { parseEther } from 'viem'
import { expect } from 'vitest'
import { openRunStore } from '../../src/adapters/stores/file-run-store.ts'
import { BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import type { Attempt } from '../../src/domain/attempt.ts'
import { recordOf, unseal } from '../../src/driver/envelope.ts'
import { type Journey, type SandboxUnderTest, useSandbox } from '../support/sandbox.ts'
import { type JsonRpcWallet, startJsonRpcWallet } from './json-rpc-wallet.ts'
import type { Place } from './onboard.ts'
import type { Opening } from './shapes.ts'

export interface WalletUnderTest extends Place, Opening {
  journey: Journey
  wallet: JsonRpcWallet
  /** The attempts that the run in `cwd` has recorded. */
  attempts(): Promise<readonly Attempt[]>
}

export interface WalletLab extends SandboxUnderTest {
  open(): Promise<WalletUnderTest>
}

/** A sandbox, and for each test a funded key, with a wallet behind a URL that holds it. */
export function useWallets(): WalletLab {
  const lab = useSandbox()
  return Object.assign(Object.create(lab) as SandboxUnderTest, {
    async open(): Promise<WalletUnderTest> {
      const journey = await lab.begin()
      const { rpcUrl, apiUrl } = lab.sandbox
      const { address, privateKey, cwd } = journey
      const wallet = await startJsonRpcWallet(rpcUrl, privateKey)
      const place = { rpcUrl, apiUrl, cwd, address, privateKey, walletUrl: wallet.url, journey, wallet }
      return { ...place, attempts: () => recordedIn(place) }
    },
  })
}

async function recordedIn({ cwd, address }: Pick<WalletUnderTest, 'cwd' | 'address'>): Promise<readonly Attempt[]> {
  const place = { chainId: BASE_CHAIN_ID, address }
  const store = await openRunStore({ ...place, stateDir: `${cwd}/state` })
  const text = await store.load()
  return text === null ? [] : recordOf(await unseal(text, store.record, place)).attempts
}

/**
 * Exactly one approve and one stake are on chain, and the record has these transactions: hash, nonce and sender as the
 * chain has them.
 */
export async function expectOnboarded(lab: WalletLab, under: WalletUnderTest): Promise<void> {
  expect(await under.journey.onChain()).toEqual({ transactions: 2, allowance: 0n, sVvv: parseEther('1') })
  const attempts = await under.attempts()
  expect(attempts.map(({ purpose, status }) => [purpose, status])).toEqual([
    ['approve', 'mined'],
    ['stake', 'mined'],
  ])
  for (const { hash, nonce, to, data } of attempts) {
    const found = await lab.sandbox.chain.public.getTransaction({ hash })
    expect([found.from, found.nonce, found.to, found.input]).toEqual([
      under.address.toLowerCase(),
      nonce,
      to.toLowerCase(),
      data,
    ])
  }
  expect(under.journey.keys()).toHaveLength(1)
}
