import { systemClock } from '../../adapters/clock.ts'
import { type ServerClock, serverClock } from '../../adapters/venice/server-clock.ts'
import { composeWalletVenice } from '../../compose/venice.ts'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { createRedactor } from '../../domain/redact.ts'
import { readHeld, sinksOf } from '../../driver/effects/sinks.ts'
import { recordOf, requestOf } from '../../driver/envelope.ts'
import { NoStoredKeyError } from '../../errors/gateway.ts'
import type { Credential } from '../../gateway/caller.ts'
import { keyCredential, walletCredential } from '../../gateway/credentials.ts'
import { type Credit, createCredit, type Refill } from '../../gateway/credit.ts'
import { topUp } from '../../gateway/top-up.ts'
import type { Venice } from '../../ports/venice.ts'
import { apiUrlOf } from '../endpoints.ts'
import type { CliContext } from '../environment.ts'
import type { Output } from '../output.ts'
import { findRun, readRun } from '../records.ts'
import { sinksFor } from '../sinks.ts'
import { signerFor, veniceUrl, type Wiring, wire } from '../wiring.ts'
import type { GatewayRequest } from './request.ts'

/** What calls are paid with. */
export interface Paying {
  address: Address
  apiUrl: string
  clock: ServerClock
  credential: Credential
  /** Null: it is nobody's concern. */
  credit: Credit | null
  sandbox: Wiring['sandbox']
}

/** How refills are told. */
type Told = (refill: Refill) => void

/**
 * Opens what pays: the wallet, or the key that its run stored. Reads key files; starts a sandbox where one is asked for.
 *
 * @param onRefill - is told of each refill, made or failed.
 * @throws {NoRunError} {NoStoredKeyError} and what `wire` throws.
 */
export const openPaying = (
  request: GatewayRequest,
  io: { output: Output; context: CliContext; onRefill: Told },
): Promise<Paying> => (request.wanted.credential === 'key' ? withKey(request, io.context) : withWallet(request, io))

async function withWallet(
  request: GatewayRequest,
  { output, context, onRefill }: { output: Output; context: CliContext; onRefill: Told },
): Promise<Paying> {
  const { refill } = request
  // Without refills nothing is read of the chain.
  if (refill === null && request.network === 'base') return withSignerAlone(request)
  const { ports, stateDir, redactor, endpoints, sandbox } = await wire(request, context, output)
  const { address } = ports.signer
  const clock = serverClock(systemClock)
  const credit =
    refill &&
    createCredit({
      floor: refill.floor,
      clock: systemClock,
      onRefill,
      read: () => ports.venice.walletCredit(address),
      topUp: () => topUp({ ports, chainId: BASE_CHAIN_ID, stateDir, redactor, ...refill }),
    })
  const credential = walletCredential(() => Promise.resolve(ports.signer), clock)
  const watched = credit ?? watchedCredit(request, ports.venice, address)
  return { address, apiUrl: endpoints.apiUrl, clock, credential, credit: watched, sandbox }
}

async function withSignerAlone(request: GatewayRequest): Promise<Paying> {
  const apiUrl = apiUrlOf(request)
  const signer = await signerFor(request, createRedactor())
  const { address } = signer
  const clock = serverClock(systemClock)
  const credential = walletCredential(() => Promise.resolve(signer), clock)
  const credit = watchedCredit(request, composeWalletVenice(apiUrl, signer, clock), address)
  return { address, apiUrl, clock, credential, credit, sandbox: null }
}

/** For the page alone: each read is one more request that the wallet signs in for, once a minute while there are calls. */
const watchedCredit = ({ isInspected }: GatewayRequest, venice: Venice, address: Address): Credit | null =>
  isInspected
    ? createCredit({ floor: 0n, clock: systemClock, read: () => venice.walletCredit(address), topUp: null })
    : null

/** The key of the recorded run; the wallet's own is not needed. @throws {NoRunError} {NoStoredKeyError} */
async function withKey(request: GatewayRequest, context: CliContext): Promise<Paying> {
  const run = await findRun(request.stateDir, request.address)
  const envelope = await readRun(run)
  const { key } = recordOf(envelope)
  const apiUrl = await veniceUrl(request)
  const address = requestOf(envelope).address as Address
  const sinks = sinksFor(request, context, address)
  const stored = key && (await readHeld({ ...sinks, venice: { origin: new URL(apiUrl).origin } }, key))
  if (stored === null) throw new NoStoredKeyError(sinksOf(sinks).map(({ name }) => name))
  const clock = serverClock(systemClock)
  return {
    address,
    apiUrl,
    clock,
    credential: keyCredential(stored),
    credit: null,
    sandbox: null,
  }
}
