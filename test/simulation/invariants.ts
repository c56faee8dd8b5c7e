import type { RunRecord } from '../../machines/onboarding/context.ts'
import { doubtfulMints, LIMITS } from '../../machines/onboarding/select.ts'
import type { Hex } from '../../src/domain/addresses.ts'
import type { Attempt } from '../../src/domain/attempt.ts'
import { leastBump } from '../../src/domain/fees.ts'
import type { Payment } from '../../src/domain/payment.ts'
import { missingStake } from '../../src/domain/plan.ts'
import { type Envelope, isFinished, recordOf } from '../../src/driver/envelope.ts'
import { shown } from '../support/told.ts'
import { SIGNATURE_CANARY } from './fake-signer.ts'
import { CANARY } from './fake-venice.ts'
import { readCall } from './transaction.ts'
import type { World } from './world.ts'

/** More steps in an hour than any sensible run needs. */
const MAX_STEPS_AN_HOUR = 800
const HOUR_MS = 3_600_000

export interface Sent {
  hash: Hex
  nonce: number
}

export type Invariants = ReturnType<typeof createInvariants>

export interface Watched {
  world: World
  /** What the disk holds. */
  saved: () => Envelope | null
  /** Ends the run with a sentence that names the violation. */
  violate: (sentence: string) => never
}

/** An approve that replaces a stake which could only revert, because its own approve has lost its nonce. */
function replacesOrphan(attempts: readonly Attempt[], { hash, rival }: { hash: string; rival: string }): boolean {
  const purposeOf = (wanted: string) => attempts.find((attempt) => attempt.hash === wanted)?.purpose
  return purposeOf(hash) === 'approve' && purposeOf(rival) !== 'approve'
}

/** A fee bump: the same call, with both fees raised by at least a node's minimum. */
function isRaise(attempts: readonly Attempt[], { hash, rival }: { hash: Hex; rival: Hex }): boolean {
  const made = attempts.find((attempt) => attempt.hash === hash)
  const before = attempts.find((attempt) => attempt.hash === rival)
  if (made === undefined || before === undefined || made.to !== before.to || made.data !== before.data) return false
  const least = leastBump(before)
  return (
    BigInt(made.maxFeePerGas) >= least.maxFeePerGas && BigInt(made.maxPriorityFeePerGas) >= least.maxPriorityFeePerGas
  )
}

