import { onboard, type RunResult } from 'venice-onboard'
import { type VersionedStore, versionedStores } from 'venice-onboard/stores'

/** As much of a Durable Object's storage as is used. */
interface Storage {
  get<Value>(key: string): Promise<Value | undefined>
  put(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<unknown>
  transaction<Value>(run: (storage: Storage) => Promise<Value>): Promise<Value>
}

interface Env {
  WALLET_PRIVATE_KEY: string
  BASE_RPC_URL: string
  VENICE_API_URL?: string
  ONBOARDING: { idFromName(name: string): unknown; get(id: unknown): { fetch(request: Request): Promise<Response> } }
}

const storeIn = (storage: Storage): VersionedStore<number> => ({
  name: 'durable-object',
  read: async (key) => (await storage.get(key)) ?? null,
  write: (key, text, expected) =>
    storage.transaction(async (inside) => {
      const found = await inside.get<{ version: number }>(key)
      if ((found?.version ?? null) !== expected) return null
      const version = (expected ?? 0) + 1
      await inside.put(key, { text, version })
      return version
    }),
  async remove(key) {
    await storage.delete(key)
  },
})

/** One wallet. There is one such object in the world, so it needs no other lock; after a crash, a request resumes the run. */
export class Onboarding {
  #storage: Storage
  #env: Env
  #running: Promise<RunResult> | null = null

  constructor({ storage }: { storage: Storage }, env: Env) {
    this.#storage = storage
    this.#env = env
  }

  async fetch(): Promise<Response> {
    this.#running ??= this.#onboard().finally(() => {
      this.#running = null
    })
    const { outcome, failure, nextAction } = await this.#running
    return Response.json({ outcome, failure, nextAction })
  }

  #onboard(): Promise<RunResult> {
    const { WALLET_PRIVATE_KEY: signer, BASE_RPC_URL: rpcUrl, VENICE_API_URL: apiUrl } = this.#env
    return onboard({
      signer,
      network: { rpcUrl, ...(apiUrl !== undefined && { apiUrl }) },
      budget: { maxVvv: '1', maxGasEth: '0.001' },
      // In memory, and gone with the worker: the record is in the storage.
      stateDir: '/tmp/venice-onboard',
      runStore: versionedStores(storeIn(this.#storage)),
      lock: async () => ({ release: async () => {} }),
      sink: (key) => this.#storage.put('venice-api-key', key),
    })
  }
}

export default {
  fetch: (request: Request, { ONBOARDING }: Env): Promise<Response> =>
    ONBOARDING.get(ONBOARDING.idFromName('my-wallet')).fetch(request),
}
