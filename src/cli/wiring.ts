import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
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
import { addressOf, apiUrlOf, endpointsOf, signerSource } from './config.ts'
import { anotherRun } from './ended-sandbox.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './options.ts'
import type { Output } from './output.ts'
import { listRuns } from './records.ts'
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
  flags: Flags,
  context: CliContext,
  { note }: Pick<Output, 'note'>,
  { hasNotes = true, fetch }: { hasNotes?: boolean; fetch?: ChainParts['fetch'] } = {},
): Promise<Wiring> {
  return flags.network === 'sandbox'
    ? wireSandbox(flags, context, { note, hasNotes })
    : wireBase(flags, context, { hasNotes, fetch })
}

/**
 * The same for a command that only reads. A sandbox started for it does not replace the sandbox of a recorded run:
 * that one stays the current sandbox.
 *
 * @returns `end` stops such a sandbox; call it when the command is over.
 */
export async function wireToRead(
  flags: Flags,
  context: CliContext,
  output: Pick<Output, 'note'>,
): Promise<Wiring & { end(): Promise<void> }> {
  const stateDir = resolve(context.cwd, flags.stateDir)
  const before = flags.network === 'sandbox' ? readPointer(stateDir) : null
  const wiring = await wire(flags, context, output, { hasNotes: false })
  const end = async () => {
    if (before === null || readPointer(stateDir)?.address === before.address) return
    if ((await listRuns(stateDir, before.address as Address)).length === 0) return
    await wiring.sandbox?.stop()
    restorePointer(stateDir, before)
  }
  return { ...wiring, end }
}

async function wireBase(
  flags: Flags,
  context: CliContext,
  { hasNotes, fetch }: { hasNotes: boolean; fetch: ChainParts['fetch'] },
): Promise<Wiring> {
  const endpoints = endpointsOf(flags, context)
  const redactor = createRedactor()
  const wallets = await openBaseWallets(flags, context, redactor)
  return assemble({ flags, context, endpoints, wallets, redactor, sandbox: null, hasNotes, fetch })
}

async function openBaseWallets(flags: Flags, context: CliContext, redactor: Redactor): Promise<Wallets> {
  requireAccountFlags(flags)
  const { cwd, env, homeDir } = context
  const { privateKeyFile, keystore, account, passwordFile, signer, smartAccount } = flags
  if (env.WALLET_PRIVATE_KEY) redactor.add(env.WALLET_PRIVATE_KEY)
  const source = {
    privateKey: env.WALLET_PRIVATE_KEY,
    privateKeyFile,
    keystore,
    account,
    passwordFile,
    signer,
    homeDir,
    cwd,
    env,
  }
  if (smartAccount === undefined) return { signer: await openSigner(source) }
  const { rpcUrls } = endpointsOf(flags, context)
  const { openSmartAccount } = await import('./smart-account.ts')
  return openSmartAccount(smartAccount, await openKey(source), { flags, context, rpcUrls, redactor })
}

async function wireSandbox(
  flags: Flags,
  context: CliContext,
  { note, hasNotes }: Pick<Output, 'note'> & { hasNotes: boolean },
): Promise<Wiring> {
  requireSandboxFlags(flags, context)
  if (context.env.BASE_RPC_URL && hasNotes)
    note('BASE_RPC_URL is set, but this command works in the sandbox. To work on Base, add --network base.')
  const stateDir = resolve(context.cwd, flags.stateDir)
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const sandbox = (await connectSandbox(stateDir)) ?? (await begin(stateDir, flags, context, note))
  const { privateKey } = sandbox.wallet
  const redactor = createRedactor()
  redactor.add(privateKey)
  return assemble({
    flags,
    context,
    endpoints: { rpcUrls: [sandbox.rpcUrl], apiUrl: sandbox.apiUrl },
    wallets: await openSandboxWallets(flags, context, { sandbox, redactor }),
    redactor,
    sandbox,
    hasNotes,
  })
}

/** A smart account of the sandbox's wallet has funds there, and a bundler that pays for all. */
async function openSandboxWallets(
  flags: Flags,
  context: CliContext,
  { sandbox, redactor }: { sandbox: SandboxHandle; redactor: Redactor },
): Promise<Wallets> {
  const { smartAccount } = flags
  const { rpcUrl, wallet } = sandbox
  const owner = { key: wallet.privateKey, source: 'the sandbox' }
  if (smartAccount === undefined) return { signer: privateKeySigner(owner.key, owner.source) }
  const { openSmartAccount } = await import('./smart-account.ts')
  const paying = { ...flags, bundlerUrl: rpcUrl, paymasterUrl: rpcUrl }
  const wallets = await openSmartAccount(smartAccount, owner, { flags: paying, context, rpcUrls: [rpcUrl], redactor })
  await sandbox.fund(wallets.signer.address)
  return wallets
}