/** What is true of every run at every time, whatever faults it has. */
export function createInvariants({ world, saved, violate }: Watched) {
  const { ledger, usdc, keys, clock, scenario } = world
  const planned = missingStake(scenario.stakeAmount, scenario.wallet.sVvv)
  const sent = new Map<Hex, number>()
  const steps: number[] = []

  function checkSecrets(what: string, text: string): void {
    const at = Math.max(text.indexOf(CANARY), text.indexOf(SIGNATURE_CANARY))
    if (at >= 0) violate(`${what} holds a secret: …${text.slice(Math.max(0, at - 60), at + 20)}…`)
  }

  function checkChain(): void {
    ledger.advance()
    const calls = ledger.mined.map(({ transaction, status }) => ({
      ...readCall(transaction),
      isOurs: sent.has(transaction.hash),
      isDone: status === 'success',
    }))
    const ours = calls.filter(({ isOurs, isDone }) => isOurs && isDone)
    const count = (wanted: string) => ours.filter(({ purpose }) => purpose === wanted).length
    // The owner may revoke the allowance, and a reorganisation may give a reverted approve another chance.
    const excuses =
      calls.filter(({ isOurs, purpose }) => !isOurs && purpose === 'approve').length + ledger.reorganisations
    if (count('stake') > 1) violate(`${count('stake')} stakes are mined`)
    if (count('approve') > 1 + excuses) violate(`${count('approve')} approves are mined`)
    const strange = ours.find(({ purpose, amount }) => purpose !== undefined && amount !== planned)
    if (strange) violate(`${strange.purpose} of ${strange.amount} is mined; ${planned} was planned`)
  }

  function checkPayments(): void {
    const [first, ...others] = usdc.transfers
    if (others.length > 0) violate(`USDC has moved ${1 + others.length} times`)
    if (first !== undefined && String(first.value) !== scenario.fund?.amount) violate(`${first.value} USDC has moved`)
  }

  function checkKeys({ mints, key }: RunRecord): void {
    const held = world.held()
    for (const { label } of keys) {
      const made = keys.filter((other) => other.label === label)
      if (made.filter(({ isRepeat }) => !isRepeat).length > 1) violate(`several keys were asked for under "${label}"`)
      const isHeld = made.some(({ apiKey }) => held.includes(apiKey))
      const isNamed = mints.some((intent) => intent.label === label && !['refused', 'stored'].includes(intent.status))
      if (!isHeld && !isNamed) violate(`key "${label}" is neither held nor named`)
    }
    if (key !== null && !held.some((apiKey) => apiKey.endsWith(key.last6))) violate(`no sink holds key "${key.label}"`)
  }

  function checkPace(): void {
    steps.push(clock.now())
    const anHourAgo = steps.at(-1 - MAX_STEPS_AN_HOUR)
    if (anHourAgo !== undefined && clock.now() - anHourAgo < HOUR_MS) {
      violate(`${MAX_STEPS_AN_HOUR} steps were taken in ${Math.round((clock.now() - anHourAgo) / 1_000)} s`)
    }
  }

  /** A stake that was proven, and undone by a reorganisation after the run's last receipt check. */
  const isUndone = ({ attempts }: RunRecord): boolean =>
    ledger.reorganisations > 0 &&
    attempts.some(
      ({ purpose, status, hash }) =>
        purpose === 'stake' && status === 'mined' && ledger.find(hash, ledger.head()) === null,
    )

  function checkEnd(record: RunRecord): void {
    const { mints, warnings } = record
    const { sVvv } = ledger.at(ledger.head())
    const wanted = scenario.wallet.sVvv + planned
    if (sVvv !== wanted && !isUndone(record)) violate(`the wallet holds ${sVvv} sVVV, not ${wanted}`)
    const held = world.held()
    if (!keys.some(({ apiKey }) => held.includes(apiKey))) violate('the run is finished without a key')
    for (const { label } of keys.filter(({ apiKey }) => !held.includes(apiKey))) {
      const status = mints.find((intent) => intent.label === label)?.status
      const isReported = status === 'stored' || warnings.some((warning) => shown(warning).includes(`"${label}"`))
      if (!isReported) violate(`key "${label}" is ${status}, and nobody is told`)
    }
  }

  function checkFailure(record: RunRecord, code: string): void {
    const isSpent = code === 'venice/mint-outcome-unknown' && doubtfulMints(record) >= LIMITS.mints
    // A revoked allowance with a reverted stake looks like an endpoint that withholds both.
    const hasReverted = ledger.reorganisations > 0 || ledger.mined.some(({ status }) => status === 'reverted')
    const isUnproven = code === 'policy/revert-unproven' && hasReverted
    if (!isSpent && !isUnproven && !scenario.hopeless.includes(code)) violate(`the run is stuck: ${code}`)
  }

  return {
    /** Before a transaction is sent to the network. */
    sending({ hash, nonce }: Sent): void {
      const attempts = saved()?.snapshot.context.record.attempts ?? []
      if (!attempts.some((attempt) => attempt.hash === hash)) violate(`${hash} is sent and not recorded`)
      const rival = [...sent].find(([other, used]) => used === nonce && other !== hash)
      // A draft from an old view has a used nonce: it is useless and harmless.
      const isFree = nonce >= ledger.at(ledger.head()).nonce && ledger.reorganisations === 0
      const pair = rival && { hash, rival: rival[0] }
      if (pair && isFree && !isRaise(attempts, pair) && !replacesOrphan(attempts, pair))
        violate(`nonce ${nonce} is used for ${pair.rival} and for ${hash}`)
      sent.set(hash, nonce)
    },
    /** Before a paid call is made. */
    paying(by: 'key' | 'wallet'): void {
      const funding = saved()?.snapshot.context.record.funding
      if (by === 'wallet' ? funding?.wallet?.proof : funding?.proof)
        violate('a call is paid for, and one is recorded already')
    },
    /** Before a payment is posted. */
    posting({ nonce, value, to, validBefore }: Payment): void {
      const recorded = saved()?.snapshot.context.record.payments?.find((payment) => payment.nonce === nonce)
      const isAsRecorded = recorded?.value === value && recorded.to === to && recorded.validBefore === validBefore
      if (!isAsRecorded) violate('a payment is posted, and not recorded so')
    },
    /** Before an effect runs. */
    acting(name: string): void {
      const due = saved()?.due?.src
      if (due !== name) violate(`${name} runs, and ${due ?? 'nothing'} is due by the record`)
    },
    /** When an envelope is durable. */
    saved(text: string, envelope: Envelope, previous: Envelope | null): void {
      const expected = (previous?.revision ?? 0) + 1
      if (envelope.revision !== expected) violate(`revision ${envelope.revision} follows ${expected - 1}`)
      checkSecrets(`revision ${envelope.revision}`, text)
      checkPace()
      checkChain()
      checkPayments()
      checkKeys(recordOf(envelope))
    },
    told: (event: unknown) => checkSecrets('an event', JSON.stringify(event)),
    /** When there are no more faults, and the run had enough time. */
    ended(envelope: Envelope | null): void {
      if (envelope === null || envelope.snapshot.status !== 'done') throw violate('the run does not end')
      checkChain()
      const record = recordOf(envelope)
      checkKeys(record)
      if (scenario.hopeless.length > 0 && world.counts.transactions > 0) violate('something was signed in vain')
      const { spendable, proof, wallet } = record.funding ?? {}
      const isByWallet = scenario.fund?.way === 'x402'
      if (scenario.mustProve && spendable && !proof && !isByWallet) violate('nothing proves that the key can spend')
      if (scenario.mustProve && wallet?.canConsume && !wallet.proof) violate('nothing proves that the wallet can pay')
      checkPayments()
      if (isByWallet && isFinished(envelope) && usdc.transfers.length === 0) violate('the run is finished, and unpaid')
      if (isFinished(envelope)) checkEnd(record)
      else checkFailure(record, envelope.snapshot.context.failure?.code ?? '')
    },
  }
}
