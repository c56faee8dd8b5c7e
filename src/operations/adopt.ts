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
  /** Whose record it is, for its seal; without it, the next run asks again. */
  sealedBy?: RecordPlace['sealedBy']
  /** What a run is to be asked for that begins with this. Default: the sVVV that the transaction leads to. */
  wanted?: Wanted
}

export interface Adopted {
  attempt: Attempt
  /** It was part of the run already. */
  wasKnown: boolean
  revision: number
}

/**
 * Makes a transaction that was sent elsewhere part of the run of its wallet, which is begun when there is none: the next
 * `runOnboarding` watches it as if it had sent it. Signs and sends nothing; safe to repeat.
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
