import { USDC_DECIMALS } from '../domain/amounts.ts'
import { unitsOf } from '../domain/decimal.ts'
import type { WalletCredit } from '../domain/payment.ts'
import { OnboardingError } from '../errors/base.ts'
import { LockedError } from '../errors/store.ts'
import type { Clock } from '../ports/clock.ts'

/** Milliseconds between two reads of the credit, of which Venice allows 30 a minute. */
const READ_PAUSE_MS = 10_000
/** Milliseconds after which a credit that was read counts as old: others may spend it, too. */
const OLD_MS = 60_000
/** Milliseconds that a refill which failed is not tried again. */
const HOLD_MS = 60_000
/** Milliseconds between two looks at what another process does with this wallet, and how often. */
const LOCKED_PAUSE_MS = 3_000
const LOCKED_POLLS = 20

/** What became of a refill. */
export interface Refill {
  at: string
  /** Null: it succeeded. */
  failure: { code: string; message: string } | null
}

export interface CreditOptions {
  /** Dollars in base units of USDC: under it, credit is filled up. */
  floor: bigint
  /** Reads the credit at Venice. */
  read: () => Promise<WalletCredit>
  /**
   * Fills it up, once, whatever was begun before included. Null: it is only watched.
   *
   * @returns why there is no credit after it, or null.
   */
  topUp: (() => Promise<Refill['failure']>) | null
  clock: Pick<Clock, 'now' | 'sleepUntil'>
  onRefill?: ((refill: Refill) => void) | undefined
}

/** The credit that calls are paid from, kept above a floor. */
export interface Credit {
  /** Refills when the credit is known to be under the floor. Never rejects: whether a call is admitted is Venice's word. */
  ensure(): Promise<void>
  /**
   * A call found no credit. Refills, unless that was done since `sentAt`.
   *
   * @returns whether it is worth repeating the call.
   */
  ranOut(sentAt: number): Promise<boolean>
  /** A call ended. @param cost - dollars, or null where nobody said. */
  spent(cost: number | null): void
  /** Dollars in base units, as far as it is known. */
  known(): bigint | null
  /** A mark for `ranOut`. */
  mark(): number
}

/** Keeps the credit of one wallet. All calls share one read and one refill at a time. */
export function createCredit({ floor, read, topUp, clock, onRefill }: CreditOptions): Credit {
  let credit: bigint | null = null
  let readAt = Number.NEGATIVE_INFINITY
  let isSure = false
  let refills = 0
  let heldUntil = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  let filling: Promise<boolean> | undefined

  function readOnce(): Promise<void> {
    reading ??= readNow().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function readNow(): Promise<void> {
    readAt = clock.now()
    const { balanceUsd } = await read()
    credit = unitsOf(balanceUsd, USDC_DECIMALS, 'down')
    isSure = true
  }

  function fillOnce(): Promise<boolean> {
    filling ??= fill().finally(() => {
      filling = undefined
    })
    return filling
  }

  async function fill(): Promise<boolean> {
    if (topUp === null || clock.now() < heldUntil) return false
    const failure = await fillThrough(topUp)
    onRefill?.({ at: new Date(clock.now()).toISOString(), failure })
    if (failure !== null) heldUntil = clock.now() + HOLD_MS
    else refills += 1
    return failure === null
  }

  /** Where another process holds the wallet, it may be filling up the same credit: what it does is waited for. */
  async function fillThrough(topUp: NonNullable<CreditOptions['topUp']>): Promise<Refill['failure']> {
    for (let poll = 1; ; poll += 1) {
      try {
        const failure = await topUp()
        // What was asked before the refill knows nothing of it.
        await reading?.catch(() => {})
        await readOnce().catch(() => {
          isSure = false
          credit = null
        })
        return failure
      } catch (error) {
        if (!(error instanceof LockedError) || poll >= LOCKED_POLLS) return reasonOf(error)
      }
      await clock.sleepUntil(clock.now() + LOCKED_PAUSE_MS)
      await readOnce().catch(() => {})
      if (credit !== null && credit >= floor) return null
    }
  }

  return {
    async ensure() {
      if (filling !== undefined) {
        await filling
        return
      }
      const age = clock.now() - readAt
      const isOld = !isSure || age >= OLD_MS || (credit !== null && credit < floor)
      // Old news is read again, but a call waits for it only where there is none at all.
      if (isOld && age >= READ_PAUSE_MS) {
        const known = credit
        const asked = readOnce().catch(() => {})
        if (known === null || known < floor) await asked
      }
      if (credit !== null && credit < floor) await fillOnce()
    },
    async ranOut(sentAt) {
      if (filling === undefined && refills > sentAt) return true
      return fillOnce()
    },
    spent(cost) {
      if (cost === null || credit === null) isSure = false
      else {
        const units = unitsOf(cost, USDC_DECIMALS, 'up')
        credit = credit > units ? credit - units : 0n
      }
    },
    known: () => credit,
    mark: () => refills,
  }
}

const reasonOf = (error: unknown): NonNullable<Refill['failure']> =>
  error instanceof OnboardingError
    ? { code: error.code, message: error.message }
    : { code: 'unexpected', message: error instanceof Error ? error.name : 'Something that is no error was thrown.' }
