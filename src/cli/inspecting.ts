import { isLocked } from '../adapters/locks/lock.ts'
import { toolFor } from '../agent/words.ts'
import { type Address, BASE_CHAIN_ID, explorerUrl } from '../domain/addresses.ts'
import { isLoopback, VENICE_RPC } from '../domain/endpoint-url.ts'
import { inWords } from '../domain/next-action.ts'
import { type RunResult, resultOf } from '../driver/result.ts'
import { type Followed, journalIn } from '../inspector/follow.ts'
import type { About, NextAction as NextOnPage } from '../inspector/model/step.ts'
import type { RunInspector } from '../inspector/run.ts'
import type { Output } from './output.ts'
import { findRuns, readRun, type StoredRun } from './records.ts'
import { cliWords, withCommand } from './told.ts'

/**
 * Where the history of a run is on disk, and how to request the rest.
 *
 * @param command - what a person types to continue it.
 */
export const followedOf = (run: StoredRun, command: string): Followed => ({
  journal: journalIn(run.store.directory),
  readRecord: () => readRun(run),
  nextOf: (record) => nextOnPage(resultOf(record), command),
  isDriven: () => isLocked(run),
})

/** What is next, as the page shows it: for those who type, and for those who have tools. */
function nextOnPage(result: RunResult, command: string): NextOnPage | null {
  const { nextAction, alternative } = withCommand(result, command)
  if (nextAction === null) return null
  return {
    command: nextAction.command,
    tool: toolFor(nextAction),
    reason: inWords(nextAction.reason, cliWords('')),
    ...(alternative && {
      alternative: { command: alternative.command, reason: inWords(alternative.reason, cliWords('')) },
    }),
  }
}

interface Wallet {
  address: string
  chainId: number
  /** An explorer knows the chain. */
  isPublic: boolean
  /** What a person types to continue the run. */
  command: string
}

export const aboutWallet = ({ address, chainId, isPublic, command }: Wallet): Partial<About> => ({
  address,
  chainId,
  explorer: isPublic ? explorerUrl('tx', '') : null,
  command,
})

interface Watched {
  stateDir: string
  address: Address
  rpcUrls: readonly string[]
  isSandbox: boolean
  /** The command that was typed. */
  command: string
}

/** The page of the run that this process drives. `onResult` shows what comes next, once the run has ended or is paused. */
export interface OwnInspector extends Omit<RunInspector, 'onResult'> {
  onResult(result: RunResult): void
}

/** Serves a page of the run that this process starts or resumes. Prints its address to stderr. */
export async function inspectOwnRun(
  { stateDir, address, rpcUrls, isSandbox, command }: Watched,
  output: Output,
): Promise<OwnInspector> {
  const { inspectRun } = await import('../inspector/run.ts')
  const [earlier] = await findRuns(stateDir, address).catch(() => [])
  const isPublic = !isSandbox && !rpcUrls.every(isLocalChain)
  const about = aboutWallet({ address, chainId: BASE_CHAIN_ID, isPublic, command })
  const inspector = await inspectRun(about, earlier === undefined ? null : followedOf(earlier, command))
  output.note(`Watch it at ${inspector.url}`)
  return { ...inspector, onResult: (result) => inspector.onResult(nextOnPage(result, command)) }
}

/** A chain on this machine is not public, whatever its id. */
const isLocalChain = (url: string): boolean => url !== VENICE_RPC && isLoopback(new URL(url))
