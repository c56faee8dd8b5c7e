import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { startTestSandbox, type TestFunds, type TestSandbox, type TestWallet } from '../../src/sandbox/testing.ts'
import { newFolder } from '../support/sandbox.ts'

export interface Place {
  wallet: TestWallet
  folder: string
  /** Options for `onboard`; the key goes to `.env` in `folder`. */
  options: { network: { rpcUrl: string; apiUrl: string }; sink: string; stateDir: string }
}

/** A sandbox for the tests of one file, opened like an embedder does. */
export function useTestSandbox() {
  let sandbox: TestSandbox | undefined
  const running = (): TestSandbox => {
    if (sandbox === undefined) throw new Error('The sandbox runs only within tests.')
    return sandbox
  }
  beforeAll(async () => {
    sandbox = await startTestSandbox({ wallets: 0 })
  })
  afterAll(() => sandbox?.close())
  return {
    get sandbox() {
      return running()
    },
    async begin(funds: TestFunds = { eth: '0.01', vvv: '10' }): Promise<Place> {
      const folder = newFolder()
      const wallet = await running().createWallet(funds)
      const options = {
        network: running().network,
        sink: `env-file:${join(folder, '.env')}`,
        stateDir: join(folder, 'runs'),
      }
      return { wallet, folder, options }
    },
  }
}
