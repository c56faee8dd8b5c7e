import { parseEther } from 'viem'
import type { CliRun } from '../support/cli.ts'
import type { Journey, SandboxUnderTest } from '../support/sandbox.ts'

/** What must be true after a crash and a repeated command, wherever the crash was. */
export async function account({ sandbox }: SandboxUnderTest, journey: Journey, { code, json }: CliRun) {
  const { transactions, allowance, sVvv } = await journey.onChain()
  const stored = journey.storedKey()
  const keys = journey.keys().map(({ id, description }) => ({ description, secret: sandbox.venice.secretOf(id) }))
  const others = keys.filter(({ secret }) => secret !== stored)
  const isNamed = (label: string) => json.warnings?.some((warning) => warning.includes(`"${label}"`)) === true
  return {
    code,
    outcome: json.outcome,
    transactions,
    recorded: json.transactions?.map(({ purpose, nonce, status }) => `${purpose} ${nonce} ${status}`),
    allowance,
    sVvv,
    isStoredAtVenice: others.length === keys.length - 1,
    isReported: json.key?.last6 === stored?.slice(-6),
    unaccounted: others.filter(({ description }) => !isNamed(description)),
  }
}

/** The `account` of a successful run. */
export const ACCOUNTED = {
  code: 0,
  outcome: 'unfunded',
  transactions: 2,
  recorded: ['approve 0 mined', 'stake 1 mined'],
  allowance: 0n,
  sVvv: parseEther('1'),
  isStoredAtVenice: true,
  isReported: true,
  unaccounted: [],
}

/** Whether the process was killed at the point. Past the last point the run ends, and must succeed. */
export function wasKilled({ signal, code, stderr }: CliRun): boolean {
  if (signal === null && code !== 0) throw new Error(`It was not killed, and ended with ${code}:\n${stderr}`)
  return signal !== null
}

/** Runs `work` on every item, two at a time, until one of them is null. */
export async function inPairs<T, R>(items: Iterable<T>, work: (item: T) => Promise<R | null>): Promise<R[]> {
  const results: R[] = []
  const queue = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const result = await work(next.value)
      if (result === null) return
      results.push(result)
    }
  }
  await Promise.all([worker(), worker()])
  return results
}
