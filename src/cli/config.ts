import type { Address } from '../domain/addresses.ts'
import { ADDRESS_PATTERN, BASE_CHAIN_ID, VENICE_API_URL } from '../domain/addresses.ts'
import type { Budget } from '../domain/budget.ts'
import { hasCredentials, isClearText, VENICE_RPC, withoutEndSlashes } from '../domain/endpoint-url.ts'
import type { KeyRequest } from '../domain/key.ts'
import {
  AddressUnusableError,
  CredentialsInUrlError,
  EndpointUnusableError,
  InsecureEndpointError,
  MissingOptionError,
} from '../errors/cli.ts'
import type { Wanted } from '../operations/wanted.ts'
import type { CliContext } from './environment.ts'
import { type Flags, isRpcUrl } from './options.ts'

export const CHAIN_ID = BASE_CHAIN_ID

/** Endpoints of `--network base`, from flags, else from `BASE_RPC_URL` (comma separated). */
export function endpointsOf({ rpcUrl, ...flags }: Flags, { env }: CliContext): { rpcUrls: string[]; apiUrl: string } {
  const fromEnv = (env.BASE_RPC_URL ?? '').split(',').flatMap((url) => url.trim() || [])
  const bad = fromEnv.findIndex((url) => url !== VENICE_RPC && !isRpcUrl(url))
  if (rpcUrl === undefined && bad !== -1) throw new EndpointUnusableError('BASE_RPC_URL', bad + 1)
  const rpcUrls = rpcUrl ?? fromEnv
  if (rpcUrls.length === 0) {
    throw new MissingOptionError(
      'An RPC endpoint of Base',
      'Give --rpc-url URL or set BASE_RPC_URL; https://mainnet.base.org is the public one.',
    )
  }
  requireEncrypted(rpcUrl === undefined ? 'BASE_RPC_URL' : '--rpc-url', rpcUrls, flags)
  return { rpcUrls, apiUrl: apiUrlOf(flags) }
}

/**
 * Who takes and pays for user operations, from flags, else from the environment.
 *
 * @throws {InsecureEndpointError} {EndpointUnusableError}
 */
export function operationEndpoints(
  flags: Flags,
  { env }: CliContext,
): { bundlerUrl: string | undefined; paymasterUrl: string | undefined } {
  const named = (flag: string, given: string | undefined, variable: string): string | undefined => {
    const url = given ?? (env[variable] || undefined)
    if (url === undefined) return undefined
    if (!/^https?:\/\/./.test(url)) throw new EndpointUnusableError(variable, 1)
    requireEncrypted(given === undefined ? variable : flag, [url], flags)
    return url
  }
  return {
    bundlerUrl: named('--bundler-url', flags.bundlerUrl, 'BUNDLER_URL'),
    paymasterUrl: named('--paymaster-url', flags.paymasterUrl, 'PAYMASTER_URL'),
  }
}

/** @throws {InsecureEndpointError} {CredentialsInUrlError} */
export function apiUrlOf({ apiUrl = VENICE_API_URL, ...flags }: Pick<Flags, 'apiUrl' | 'allowInsecureHttp'>): string {
  if (hasCredentials(apiUrl)) throw new CredentialsInUrlError('--api-url')
  requireEncrypted('--api-url', [apiUrl], flags)
  return withoutEndSlashes(apiUrl)
}

/** @throws {InsecureEndpointError} */
function requireEncrypted(
  option: string,
  urls: readonly string[],
  { allowInsecureHttp = false }: Pick<Flags, 'allowInsecureHttp'>,
): void {
  const bad = urls.find(isClearText)
  if (bad !== undefined && !allowInsecureHttp) throw new InsecureEndpointError(option, new URL(bad).host)
}

/** The option or variable that names a signing key, or null. Values are never shown. */
export function signerSource(
  { privateKeyFile, keystore, account, signer, mintAsPrivateKeyFile }: Flags,
  { env }: CliContext,
): string | null {
  if (env.WALLET_PRIVATE_KEY) return 'WALLET_PRIVATE_KEY'
  if (privateKeyFile) return '--private-key-file'
  if (keystore) return '--keystore'
  if (account) return '--account'
  if (env.MINT_AS_PRIVATE_KEY) return 'MINT_AS_PRIVATE_KEY'
  if (mintAsPrivateKeyFile) return '--mint-as-private-key-file'
  return signer ? '--signer' : null
}

/** Whether to sign without asking: in the sandbox, or with --yes. */
export const isApproved = ({ network, yes, planDigest }: Flags): boolean =>
  network === 'sandbox' || yes === true || planDigest !== undefined

export function wantedOf(flags: Flags): Wanted {
  const key: Partial<KeyRequest> = {
    ...(flags.keyType && { type: flags.keyType }),
    ...(flags.description && { description: flags.description }),
    ...(flags.expiresAt && { expiresAt: flags.expiresAt }),
    ...(flags.limit && { consumptionLimit: flags.limit }),
    ...(flags.limitPeriod && { limitPeriod: flags.limitPeriod }),
    ...(flags.modelPrivacy && { modelPrivacy: flags.modelPrivacy }),
  }
  return {
    ...(flags.stake !== undefined && { stakeAmount: flags.stake }),
    key,
    ...(flags.fund !== undefined && { fund: flags.fund === 'none' ? null : flags.fund }),
    credential: flags.credential ?? 'key',
  }
}

export const budgetOf = ({ maxVvv, maxGasEth, maxUsd }: Flags): Budget => ({
  ...(maxVvv !== undefined && { maxVvv }),
  ...(maxGasEth !== undefined && { maxFeeWei: maxGasEth }),
  ...(maxUsd !== undefined && { maxUsd }),
})

export function addressOf({ address }: Flags): Address | null {
  if (address === undefined) return null
  if (!ADDRESS_PATTERN.test(address)) throw new AddressUnusableError()
  return address as Address
}
