import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { systemClock } from '../../adapters/clock.ts'
import { runDirectory } from '../../adapters/stores/run-directory.ts'
import { type ServerClock, serverClock } from '../../adapters/venice/server-clock.ts'
import { composeWalletVenice } from '../../compose/venice.ts'
import type { Address } from '../../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../../domain/amounts.ts'
import { createRedactor } from '../../domain/redact.ts'
import { readHeld, sinksOf } from '../../driver/effects/sinks.ts'
import { recordOf, requestOf } from '../../driver/envelope.ts'
import { MissingOptionError, UsageError } from '../../errors/cli.ts'
import { NoStoredKeyError } from '../../errors/gateway.ts'
import { budgetLeft } from '../../gateway/budget-left.ts'
import { type CallReport, type Credential, createCaller } from '../../gateway/caller.ts'
import { keyCredential, slotsFor, walletCredential } from '../../gateway/credentials.ts'
import { type Credit, createCredit, type Refill } from '../../gateway/credit.ts'
import { sendByNode } from '../../gateway/send-by-node.ts'
import { serveGateway } from '../../gateway/server.ts'
import { tokenIn } from '../../gateway/token-file.ts'
import { topUp } from '../../gateway/top-up.ts'
import { createTotals, type Totals } from '../../gateway/totals.ts'
import type { Venice } from '../../ports/venice.ts'
import { connectSandbox } from '../../sandbox/background.ts'
import { addressOf, apiUrlOf, CHAIN_ID } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { findRun, readRun } from '../records.ts'
import { sinksFor } from '../sinks.ts'
import { signerFor, veniceUrl, type Wiring, wire } from '../wiring.ts'

export interface GatewayFlags extends Flags {
  credential: 'wallet' | 'key'
  host: string
  port: number
  tokenFile?: string
  /** Base units of USDC. */
  refillTo?: bigint
  refillBelow: bigint
  maxUsdPerDay?: bigint
  inspect?: boolean
}

/**
 * `gateway`: serves OpenAI's API to clients of this machine, paid by the wallet or with the stored key, until stopped. Calls
 * under way are finished first; a second signal ends them.
 */
export async function gateway(flags: GatewayFlags, output: Output, context: CliContext): Promise<number> {
  const refill = refillOf(flags)
  const stateDir = resolve(context.cwd, flags.stateDir)
  const hadSandbox = flags.network === 'sandbox' && (await connectSandbox(stateDir)) !== null
  const watching = createWatching(output)
  const paying =
    flags.credential === 'key'
      ? await withKey(flags, context)
      : await withWallet(flags, { output, context, refill, watching })
  try {
    return await serve(paying, { flags, output, context, refill, watching })
  } finally {
    if (!hadSandbox) await paying.sandbox?.stop()
  }
}

/** What calls are paid with. */
interface Paying {
  address: Address
  apiUrl: string
  clock: ServerClock
  credential: Credential
  /** Null: it is nobody's concern. */
  credit: Credit | null
  sandbox: Wiring['sandbox']
}

async function withWallet(
  flags: GatewayFlags,
  {
    output,
    context,
    refill,
    watching,
  }: { output: Output; context: CliContext; refill: RefillAmounts | null; watching: Watching },
): Promise<Paying> {
  // Without refills nothing is read of the chain.
  if (refill === null && flags.network === 'base') return withSignerAlone(flags, context)
  const { ports, stateDir, redactor, endpoints, sandbox } = await wire(flags, context, output)
  const { address } = ports.signer
  const clock = serverClock(systemClock)
  const credit =
    refill &&
    createCredit({
      floor: refill.floor,
      clock: systemClock,
      onRefill: watching.refill,
      read: () => ports.venice.walletCredit(address),
      topUp: () => topUp({ ports, chainId: CHAIN_ID, stateDir, redactor, ...refill }),
    })
  const credential = walletCredential(() => Promise.resolve(ports.signer), clock)
  const watched = credit ?? watchedCredit(flags, ports.venice, address)
  return { address, apiUrl: endpoints.apiUrl, clock, credential, credit: watched, sandbox }
}

