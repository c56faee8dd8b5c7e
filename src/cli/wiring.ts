import { mkdirSync } from 'node:fs'
import { systemClock } from '../adapters/clock.ts'
import { privateKeySigner } from '../adapters/signers/private-key.ts'
import { openKey, openSigner } from '../adapters/signers/signer-from-options.ts'
import { verifyingSigner } from '../adapters/signers/verify.ts'
import { serverClock } from '../adapters/venice/server-clock.ts'
import { type ChainParts, composeChain } from '../compose/chain.ts'
import { composePorts } from '../compose/ports.ts'
import { composeVenice, composeWalletVenice } from '../compose/venice.ts'
import type { Address } from '../domain/addresses.ts'
import { action, say } from '../domain/next-action.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import type { Ports } from '../driver/effects/io.ts'
import { MissingOptionError, SandboxEndedError } from '../errors/cli.ts'
import type { Chain, TreasuryChain } from '../ports/chain.ts'
import type { Signer } from '../ports/signer.ts'
import type { Venice } from '../ports/venice.ts'
import { connectSandbox, type SandboxHandle, startInBackground } from '../sandbox/background.ts'
import { OwnKeyRefusedError } from '../sandbox/errors.ts'
import { lastSandboxWallet, readPointer, restorePointer } from '../sandbox/pointer.ts'
import { chainParts } from './chain-parts.ts'
import { anotherRun } from './ended-sandbox.ts'
import { apiUrlOf, endpointsOf } from './endpoints.ts'
import type { CliContext } from './environment.ts'
import type { Output } from './output.ts'
import { listRuns } from './records.ts'
import type { Request } from './request.ts'
import { signerSource } from './signer-source.ts'
import { sinksFor } from './sinks.ts'
import { requireAccountFlags, type Wallets } from './wallets.ts'

/** Everything a command needs to act on one wallet. */
export interface Wiring {
  ports: Ports
  stateDir: string
  redactor: Redactor
  endpoints: { rpcUrls: readonly string[]; apiUrl: string }
  /** The sandbox behind the ports, if any. */
  sandbox: SandboxHandle | null
}

/**
 * Picks the adapters: the one place that knows what a sandbox is. `fetch` asks the endpoints of Base.
 *
 * Side effects: reads key files; with `--network sandbox`, starts one in the background unless it still runs.
 */
export async function wire(
  request: Request,
  context: CliContext,
  { note }: Pick<Output, 'note'>,
  { hasNotes = true, fetch }: { hasNotes?: boolean; fetch?: ChainParts['fetch'] } = {},
): Promise<Wiring> {
  return request.network === 'sandbox'
    ? wireSandbox(request, context, { note, hasNotes })
    : wireBase(request, context, { hasNotes, fetch })
}

/**
 * The same for a command that only reads. A sandbox started for it does not replace the sandbox of a recorded run:
 * that one stays the current sandbox.
 *
 * @returns `end` stops such a sandbox; call it when the command is over.
 */
export async function wireToRead(
  request: Request,
  context: CliContext,
  output: Pick<Output, 'note'>,
): Promise<Wiring & { end(): Promise<void> }> {
  const { stateDir } = request
  const before = request.network === 'sandbox' ? readPointer(stateDir) : null
  const wiring = await wire(request, context, output, { hasNotes: false })
  const end = async () => {
    if (before === null || readPointer(stateDir)?.address === before.address) return
    if ((await listRuns(stateDir, before.address as Address)).length === 0) return
    await wiring.sandbox?.stop()
    restorePointer(stateDir, before)
  }
  return { ...wiring, end }
}

async function wireBase(
  request: Request,
  context: CliContext,
  { hasNotes, fetch }: { hasNotes: boolean; fetch: ChainParts['fetch'] },
): Promise<Wiring> {
  const endpoints = endpointsOf(request)
  const redactor = createRedactor()
  const wallets = await openBaseWallets(request, redactor)
  return assemble({ request, context, endpoints, wallets, redactor, sandbox: null, hasNotes, fetch })
}

async function openBaseWallets(request: Request, redactor: Redactor): Promise<Wallets> {
  requireAccountFlags(request)
  const { smartAccount, keys } = request
  if (keys.wallet.privateKey) redactor.add(keys.wallet.privateKey)
  if (smartAccount === null) return { signer: await openSigner(keys.wallet) }
  const { rpcUrls } = endpointsOf(request)
  const { openSmartAccount } = await import('./smart-account.ts')
  return openSmartAccount(smartAccount, await openKey(keys.wallet), { request, rpcUrls, redactor })
}

async function wireSandbox(
  request: Request,
  context: CliContext,
  { note, hasNotes }: Pick<Output, 'note'> & { hasNotes: boolean },
): Promise<Wiring> {
  requireSandboxFlags(request)
  if (context.env.BASE_RPC_URL && hasNotes)
    note('BASE_RPC_URL is set, but this command works in the sandbox. To work on Base, add --network base.')
  const { stateDir } = request
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const sandbox = (await connectSandbox(stateDir)) ?? (await begin(stateDir, request, context, note))
  const { privateKey } = sandbox.wallet
  const redactor = createRedactor()
  redactor.add(privateKey)
  return assemble({
    request,
    context,
    endpoints: { rpcUrls: [sandbox.rpcUrl], apiUrl: sandbox.apiUrl },
    wallets: await openSandboxWallets(request, { sandbox, redactor }),
    redactor,
    sandbox,
    hasNotes,
  })
}

