import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Address, Hex } from '../../src/domain/addresses.ts'

export interface Wallet {
  address: Address
  privateKey: Hex
}

/** What a contestant gets: two servers and a wallet with ETH and VVV. */
export interface Start {
  rpcUrl: string
  apiUrl: string
  wallet: Wallet
}

/** HTTP requests to the RPC, and JSON-RPC calls in them, batched ones counted one by one. */
export interface Requests {
  http: number
  calls: number
}

/** Where the contestants run. */
export interface Place {
  start(): Start
  reset(): Promise<void>
  requests(): Promise<Requests>
  nextBlock(): Promise<void>
  close(): void
}

export interface Conditions {
  name: string
  /** Milliseconds; 0 mines each transaction as it arrives. */
  blockTimeMs: number
  /** Minimum milliseconds of each request. */
  latencyMs: number
}

/** Opens a sandbox with `count` wallets in its own process. Every `start` returns another wallet. */
export async function openPlace({ blockTimeMs, latencyMs }: Conditions, count: number): Promise<Place> {
  const script = fileURLToPath(new URL('./world.ts', import.meta.url))
  const child = fork(script, [blockTimeMs, latencyMs, count].map(String), { execArgv: ['--import', 'tsx'] })
  const { rpcUrl, apiUrl, wallets } = (await answer(child, 'start')) as Omit<Start, 'wallet'> & { wallets: Wallet[] }
  const ask = async (question: string): Promise<unknown> => {
    const answered = answer(child, question)
    child.send(question)
    return answered
  }
  return {
    start() {
      const wallet = wallets.pop()
      if (wallet === undefined) throw new Error('There are not enough wallets.')
      return { rpcUrl, apiUrl, wallet }
    },
    reset: async () => void (await ask('reset')),
    requests: async () => (await ask('counts')) as Requests,
    nextBlock: async () => void (await ask('nextBlock')),
    close: () => child.disconnect(),
  }
}

const answer = (child: ChildProcess, wanted: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`The sandbox ended with ${code}.`))
    const listen = ({ question, answer: given }: { question: string; answer: unknown }) => {
      if (question !== wanted) return
      child.off('message', listen).off('exit', ended)
      resolve(given)
    }
    child.on('message', listen).on('exit', ended)
  })