async function withSignerAlone(flags: GatewayFlags, context: CliContext): Promise<Paying> {
  const apiUrl = apiUrlOf(flags)
  const signer = await signerFor(flags, context, createRedactor())
  const { address } = signer
  const clock = serverClock(systemClock)
  const credential = walletCredential(() => Promise.resolve(signer), clock)
  const credit = watchedCredit(flags, composeWalletVenice(apiUrl, signer, clock), address)
  return { address, apiUrl, clock, credential, credit, sandbox: null }
}

/** For the page alone: each read is one more request that the wallet signs in for, once a minute while there are calls. */
const watchedCredit = ({ inspect }: GatewayFlags, venice: Venice, address: Address): Credit | null =>
  inspect === true
    ? createCredit({ floor: 0n, clock: systemClock, read: () => venice.walletCredit(address), topUp: null })
    : null

/** The key of the recorded run; the wallet's own is not needed. @throws {NoRunError} {NoStoredKeyError} */
async function withKey(flags: GatewayFlags, context: CliContext): Promise<Paying> {
  const run = await findRun(resolve(context.cwd, flags.stateDir), addressOf(flags))
  const envelope = await readRun(run)
  const { key } = recordOf(envelope)
  const apiUrl = await veniceUrl(flags, context)
  const address = requestOf(envelope).address as Address
  const sinks = sinksFor(flags, context, address)
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

async function serve(
  { address, apiUrl, clock, credential, credit }: Paying,
  {
    flags,
    output,
    context,
    refill,
    watching,
  }: { flags: GatewayFlags; output: Output; context: CliContext; refill: RefillAmounts | null; watching: Watching },
): Promise<number> {
  const { host } = flags
  const { totals } = watching
  const stateDir = resolve(context.cwd, flags.stateDir)
  const directory = runDirectory({ stateDir, chainId: CHAIN_ID, address })
  const tokenFile = resolve(context.cwd, flags.tokenFile ?? join(directory, 'gateway-token'))
  const creditUsd = () => inUsd(credit?.known() ?? null)
  const left = refill && watchedBudget({ stateDir, chainId: CHAIN_ID, address }, refill, watching)
  const server = await serveGateway({
    token: tokenIn(tokenFile),
    host,
    port: flags.port,
    call: createCaller({
      apiUrl,
      clock,
      send: sendByNode,
      credential,
      credit,
      ...(credential.kind === 'wallet' && { slots: () => Promise.resolve(slotsFor(apiUrl, address)) }),
      onCall: watching.call,
    }),
    report: (openCalls) => ({
      status: {
        address,
        credential: credential.kind,
        apiUrl,
        creditUsd: creditUsd(),
        budgetLeft: left?.() ?? null,
        openCalls,
        ...totals.summary(),
      },
      metrics: totals.metrics({ calls: openCalls, creditUsd: creditUsd() }),
    }),
  })
  const { url, port } = server
  const serving = { url, host, port, tokenFile, address, chainId: CHAIN_ID, apiUrl, credential: credential.kind }
  // Loaded only on demand.
  const inspector = flags.inspect
    ? await (await import('../../inspector/gateway.ts')).inspectGateway(() => ({
        now: systemClock.now(),
        url,
        address,
        credential: credential.kind,
        apiUrl,
        openCalls: server.openCalls(),
        ...viewOf(totals),
        creditUsd: creditUsd(),
        refill: refill && { belowUsd: inUsd(refill.floor) ?? 0, toUsd: inUsd(refill.to) ?? 0 },
        budgetLeft: left?.() ?? null,
      }))
    : null
  watching.onChange = () => inspector?.changed()
  // The last line of `--ndjson` is the result: what was served is told when it is over.
  if (output.format === 'ndjson') output.event({ type: 'listening', ...serving })
  else
    output.result(
      serving,
      [`export OPENAI_BASE_URL=${url}`, `export OPENAI_API_KEY="$(cat '${tokenFile}')"`].join('\n'),
    )
  if (inspector !== null) {
    output.note(`Watch it at ${inspector.url}`)
    // So that there is something to be seen before the first call.
    void credit?.ensure().then(watching.onChange)
  }
  output.note(noteOf(flags, credential))
  await signalled()
  output.note('Finishing the calls under way; press again to quit now.')
  await Promise.race([server.close(), signalled()])
  await inspector?.close()
  if (output.format === 'ndjson') output.result({ ...serving, ...totals.summary() }, '')
  return 0
}

const inUsd = (units: bigint | null): number | null =>
  units === null ? null : Number(formatAmount(units, { decimals: USDC_DECIMALS }))

/** What the page shows of the totals, field by field. */
function viewOf(totals: Totals) {
  const { calls, failed, costUsd, withoutCost, costPerMinuteUsd, refills, lastCalls } = totals.summary()
  const lastRefills = totals.lastRefills()
  return { calls, failed, costUsd, withoutCost, costPerMinuteUsd, refills, lastCalls, lastRefills }
}

/** What is left of the budget, read again after each refill. */
function watchedBudget(place: Parameters<typeof budgetLeft>[0], { budget }: RefillAmounts, watching: Watching) {
  let known: { usd: number; todayUsd: number | null } | null = null
  const read = () =>
    void budgetLeft(place, { budget, nowMs: systemClock.now() })
      .then(({ all, today }) => {
        known = { usd: inUsd(all) ?? 0, todayUsd: inUsd(today) }
        watching.onChange()
      })
      // The refill itself says why a record cannot be read.
      .catch(() => {})
  watching.onRefill = read
  read()
  return () => known
}

const signalled = () => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])

