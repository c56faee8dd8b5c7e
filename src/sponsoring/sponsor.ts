import type { SponsoringInput } from '../../machines/sponsoring/context.ts'
import { acquireLock } from '../adapters/locks/lock.ts'
import type { Address } from '../domain/addresses.ts'
import { isOpen } from '../domain/attempt.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import { type Beneficiary, keyOf, type SponsorRequest } from '../domain/sponsoring.ts'
import { driveMachine } from '../driver/driver.ts'
import { isBoundBy, isFinished, recordOf, requestOf, unsealAs } from '../driver/envelope.ts'
import type { RunEvent } from '../driver/events.ts'
import { AgentsNotUsableError, SponsorsItselfError, TreasuryInUseError } from '../errors/sponsor.ts'
import { sealingHost } from '../hosts/file/host.ts'
import { recordKeyFor } from '../hosts/file/open-record.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import { createSponsorEffects, type SponsorPorts, type SponsorSettings } from './effects.ts'
import { SPONSORING, type Sponsoring, type SponsoringEnvelope } from './kind.ts'
import { openSponsorStore } from './record.ts'
import { type SponsorResult, sponsorResultOf } from './result.ts'

export interface SponsorOptions {
  /** The signer is the treasury. */
  ports: SponsorPorts
  chainId: number
  stateDir: string
  /** The agents, and how much sVVV each is to hold. Only what is missing is staked. */
  agents: readonly Beneficiary[]
  settings?: Partial<SponsorSettings>
  redactor?: Redactor
  /** Pauses it. The current step is finished and recorded first. */
  signal?: AbortSignal
  /** Milliseconds to wait for the treasury to be funded, from now. Default 0. */
  waitForFundsMs?: number
  /** Reads the agents again even if all were seen with their stake. Default false: reports the recorded result. */
  again?: boolean
  onEvent?: (event: RunEvent<Sponsoring>) => void
}

/** The sizes of the request, the journal and the record grow with it. A record of more than 4 MiB is not read. */
export const MOST_AGENTS = 5_000

/**
 * Has a treasury stake for agents, with its state in files: one approve for all missing VVV, then one stake for each
 * agent. The agents need neither ETH nor VVV.
 *
 * Side effects: at most one stake for each agent that is short, even if this is called often or killed anywhere; files
 * under `stateDir`. Other agents or other amounts are another request. The pending transactions of an earlier request
 * are watched to their end first.
 *
 * @throws {AgentsNotUsableError} {SponsorsItselfError} nothing was read.
 * @throws {LockedError} another process holds the treasury. {TreasuryInUseError} its own run has transactions in
 * flight.
 * @throws {StoreCorruptError} {StoreNewerFormatError} {StoreOtherWalletError} {StoreUnreadableError} {StoreWriteError}
 */
export async function sponsor(options: SponsorOptions): Promise<SponsorResult> {
  const { ports, chainId, stateDir, agents, signal = new AbortController().signal, onEvent = () => {} } = options
  const { address } = ports.signer
  requireUsable(agents, address)
  const lock = await acquireLock({ chainId, address })
  try {
    const place = { stateDir, chainId, address }
    const own = await recordedRun(place)
    const open = own === null ? [] : recordOf(own).attempts.filter(isOpen)
    if (open.length > 0) throw new TreasuryInUseError({ address, as: 'run', hashes: open.map(({ hash }) => hash) })

    const store = await openSponsorStore(place)
    const text = await store.load()
    const envelope = text === null ? null : await unsealAs<Sponsoring>(SPONSORING, text, store.record, place)
    const key = await recordKeyFor(ports.signer)
    if (text !== null) await isBoundBy(text, key)
    const again = options.again === true && envelope !== null && isFinished(envelope)
    const request = requestFor(options, again ? null : envelope)
    const isNew = envelope !== null && requestOf(envelope).runId !== request.runId
    if (envelope !== null && isFinished(envelope) && !isNew) return sponsorResultOf(envelope, { wasFinished: true })

    const redactor = options.redactor ?? createRedactor()
    const { envelope: last } = await driveMachine(SPONSORING, {
      effects: createSponsorEffects(ports, { redactor, ...(options.settings && { settings: options.settings }) }),
      host: sealingHost<Sponsoring>(store, { clock: ports.clock, onEvent, key }),
      envelope,
      again: isNew,
      input: inputFor(options, request),
      signal,
    })
    return sponsorResultOf(last)
  } finally {
    await lock.release()
  }
}

function inputFor({ ports: { clock }, waitForFundsMs }: SponsorOptions, request: SponsorRequest): SponsoringInput {
  if (!waitForFundsMs) return { request }
  return { request, fundsDeadline: new Date(clock.now() + waitForFundsMs).toISOString() }
}

/** The recorded request if it is the same; else a new one. */
function requestFor({ ports, chainId, agents }: SponsorOptions, envelope: SponsoringEnvelope | null): SponsorRequest {
  const recorded = envelope && requestOf(envelope)
  if (recorded !== null && wordsOf(recorded.agents) === wordsOf(agents)) return recorded
  const { clock, signer } = ports
  const wanted = agents.map((agent) => ({ address: agent.address, amount: agent.amount }))
  return { runId: clock.id(16), address: signer.address, chainId, agents: wanted }
}

/** The same text for the same agents and amounts, in any order. */
const wordsOf = (agents: readonly Beneficiary[]): string =>
  agents
    .map(({ address, amount }) => `${keyOf(address)} ${amount}`)
    .sort()
    .join()

function requireUsable(agents: readonly Beneficiary[], treasury: Address): void {
  if (agents.length === 0) throw new AgentsNotUsableError('it is empty')
  if (agents.length > MOST_AGENTS) {
    throw new AgentsNotUsableError(`it has ${agents.length} agents, and the maximum is ${MOST_AGENTS}`)
  }
  const seen = new Set<Address>()
  for (const { address, amount } of agents) {
    const key = keyOf(address)
    if (key === keyOf(treasury)) throw new SponsorsItselfError(address)
    if (seen.has(key)) throw new AgentsNotUsableError(`it names ${address} twice`)
    if (!/^[1-9]\d*$/.test(amount)) throw new AgentsNotUsableError(`the amount "${amount}" for ${address} is not valid`)
    seen.add(key)
  }
}
