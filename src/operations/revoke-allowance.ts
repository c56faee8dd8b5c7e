import { type Attempt, type Draft, isOpen, maxCost } from '../domain/attempt.ts'
import { unminedAttempts } from '../domain/budget.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import { amended, unbegun } from '../driver/amend.ts'
import { drive } from '../driver/driver.ts'
import { createEffects } from '../driver/effects/create.ts'
import { DEFAULT_SETTINGS, type EffectSettings, type Ports } from '../driver/effects/io.ts'
import { asFinal, finalFates } from '../driver/effects/transactions.ts'
import { type Envelope, recordOf, requestOf, seal } from '../driver/envelope.ts'
import type { RunEvent } from '../driver/events.ts'
import type { Failure } from '../errors/failure.ts'
import { DeclinedError } from '../errors/policy.ts'
import { AllowanceInUseError } from '../errors/revoke.ts'
import { InsufficientEthError } from '../errors/wallet.ts'
import { revocationApproval } from '../gate/approval.ts'
import { createGate } from '../gate/gate.ts'
import { fileHost } from '../hosts/file/host.ts'
import { openRecord, recordKeyFor } from '../hosts/file/open-record.ts'
import { lockRun, openRun, placeOf, type RunKeeping } from '../hosts/file/run-place.ts'
import type { RunStore } from '../ports/run-store.ts'
import { requireNoSponsoring } from '../sponsoring/treasury-lock.ts'
import { withDefaults } from './wanted.ts'

export interface RevokeOptions extends RunKeeping {
  ports: Ports
  chainId: number
  settings?: Partial<EffectSettings>
  redactor?: Redactor
  signal?: AbortSignal
  onEvent?: (event: RunEvent) => void
  /** Asked before anything is signed; false refuses. Default: yes. */
  confirm?: (draft: Draft, allowance: bigint) => Promise<boolean>
}

export interface Revoked {
  /** `nothing`: the allowance was 0 already. `paused`, `failed`: repeat the same call to resume. */
  status: 'revoked' | 'nothing' | 'paused' | 'failed'
  /** The transactions of the revocation, in the order in which they were signed. */
  attempts: readonly Attempt[]
  failure: Failure | null
}

/**
 * Sets the allowance of the staking contract to 0. The transaction is an attempt of the wallet's run, recorded before
 * it is sent and watched by the same machine. It is sent exactly once, and the run is otherwise unchanged.
 *
 * Side effects: at most one transaction; the wallet's record. Safe to repeat, after a crash too.
 *
 * @throws {AllowanceInUseError} {DeclinedError} {BudgetExceededError} {InsufficientEthError} {ForeignTransactionError}
 * @throws {LockedError} {RpcError} {WrongChainError} and the classes of the store.
 */
export async function revokeAllowance(options: RevokeOptions): Promise<Revoked> {
  const { ports, chainId, stateDir } = options
  const { address } = ports.signer
  const place = placeOf(options)
  const lock = await lockRun(place)
  try {
    await requireNoSponsoring({ stateDir, chainId, address })
    const store = await openRun(place)
    const key = await recordKeyFor(ports.signer)
    const before = (await openRecord(store, { chainId, address }, key)).envelope
    const open = before === null ? [] : recordOf(before).attempts.filter(isOpen)
    const inUse = open.filter(({ purpose }) => purpose === 'approve' || purpose === 'stake')
    if (inUse.length > 0) throw new AllowanceInUseError(inUse.map(({ hash }) => hash))
    if (before !== null && open.length > 0) return await carryOut(before, { store, options })

    const made = await signRevocation(options, before)
    if (made === null) return { status: 'nothing', attempts: [], failure: null }
    const from = before ?? (await unbegun(requestFor(options), now(ports)))
    const { attempts, ...record } = recordOf(from)
    const next = await amended(from, { ...record, attempts: [...attempts, made] }, now(ports))
    await store.save(await seal(next, key))
    return await carryOut(next, { store, options })
  } finally {
    await lock.release()
  }
}

const now = ({ clock }: Ports): string => new Date(clock.now()).toISOString()

const requestFor = ({ ports: { clock, signer }, chainId }: RevokeOptions) => ({
  ...withDefaults({}, null),
  runId: clock.id(16),
  address: signer.address,
  chainId,
})

async function signRevocation(
  { ports, settings, confirm = async () => true }: RevokeOptions,
  before: Envelope | null,
): Promise<Attempt | null> {
  const { address } = ports.signer
  const { draft, allowance, eth } = await ports.chain.revocation(address)
  if (draft === null) return null
  if (eth < maxCost(draft)) {
    const vvv = { has: 0n, needs: 0n }
    throw new InsufficientEthError({ address, vvv, eth: { has: eth, needs: maxCost(draft) } })
  }
  if (!(await confirm(draft, allowance))) throw new DeclinedError()
  const { budget } = { ...DEFAULT_SETTINGS, ...settings }
  const recorded = before === null ? [] : recordOf(before).attempts
  const attempts = asFinal(recorded, await finalFates(unminedAttempts(recorded), ports.chain))
  const gate = createGate({
    signer: ports.signer,
    minter: ports.minter,
    clock: ports.clock,
    decode: ports.chain.decode,
  })
  const [attempt] = await gate.transactions([draft], attempts, {
    approval: revocationApproval(draft, attempts, budget),
  })
  return attempt ?? null
}

/** Drives the run until nothing is in flight, and no further. The rest is left to `run`. */
async function carryOut(
  envelope: Envelope,
  { store, options }: { store: RunStore; options: RevokeOptions },
): Promise<Revoked> {
  const { ports, signal = new AbortController().signal, onEvent = () => {}, settings } = options
  const settled = new AbortController()
  const key = await recordKeyFor(ports.signer)
  const host = fileHost(store, {
    clock: ports.clock,
    key,
    signal,
    onEvent(event) {
      onEvent(event)
      if (event.type === 'transition' && !event.to.startsWith('awaitConfirmation.')) settled.abort()
    },
  })
  const { envelope: last } = await drive({
    effects: createEffects(ports, { redactor: options.redactor ?? createRedactor(), ...(settings && { settings }) }),
    host,
    envelope,
    again: true,
    input: { request: requestOf(envelope) },
    signal: AbortSignal.any([signal, settled.signal]),
  })
  const { failure } = last.snapshot.context
  // A finished run stays finished, with one more transaction.
  if (envelope.snapshot.status === 'done' && failure === null) {
    const ended = { ...envelope, revision: last.revision }
    await store.save(
      await seal(await amended(ended, { ...recordOf(ended), attempts: recordOf(last).attempts }, now(ports)), key),
    )
  }
  const attempts = recordOf(last).attempts.filter(({ purpose }) => purpose === 'revoke')
  const isMined = attempts.some(({ status }) => status === 'mined') && !attempts.some(isOpen)
  return { status: failure !== null ? 'failed' : isMined ? 'revoked' : 'paused', attempts, failure }
}