const noteOf = ({ host, refillTo }: GatewayFlags, { kind }: Credential): string =>
  [
    kind === 'wallet'
      ? `Calls are paid from the wallet's credit${refillTo === undefined ? ', which is not refilled' : ''}.`
      : "Calls are paid with the stored key, from its account's balance.",
    ...(isLoopback(host) ? [] : ['Other machines can reach it, in clear text: put TLS before it.']),
    'Stop it with Ctrl-C.',
  ].join(' ')

const isLoopback = (host: string): boolean => /^(?:localhost|127\.|::1$)/.test(host)

/** Calls and refills, for the totals and for whoever watches. */
interface Watching {
  readonly totals: Totals
  call(call: CallReport): void
  refill(refill: Refill): void
  onChange: () => void
  onRefill: () => void
}

function createWatching(output: Output): Watching {
  const totals = createTotals(systemClock.now)
  const watching: Watching = {
    totals,
    onChange: () => {},
    onRefill: () => {},
    call(call) {
      totals.call(call)
      watching.onChange()
      output.event({ type: 'call', at: new Date(systemClock.now()).toISOString(), ...call })
      if (!output.isVerbose) return
      const { route, status, costUsd, ms } = call
      const cost = costUsd === null ? '' : ` $${formatAmount(BigInt(Math.round(costUsd * 1e9)), { decimals: 9 })}`
      output.note(`${route} ${status ?? 'no answer'}${cost} ${Math.round(ms)} ms`)
    },
    refill(refill) {
      totals.refill(refill)
      watching.onRefill()
      output.event({ type: 'refill', ...refill })
      const { failure } = refill
      output.note(
        failure === null
          ? "The wallet's credit was refilled."
          : `The wallet's credit was not refilled: ${failure.message} [${failure.code}]`,
      )
    },
  }
  return watching
}

interface RefillAmounts {
  to: bigint
  floor: bigint
  budget: { maxUsd: bigint; maxUsdPerDay?: bigint }
}

/** @throws {MissingOptionError} {UsageError} */
function refillOf({ credential, refillTo, refillBelow, maxUsd, maxUsdPerDay }: GatewayFlags): RefillAmounts | null {
  if (refillTo === undefined) return null
  if (credential === 'key')
    throw new UsageError('--refill-to buys credit of the wallet, which the key cannot spend.', 'Omit one of the two.')
  if (maxUsd === undefined)
    throw new MissingOptionError('The budget of --refill-to', 'Give --max-usd, the dollars that all refills may cost.')
  if (refillBelow >= refillTo)
    throw new UsageError('--refill-below is not less than --refill-to.', 'Give a smaller one, such as 1.')
  return { to: refillTo, floor: refillBelow, budget: { maxUsd, ...(maxUsdPerDay !== undefined && { maxUsdPerDay }) } }
}
