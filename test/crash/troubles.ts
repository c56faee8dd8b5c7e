import type { Hex } from '../../src/domain/addresses.ts'
import { replicaBehind } from '../../src/sandbox/endpoints/profile.ts'
import type { Journey, SandboxUnderTest } from '../support/sandbox.ts'
import { sendOwn } from '../support/wallet-actions.ts'

/** Wei per gas: in the sandbox, and on a network where the sandbox's fees are too low. */
const [CALM, DEAR] = [5_000_000n, 50_000_000n]
const BLOCK_MS = 100
const POLL_MS = 20

/** What the chain or its endpoint does to the wallet's transactions, once per run. */
export interface Trouble {
  name: string
  /** Before the first process starts. */
  before?: (lab: SandboxUnderTest, journey: Journey) => void | Promise<void>
  /** Before the next block: as soon as a process has its transactions in the pool. */
  inThePool?: (lab: SandboxUnderTest, journey: Journey, hashes: readonly Hex[]) => Promise<unknown>
  /** URLs of endpoints, in order. Default: the sandbox's. */
  endpoints?: (lab: SandboxUnderTest) => Promise<readonly string[]>
  args?: readonly string[]
  /** Blocks come at intervals from the start, instead of one per transaction. */
  isTicking?: boolean
  /** Transactions that the wallet's owner sends during the run. */
  own?: number
}

const onSend = 'eth_sendRawTransaction'
const serverError = (message: string) => ({ kind: 'rpcError', code: -32000, message }) as const

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'dropped from the pool',
    inThePool: ({ sandbox }, _, hashes) => Promise.all(hashes.map(sandbox.chain.dropTransaction)),
  },
  {
    name: 'replaced under the same nonce',
    inThePool: ({ sandbox }, journey) => sendOwn(sandbox, journey, { to: journey.address, nonce: 0 }),
    own: 1,
  },
  { name: 'stuck below the base fee', inThePool: ({ sandbox }) => sandbox.chain.setBaseFee(DEAR) },
  {
    name: 'reorganised out of its block',
    args: ['--confirmations', '2'],
    inThePool: async ({ sandbox: { chain } }) => {
      await chain.mine()
      await chain.reorg(1)
    },
  },
  {
    name: 'mined, with the reply lost',
    before: (lab) => lab.fault(onSend, { kind: 'dropAfter' }, { times: 2 }),
  },
  {
    name: 'already known, with the reply lost',
    before: (lab) => lab.fault(onSend, { kind: 'dropAfter' }),
    inThePool: async () => {},
  },
  {
    name: 'reported as already known, but not accepted',
    before: (lab) => lab.fault(onSend, serverError('already known')),
  },
  {
    name: 'reported as having a low nonce, and not accepted',
    before: (lab) => lab.fault(onSend, serverError('nonce too low'), { skip: 1 }),
  },
  {
    name: 'seen through a replica that lags',
    isTicking: true,
    endpoints: async ({ sandbox }) => {
      // It has seen that the wallet was funded.
      await sandbox.chain.mine(2)
      return [(await sandbox.chain.openEndpoint(replicaBehind({ blocks: 2 }))).url, sandbox.rpcUrl]
    },
  },
  {
    name: 'behind a rate limit in HTTP 200',
    before: (lab) => {
      const effect = { kind: 'rpcError', code: -32016, message: 'over rate limit' } as const
      for (const method of [onSend, 'eth_getStorageAt', 'eth_getTransactionReceipt']) lab.fault(method, effect)
    },
  },
  {
    name: 'behind a rate limit in HTTP 429',
    before: (lab) => {
      const effect = { kind: 'rpcError', code: -32016, message: 'over rate limit', status: 429 } as const
      for (const method of [onSend, 'eth_estimateGas', 'eth_getTransactionReceipt']) lab.fault(method, effect)
    },
  },
  {
    name: 'of a delegated account with one in flight',
    before: async (lab, { address }) => {
      await lab.sandbox.chain.setDelegation(address)
      lab.fault(onSend, serverError('in-flight transaction limit reached for delegated accounts'))
    },
  },
  {
    name: 'mined according to a false receipt',
    inThePool: async (lab, { address }, hashes) => {
      const head = await lab.sandbox.chain.public.getBlock()
      const receipt = {
        transactionHash: hashes.at(-1),
        transactionIndex: '0x0',
        blockHash: head.hash,
        blockNumber: `0x${head.number.toString(16)}`,
        from: address,
        to: address,
        contractAddress: null,
        cumulativeGasUsed: '0x5208',
        gasUsed: '0x5208',
        effectiveGasPrice: '0x1',
        logs: [],
        logsBloom: `0x${'00'.repeat(256)}`,
        status: '0x1',
        type: '0x2',
      }
      lab.fault('eth_getTransactionReceipt', { kind: 'rpcResult', result: receipt }, { times: 4 })
    },
  },
]

/**
 * Causes the fault while processes come and go.
 *
 * @param journey - of a wallet that has sent nothing.
 * @returns a function that ends the fault, to be awaited when the last process has ended.
 */
export async function trouble(lab: SandboxUnderTest, journey: Journey, { before, inThePool, isTicking }: Trouble) {
  const { chain } = lab.sandbox
  lab.sandbox.faults.clear()
  await chain.setBaseFee(CALM)
  await chain.setBlockTime(inThePool === undefined ? (isTicking === true ? BLOCK_MS : 0) : undefined)
  await before?.(lab, journey)
  const watching = new AbortController()
  const done = inThePool === undefined ? Promise.resolve() : act(inThePool)
  return async () => {
    watching.abort()
    await done
  }

  async function act(doIt: NonNullable<Trouble['inThePool']>): Promise<void> {
    // Approve and stake are sent together.
    const hashes = await inPool(2)
    if (hashes === null) return
    await doIt(lab, journey, hashes)
    await chain.setBlockTime(BLOCK_MS)
  }

  /** Hashes in nonce order, once there are `count`; null when nobody waits. Polls, because a pool announces nothing. */
  async function inPool(count: number): Promise<Hex[] | null> {
    for (;;) {
      if (watching.signal.aborted) return null
      const { pending } = await chain.test.getTxpoolContent()
      const [, own = {}] =
        Object.entries(pending).find(([from]) => from.toLowerCase() === journey.address.toLowerCase()) ?? []
      const hashes = Object.entries(own)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, { hash }]) => hash)
      if (hashes.length >= count) return hashes
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}
