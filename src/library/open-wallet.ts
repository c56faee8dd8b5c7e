import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { approvingSigner } from '../adapters/signers/approving.ts'
import { signerFrom, type WalletLike } from '../adapters/signers/signer-from.ts'
import { callbackSink } from '../adapters/sinks/callback.ts'
import { lastResortSink, openSink } from '../adapters/sinks/parse.ts'
import { runDirectory } from '../adapters/stores/run-directory.ts'
import type { ChainParts } from '../compose/chain.ts'
import { composePorts } from '../compose/ports.ts'
import { ADDRESS_PATTERN, type Address, BASE_CHAIN_ID, VENICE_API_URL } from '../domain/addresses.ts'
import { hasCredentials, isClearText, withoutEndSlashes } from '../domain/endpoint-url.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import type { Ports } from '../driver/effects/io.ts'
import { CredentialsInUrlError, InsecureEndpointError, UsageError } from '../errors/cli.ts'
import { keepingOf, type RunKeeping } from '../hosts/file/run-place.ts'
import type { KeySink } from '../ports/key-sink.ts'
import type { Signer } from '../ports/signer.ts'
import type { SinkSource, WalletOptions } from './options.ts'

/** Everything needed to act for one wallet. `stateDir` is absolute. */
export interface OpenWallet extends RunKeeping {
  ports: Ports
  chainId: number
  redactor: Redactor
}

const DEFAULT_STATE_DIR = '.venice-onboard'
const API_URL = /^https?:\/\/./
/** With ws(s), an endpoint announces blocks. */
const RPC_URL = /^(https?|wss?):\/\/./

/** What signs, and the chain that it signs for. */
interface OpenSigner {
  signer: Signer
  minter: Signer | undefined
  chain: ChainParts
  apiUrl: string
  /** Absolute. */
  stateDir: string
  redactor: Redactor
}

/**
 * Picks the adapters for a wallet that signs. Asks nothing of the network.
 *
 * @param signalNow - what the run under way is paused by.
 * @throws {UsageError} {InsecureEndpointError} {CredentialsInUrlError}, and what a wallet that is no good is refused with
 */
export async function openSigner(
  options: Omit<WalletOptions, 'sink'>,
  signalNow?: () => AbortSignal,
): Promise<OpenSigner> {
  const { network, approve } = options
  const rpcUrls = typeof network.rpcUrl === 'string' ? [network.rpcUrl] : network.rpcUrl
  const apiUrl = withoutEndSlashes(network.apiUrl ?? VENICE_API_URL)
  if (rpcUrls.length === 0) throw new UsageError('The option network.rpcUrl is empty.', 'Give an RPC endpoint of Base.')
  requireUrls('network.rpcUrl', rpcUrls, RPC_URL)
  requireUrls('network.apiUrl', [apiUrl], API_URL)
  if (hasCredentials(apiUrl)) throw new CredentialsInUrlError('network.apiUrl')
  if (network.allowInsecureHttp !== true) {
    requireEncrypted('network.rpcUrl', rpcUrls)
    requireEncrypted('network.apiUrl', [apiUrl])
  }
  if (options.acceptImplementation !== undefined && !ADDRESS_PATTERN.test(options.acceptImplementation))
    throw new UsageError('The option acceptImplementation is not an address.', 'An address is 0x and 40 hex digits.')
  const redactor = createRedactor()
  const open = (wallet: WalletLike) => {
    if (typeof wallet === 'string') redactor.add(wallet)
    return signerFrom(wallet, {
      ...(approve !== undefined && { around: (signer) => approvingSigner(signer, approve, signalNow) }),
    })
  }
  const signer = await open(options.signer)
  const { bundlerUrl, paymasterUrl } = signer.operations ?? {}
  for (const [option, url] of Object.entries({ bundlerUrl, paymasterUrl })) {
    if (url === undefined) continue
    requireUrls(option, [url], API_URL)
    if (network.allowInsecureHttp !== true) requireEncrypted(option, [url])
  }
  const minter = options.mintAs === undefined ? undefined : await open(options.mintAs)
  const stateDir = resolve(options.stateDir ?? DEFAULT_STATE_DIR)
  const { acceptImplementation } = options
  const chain = { rpcUrls, acceptImplementation, redactor, notesIn: stateDir }
  return { signer, minter, chain, apiUrl, stateDir, redactor }
}

/** What is no URL is not shown: it may hold a key all the same. */
function requireUrls(option: string, urls: readonly string[], pattern: RegExp): void {
  if (urls.every((url) => pattern.test(url))) return
  throw new UsageError(`The option ${option} is not an http(s) URL.`, 'Give a URL that begins with https://.')
}

/** @throws {InsecureEndpointError} */
function requireEncrypted(option: string, urls: readonly string[]): void {
  const bad = urls.find(isClearText)
  if (bad !== undefined) throw new InsecureEndpointError(option, new URL(bad).host)
}

/**
 * Picks the adapters for a wallet that is to get a key. Asks nothing of the network.
 *
 * @param signalNow - what the run under way is paused by.
 * @throws {UsageError} {UnknownSinkError} {MintAsUnusableError}, and what a wallet that is no good is refused with
 */
export async function openWallet(options: WalletOptions, signalNow?: () => AbortSignal): Promise<OpenWallet> {
  const { signer, minter, chain, apiUrl, stateDir, redactor } = await openSigner(options, signalNow)
  const sinks = sinksFrom(options, { stateDir, address: signer.address })
  const { runStore, lock, clock } = options
  const ports = composePorts({ ...chain, apiUrl, signer, minter, sinks, ...(clock !== undefined && { clock }) })
  return { ports, chainId: BASE_CHAIN_ID, ...keepingOf({ stateDir, runStore, lock }), redactor }
}

function sinksFrom(
  { sink: sources, env = {} }: WalletOptions,
  { stateDir, address }: { stateDir: string; address: Address },
): Required<Pick<Ports, 'sink' | 'fallbackSinks'>> {
  const context = { cwd: process.cwd(), homeDir: homedir(), env }
  const open = (source: SinkSource): KeySink => {
    if (typeof source === 'function') return callbackSink(source)
    return typeof source === 'string' ? openSink(source, context) : source
  }
  const [first, ...others] = isList(sources) ? sources : [sources]
  if (first === undefined) throw new UsageError('The option sink is empty.', 'Say where the key goes: "env-file:.env".')
  const lastResort = lastResortSink(runDirectory({ stateDir, chainId: BASE_CHAIN_ID, address }), env)
  return { sink: open(first), fallbackSinks: [...others.map(open), lastResort] }
}

const isList = (sources: WalletOptions['sink']): sources is readonly SinkSource[] => Array.isArray(sources)
