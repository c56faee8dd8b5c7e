import { mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createChain } from '../adapters/chain/chain.ts'
import { systemClock } from '../adapters/clock.ts'
import { privateKeySigner } from '../adapters/signers/private-key.ts'
import { openSigner } from '../adapters/signers/signer-from-options.ts'
import { verifyingSigner } from '../adapters/signers/verify.ts'
import { openSink } from '../adapters/sinks/parse.ts'
import { runDirectory } from '../adapters/store/file-run-store.ts'
import { createVeniceClient } from '../adapters/venice/client.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import type { Ports } from '../driver/effects/io.ts'
import { MissingOptionError } from '../errors/usage.ts'
import type { Chain } from '../ports/chain.ts'
import type { Signer } from '../ports/signer.ts'
import { connectSandbox, type SandboxHandle, startInBackground } from '../sandbox/background.ts'
import { OwnKeyRefusedError } from '../sandbox/errors.ts'
import { CHAIN_ID, endpointsOf, signerSource } from './config.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './options.ts'
import type { Output } from './output.ts'

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
 * Picks the adapters: the one place that knows what a sandbox is.
 *
 * Side effects: reads key files; with `--network sandbox`, starts one in the background unless it still runs.
 */
export async function wire(flags: Flags, context: CliContext, { note }: Pick<Output, 'note'>): Promise<Wiring> {
  return flags.network === 'sandbox' ? wireSandbox(flags, context, note) : wireBase(flags, context)
}

async function wireBase(flags: Flags, context: CliContext): Promise<Wiring> {
  const endpoints = endpointsOf(flags, context)
  const redactor = createRedactor()
  if (context.env.WALLET_PRIVATE_KEY) redactor.add(context.env.WALLET_PRIVATE_KEY)
  const signer = await openSigner({
    privateKey: context.env.WALLET_PRIVATE_KEY,
    privateKeyFile: flags.privateKeyFile,
    keystore: flags.keystore,
    account: flags.account,
    passwordFile: flags.passwordFile,
    homeDir: context.homeDir,
  })
  return assemble({ flags, context, endpoints, signer, redactor, sandbox: null, defaultSink: 'env-file:.env' })
}

async function wireSandbox(flags: Flags, context: CliContext, note: Output['note']): Promise<Wiring> {
  const source = signerSource(flags, context)
  if (source !== null) throw new OwnKeyRefusedError(source)
  const stateDir = resolve(context.cwd, flags.stateDir)
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const sandbox = (await connectSandbox(stateDir)) ?? (await begin(stateDir, flags, context, note))
  const { address, privateKey } = sandbox.wallet
  const redactor = createRedactor()
  redactor.add(privateKey)
  const keyFile = join(runDirectory({ stateDir, chainId: CHAIN_ID, address }), 'api-key')
  return assemble({
    flags,
    context,
    endpoints: { rpcUrls: [sandbox.rpcUrl], apiUrl: sandbox.apiUrl },
    signer: privateKeySigner(privateKey, 'the sandbox'),
    redactor,
    sandbox,
    defaultSink: `file:${relative(context.cwd, keyFile)}`,
  })
}

function begin(
  stateDir: string,
  { blockTime = '2s' }: Flags,
  { program }: CliContext,
  note: Output['note'],
): Promise<SandboxHandle> {
  note('Starting a sandbox: a local chain and a local Venice, with a wallet that is worth nothing.')
  return startInBackground(stateDir, { program, blockTime })
}

function assemble({
  flags,
  context: { cwd, homeDir, env },
  endpoints,
  signer,
  redactor,
  sandbox,
  defaultSink,
}: {
  flags: Flags
  context: CliContext
  endpoints: Wiring['endpoints']
  signer: Signer
  redactor: Redactor
  sandbox: SandboxHandle | null
  defaultSink: string
}): Wiring {
  const ports: Ports = {
    chain: createChain({ rpcUrls: endpoints.rpcUrls, clock: systemClock }),
    venice: createVeniceClient({ apiUrl: endpoints.apiUrl, clock: systemClock }),
    signer: verifyingSigner(signer),
    sink: openSink(flags.saveKey ?? defaultSink, { cwd, homeDir, env }),
    clock: systemClock,
  }
  return { ports, stateDir: resolve(cwd, flags.stateDir), redactor, endpoints, sandbox }
}

/** The chain alone, for commands that only look. */
export async function chainFor(flags: Flags, context: CliContext): Promise<Chain> {
  if (flags.network === 'base') return createChain({ rpcUrls: endpointsOf(flags, context).rpcUrls, clock: systemClock })
  const sandbox = await connectSandbox(resolve(context.cwd, flags.stateDir))
  if (sandbox === null)
    throw new MissingOptionError(
      'The sandbox of this run',
      'It has ended with its run; `venice-onboard run` begins another.',
    )
  return createChain({ rpcUrls: [sandbox.rpcUrl], clock: systemClock })
}
