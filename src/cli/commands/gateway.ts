import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { systemClock } from '../../adapters/clock.ts'
import { runDirectory } from '../../adapters/stores/file-run-store.ts'
import { type ServerClock, serverClock } from '../../adapters/venice/server-clock.ts'
import type { Address } from '../../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../../domain/amounts.ts'
import { createRedactor } from '../../domain/redact.ts'
import { readHeld, sinksOf } from '../../driver/effects/sinks.ts'
import { recordOf, requestOf } from '../../driver/envelope.ts'
import { MissingOptionError, UsageError } from '../../errors/cli.ts'
import { NoStoredKeyError } from '../../errors/gateway.ts'
import { type CallReport, type Credential, createCaller } from '../../gateway/caller.ts'
import { keyCredential, slotsFor, walletCredential } from '../../gateway/credentials.ts'
import { type Credit, createCredit, type Refill } from '../../gateway/credit.ts'
import { serveGateway } from '../../gateway/server.ts'
import { tokenIn } from '../../gateway/token-file.ts'
import { topUp } from '../../gateway/top-up.ts'
import { createTotals, type Totals } from '../../gateway/totals.ts'
import { connectSandbox } from '../../sandbox/background.ts'
import { addressOf, apiUrlOf, CHAIN_ID } from '../config.ts'
import type { CliContext } from '../environment.ts'
import type { Flags } from '../options.ts'
import type { Output } from '../output.ts'
import { findRun, readRun } from '../records.ts'
import { sinksFor } from '../sinks.ts'
import { runningSandbox, signerFor, type Wiring, wire } from '../wiring.ts'

export interface GatewayFlags extends Flags {
  credential: 'wallet' | 'key'
  host: string
  port: number
  tokenFile?: string
  /** Base units of USDC. */
  refillTo?: bigint
  refillBelow: bigint
  maxUsdPerDay?: bigint
}

/**
 * `gateway`: serves OpenAI's API to clients of this machine, paid by the wallet or with the stored key, until stopped. Calls
 * under way are finished first; a second signal ends them.
 */
export async function gateway(flags: GatewayFlags, output: Output, context: CliContext): Promise<number> {
  const refill = refillOf(flags)
  const stateDir = resolve(context.cwd, flags.stateDir)
  const hadSandbox = flags.network === 'sandbox' && (await connectSandbox(stateDir)) !== null
  const paying =
    flags.credential === 'key' ? await withKey(flags, context) : await withWallet(flags, { output, context, refill })
  try {
    return await serve(paying, { flags, output, context })
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
  /** Null: it is not kept above a floor. */
  credit: Credit | null
  totals: Totals
  sandbox: Wiring['sandbox']
}

async function withWallet(
  flags: GatewayFlags,
  { output, context, refill }: { output: Output; context: CliContext; refill: RefillAmounts | null },
): Promise<Paying> {
  // Without refills nothing is read of the chain.
  if (refill === null && flags.network === 'base') return withSignerAlone(flags, context)
  const { ports, stateDir, redactor, endpoints, sandbox } = await wire(flags, context, output)
  const { address } = ports.signer
  const clock = serverClock(systemClock)
  const totals = createTotals(systemClock.now)
  const credit =
    refill &&
    createCredit({
      floor: refill.floor,
      clock: systemClock,
      onRefill: toldOf(output, totals).refill,
      read: () => ports.venice.walletCredit(address),
      topUp: () => topUp({ ports, chainId: CHAIN_ID, stateDir, redactor, ...refill }),
    })
  const credential = walletCredential(() => Promise.resolve(ports.signer), clock)
  return { address, apiUrl: endpoints.apiUrl, clock, credential, credit, totals, sandbox }
}

async function withSignerAlone(flags: GatewayFlags, context: CliContext): Promise<Paying> {
  const apiUrl = apiUrlOf(flags)
  const signer = await signerFor(flags, context, createRedactor())
  const clock = serverClock(systemClock)
  const credential = walletCredential(() => Promise.resolve(signer), clock)
  const totals = createTotals(systemClock.now)
  return { address: signer.address, apiUrl, clock, credential, credit: null, totals, sandbox: null }
}

/** The key of the recorded run; the wallet's own is not needed. @throws {NoRunError} {NoStoredKeyError} */
async function withKey(flags: GatewayFlags, context: CliContext): Promise<Paying> {
  const run = await findRun(resolve(context.cwd, flags.stateDir), addressOf(flags))
  const envelope = await readRun(run)
  const { key } = recordOf(envelope)
  const sandbox = flags.network === 'base' ? null : await runningSandbox(flags, context)
  const apiUrl = sandbox === null ? apiUrlOf(flags) : sandbox.apiUrl
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
    totals: createTotals(systemClock.now),
    sandbox: null,
  }
}

async function serve(
  { address, apiUrl, clock, credential, credit, totals }: Paying,
  { flags, output, context }: { flags: GatewayFlags; output: Output; context: CliContext },
): Promise<number> {
  const { host } = flags
  const directory = runDirectory({ stateDir: resolve(context.cwd, flags.stateDir), chainId: CHAIN_ID, address })
  const tokenFile = resolve(context.cwd, flags.tokenFile ?? join(directory, 'gateway-token'))
  const server = await serveGateway({
    apiUrl,
    token: tokenIn(tokenFile),
    host,
    port: flags.port,
    caller: createCaller({
      apiUrl,
      clock,
      credential,
      credit,
      ...(credential.kind === 'wallet' && { slots: () => Promise.resolve(slotsFor(apiUrl, address)) }),
      onCall: toldOf(output, totals).call,
    }),
    report: (openCalls) => {
      const known = credit?.known() ?? null
      const creditUsd = known === null ? null : Number(formatAmount(known, { decimals: USDC_DECIMALS }))
      return {
        status: { address, credential: credential.kind, apiUrl, creditUsd, openCalls, ...totals.summary() },
        metrics: totals.metrics({ calls: openCalls, creditUsd }),
      }
    },
  })
  const { url, port } = server
  const serving = { url, host, port, tokenFile, address, chainId: CHAIN_ID, apiUrl, credential: credential.kind }
  // The last line of `--ndjson` is the result: what was served is told when it is over.
  if (output.format === 'ndjson') output.event({ type: 'listening', ...serving })
  else
    output.result(
      serving,
      [`export OPENAI_BASE_URL=${url}`, `export OPENAI_API_KEY="$(cat '${tokenFile}')"`].join('\n'),
    )
  output.note(noteOf(flags, credential))
  await signalled()
  output.note('Finishing the calls under way; press again to quit now.')
  await Promise.race([server.close(), signalled()])
  if (output.format === 'ndjson') output.result({ ...serving, ...totals.summary() }, '')
  return 0
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
function toldOf(output: Output, totals: Totals) {
  return {
    call(call: CallReport): void {
      totals.call(call)
      output.event({ type: 'call', at: new Date(systemClock.now()).toISOString(), ...call })
      if (!output.isVerbose) return
      const { route, status, costUsd, ms } = call
      const cost = costUsd === null ? '' : ` $${formatAmount(BigInt(Math.round(costUsd * 1e9)), { decimals: 9 })}`
      output.note(`${route} ${status ?? 'no answer'}${cost} ${Math.round(ms)} ms`)
    },
    refill(refill: Refill): void {
      totals.refill(refill)
      output.event({ type: 'refill', ...refill })
      const { failure } = refill
      output.note(
        failure === null
          ? "The wallet's credit was refilled."
          : `The wallet's credit was not refilled: ${failure.message} [${failure.code}]`,
      )
    },
  }
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