function begin(
  stateDir: string,
  { blockTime = '200ms', sponsor = false }: Flags,
  { program }: CliContext,
  note: Output['note'],
): Promise<SandboxHandle> {
  const wallets = sponsor ? 'an empty wallet and a funded treasury' : 'a funded test wallet'
  note(`Starting a sandbox: a local chain and a local Venice, with ${wallets}. Nothing in it has real value.`)
  return startInBackground(stateDir, { program, blockTime, hasTreasury: sponsor })
}

function assemble({
  flags,
  context,
  endpoints,
  wallets: { signer, minter },
  redactor,
  sandbox,
  hasNotes,
  fetch,
}: {
  flags: Flags
  context: CliContext
  endpoints: Wiring['endpoints']
  wallets: Wallets
  redactor: Redactor
  sandbox: SandboxHandle | null
  hasNotes: boolean
  fetch?: ChainParts['fetch']
}): Wiring {
  const { address } = signer
  const stateDir = resolve(context.cwd, flags.stateDir)
  const ports = composePorts({
    ...chainParts(endpoints.rpcUrls, flags, context, address),
    apiUrl: endpoints.apiUrl,
    signer: verifyingSigner(signer),
    minter,
    sinks: sinksFor(flags, context, address),
    redactor,
    ...(hasNotes && { notesIn: stateDir }),
    fetch,
  })
  return { ports, stateDir, redactor, endpoints, sandbox }
}

/** The chain as a treasury needs it. Venice's own RPC is for wallets with a key. */
export const treasuryChainOver = (rpcUrls: readonly string[], flags: Flags, context: CliContext): TreasuryChain =>
  composeChain(chainParts(rpcUrls, flags, context, addressOf(flags)))

/** The chain alone, for commands that only read. */
export async function chainFor(flags: Flags, context: CliContext): Promise<Chain> {
  const isBase = flags.network === 'base'
  const rpcUrls = isBase ? endpointsOf(flags, context).rpcUrls : [(await runningSandbox(flags, context)).rpcUrl]
  return treasuryChainOver(rpcUrls, flags, context)
}

/** Venice alone, for commands about keys. */
export async function veniceFor(flags: Flags, context: CliContext): Promise<Venice> {
  return composeVenice({ apiUrl: await veniceUrl(flags, context) })
}

/** Venice as the wallet asks it, for commands about its credit. Side effects: reads key files. */
export async function walletVeniceFor(flags: Flags, context: CliContext, redactor: Redactor): Promise<Venice> {
  const signer = await signerFor(flags, context, redactor)
  return composeWalletVenice(await veniceUrl(flags, context), signer, serverClock(systemClock))
}

/** Venice's API for the network that was chosen. */
export const veniceUrl = async (flags: Flags, context: CliContext): Promise<string> =>
  flags.network === 'base' ? apiUrlOf(flags) : (await runningSandbox(flags, context)).apiUrl

/** The signer alone, for commands about keys. Side effects: reads key files. */
export const signerFor = async (flags: Flags, context: CliContext, redactor: Redactor): Promise<Signer> =>
  (await walletsFor(flags, context, redactor)).signer

/** The same, and who mints in its place. */
export async function walletsFor(flags: Flags, context: CliContext, redactor: Redactor): Promise<Wallets> {
  const { signer, ...rest } = await openWallets(flags, context, redactor)
  return { signer: verifyingSigner(signer), ...rest }
}

async function openWallets(flags: Flags, context: CliContext, redactor: Redactor): Promise<Wallets> {
  if (flags.network === 'base') return openBaseWallets(flags, context, redactor)
  requireSandboxFlags(flags, context)
  const sandbox = await runningSandbox(flags, context)
  redactor.add(sandbox.wallet.privateKey)
  return openSandboxWallets(flags, context, { sandbox, redactor })
}

/** A sandbox signs with keys that it made itself. @throws {OwnKeyRefusedError} */
function requireSandboxFlags(flags: Flags, context: CliContext): void {
  requireAccountFlags(flags)
  const source = signerSource(flags, context)
  if (source !== null) throw new OwnKeyRefusedError(source)
}

/** The sandbox of the recorded run. A new one is not started, since it would not know the run. */
export async function runningSandbox(flags: Flags, context: CliContext): Promise<SandboxHandle> {
  const stateDir = resolve(context.cwd, flags.stateDir)
  const sandbox = await connectSandbox(stateDir)
  if (sandbox !== null) return sandbox
  const address = lastSandboxWallet(stateDir)
  if (address !== null && (await listRuns(stateDir, address)).length > 0)
    throw new SandboxEndedError({ next: anotherRun(address), lost: 'its chain and its Venice are gone' })
  throw new MissingOptionError('A sandbox', say`${action('run')} starts one.`)
}