/** A smart account of the sandbox's wallet has funds there, and a bundler that pays for all. */
async function openSandboxWallets(
  request: Request,
  { sandbox, redactor }: { sandbox: SandboxHandle; redactor: Redactor },
): Promise<Wallets> {
  const { smartAccount } = request
  const { rpcUrl, wallet } = sandbox
  const owner = { key: wallet.privateKey, source: 'the sandbox' }
  if (smartAccount === null) return { signer: privateKeySigner(owner.key, owner.source) }
  const { openSmartAccount } = await import('./smart-account.ts')
  const own = { value: rpcUrl, source: 'the sandbox' }
  const paying = { ...request, endpoints: { ...request.endpoints, bundlerUrl: own, paymasterUrl: own } }
  const wallets = await openSmartAccount(smartAccount, owner, { request: paying, rpcUrls: [rpcUrl], redactor })
  await sandbox.fund(wallets.signer.address)
  return wallets
}

function begin(
  stateDir: string,
  { blockTimeMs, isSponsored }: Request,
  { program }: CliContext,
  note: Output['note'],
): Promise<SandboxHandle> {
  const wallets = isSponsored ? 'an empty wallet and a funded treasury' : 'a funded test wallet'
  note(`Starting a sandbox: a local chain and a local Venice, with ${wallets}. Nothing in it has real value.`)
  return startInBackground(stateDir, { program, blockTime: `${blockTimeMs}ms`, hasTreasury: isSponsored })
}

function assemble({
  request,
  context,
  endpoints,
  wallets: { signer, minter },
  redactor,
  sandbox,
  hasNotes,
  fetch,
}: {
  request: Request
  context: CliContext
  endpoints: Wiring['endpoints']
  wallets: Wallets
  redactor: Redactor
  sandbox: SandboxHandle | null
  hasNotes: boolean
  fetch?: ChainParts['fetch']
}): Wiring {
  const { address } = signer
  const { stateDir } = request
  const ports = composePorts({
    ...chainParts(endpoints.rpcUrls, request, context, address),
    apiUrl: endpoints.apiUrl,
    signer: verifyingSigner(signer),
    minter,
    sinks: sinksFor(request, context, address),
    redactor,
    ...(hasNotes && { notesIn: stateDir }),
    fetch,
  })
  return { ports, stateDir, redactor, endpoints, sandbox }
}

/** The chain as a treasury needs it. Venice's own RPC is for wallets with a key. */
export const treasuryChainOver = (rpcUrls: readonly string[], request: Request, context: CliContext): TreasuryChain =>
  composeChain(chainParts(rpcUrls, request, context, request.address))

/** The chain alone, for commands that only read. */
export async function chainFor(request: Request, context: CliContext): Promise<Chain> {
  const isBase = request.network === 'base'
  const rpcUrls = isBase ? endpointsOf(request).rpcUrls : [(await runningSandbox(request)).rpcUrl]
  return treasuryChainOver(rpcUrls, request, context)
}

/** Venice alone, for commands about keys. */
export async function veniceFor(request: Request): Promise<Venice> {
  return composeVenice({ apiUrl: await veniceUrl(request) })
}

/** Venice as the wallet asks it, for commands about its credit. Side effects: reads key files. */
export async function walletVeniceFor(request: Request, redactor: Redactor): Promise<Venice> {
  const signer = await signerFor(request, redactor)
  return composeWalletVenice(await veniceUrl(request), signer, serverClock(systemClock))
}

/** Venice's API for the network that was chosen. */
export const veniceUrl = async (request: Request): Promise<string> =>
  request.network === 'base' ? apiUrlOf(request) : (await runningSandbox(request)).apiUrl

/** The signer alone, for commands about keys. Side effects: reads key files. */
export const signerFor = async (request: Request, redactor: Redactor): Promise<Signer> =>
  (await walletsFor(request, redactor)).signer

/** The same, and who mints in its place. */
export async function walletsFor(request: Request, redactor: Redactor): Promise<Wallets> {
  const { signer, ...rest } = await openWallets(request, redactor)
  return { signer: verifyingSigner(signer), ...rest }
}

async function openWallets(request: Request, redactor: Redactor): Promise<Wallets> {
  if (request.network === 'base') return openBaseWallets(request, redactor)
  requireSandboxFlags(request)
  const sandbox = await runningSandbox(request)
  redactor.add(sandbox.wallet.privateKey)
  return openSandboxWallets(request, { sandbox, redactor })
}

/** A sandbox signs with keys that it made itself. @throws {OwnKeyRefusedError} */
function requireSandboxFlags(request: Request): void {
  requireAccountFlags(request)
  const source = signerSource(request)
  if (source !== null) throw new OwnKeyRefusedError(source)
}

/** The sandbox of the recorded run. A new one is not started, since it would not know the run. */
export async function runningSandbox({ stateDir }: Pick<Request, 'stateDir'>): Promise<SandboxHandle> {
  const sandbox = await connectSandbox(stateDir)
  if (sandbox !== null) return sandbox
  const address = lastSandboxWallet(stateDir)
  if (address !== null && (await listRuns(stateDir, address)).length > 0)
    throw new SandboxEndedError({ next: anotherRun(address), lost: 'its chain and its Venice are gone' })
  throw new MissingOptionError('A sandbox', say`${action('run')} starts one.`)
}
