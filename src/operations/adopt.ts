import type { RunRecord } from '../../machines/onboarding/context.ts'
import type { Hex } from '../domain/addresses.ts'
import type { Attempt } from '../domain/attempt.ts'
import { TransactionNotAdoptableError } from '../errors/adopt.ts'
import { keepingOf, type RunPlace } from '../hosts/file/run-place.ts'
import type { Chain } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import { type RecordPlace, withRecord } from './amend.ts'
import { type Wanted, withDefaults } from './wanted.ts'

export interface AdoptOptions extends RunPlace {
  chain: Chain
  clock: Clock
  hash: Hex
  /** The signer whose seal the record gets; without it, the next run asks again. */
  sealedBy?: RecordPlace['sealedBy']
  /** The request of a run that begins with this. Default: the sVVV that the transaction leads to. */
  wanted?: Wanted
}

export interface Adopted {
  attempt: Attempt
  /** The transaction was part of the run already. */
  wasKnown: boolean
  revision: number
}

/**
 * Adds a transaction that another program sent to the run of its wallet. Begins a run if there is none. The next
 * `runOnboarding` watches the transaction like its own. Signs and sends nothing; safe to repeat.
 *
 * @throws {UnknownTransactionError} {TransactionNotAdoptableError} {WrongChainError} {RpcError} {LockedError}
 *   {StoreCorruptError} {StoreWriteError}
 */
export async function adoptTransaction(options: AdoptOptions): Promise<Adopted> {
  const { chain, clock, chainId, address, hash } = options
  const attempt = await chain.sent(address, hash)
  const stakeAmount = options.wanted?.stakeAmount ?? BigInt(attempt.expected)
  const begin = () => ({
    ...withDefaults({ ...options.wanted, stakeAmount }, null),
    runId: clock.id(16),
    address,
    chainId,
  })
  const sealedBy = options.sealedBy ?? null
  return withRecord({ ...keepingOf(options), chainId, address, clock, begin, sealedBy }, async (run) => {
    const known = run.record.attempts.find((recorded) => recorded.hash.toLowerCase() === hash.toLowerCase())
    if (known !== undefined) return { attempt: known, wasKnown: true, revision: run.revision }
    if (run.record.key !== null)
      throw new TransactionNotAdoptableError(hash, 'the run of this wallet has its key already')
    await run.amend('adopt', (record) => withAttempt(record, attempt))
    return { attempt, wasKnown: false, revision: run.revision }
  })
}

const withAttempt = (record: RunRecord, attempt: Attempt): RunRecord => ({
  ...record,
  attempts: [...record.attempts, attempt],
})
