import { resolve } from 'node:path'
import { ADDRESS_PATTERN, type Address, VENICE_API_URL } from '../domain/addresses.ts'
import type { Budget } from '../domain/budget.ts'
import { parseDuration } from '../domain/duration.ts'
import type { KeyRequest } from '../domain/key.ts'
import { AddressUnusableError } from '../errors/cli.ts'
import type { Wanted } from '../operations/wanted.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './flags.ts'
import type { GivenEndpoints, GivenKeys, Request } from './request.ts'

type Surroundings = Pick<CliContext, 'env' | 'cwd' | 'homeDir'>

/**
 * The request that flags and environment make. The only reader of flags after commander: what goes on knows no option.
 * Reads no file and no network; asks for nothing that a command may not need.
 *
 * @throws {AddressUnusableError}
 */
export function requestOf(flags: Flags, surroundings: Surroundings): Request {
  const { cwd } = surroundings
  const path = (file: string | undefined) => (file === undefined ? undefined : resolve(cwd, file))
  return {
    network: flags.network,
    stateDir: resolve(cwd, flags.stateDir),
    address: addressOf(flags),
    endpoints: endpointsIn(flags, surroundings),
    keys: keysIn(flags, surroundings),
    smartAccount: flags.smartAccount ?? null,
    mintAs: flags.mintAs ?? null,
    isSponsored: flags.sponsor === true,
    acceptImplementation: flags.acceptImplementation,
    wanted: wantedOf(flags),
    budget: budgetOf(flags),
    saveKey: flags.saveKey ?? [],
    mayReplaceKey: flags.replaceKey === true,
    confirmations: flags.confirmations ?? 1,
    timeoutMs: flags.timeout,
    waitForFundsMs: flags.waitForFunds,
    mustBeFunded: flags.requireFunded === true,
    mustProve: flags.prove === true,
    yes: flags.yes === true,
    planDigest: flags.planDigest,
    allowAdminKeys: flags.allowAdminKeys === true,
    blockTimeMs: parseDuration(flags.blockTime ?? '200ms') ?? 0,
    isInspected: flags.inspect === true,
    metricsFile: path(flags.metricsFile),
    traceFile: path(flags.trace),
  }
}

function endpointsIn(flags: Flags, { env }: Surroundings): GivenEndpoints {
  const named = (option: string, given: string | undefined, variable: string) => {
    const value = given ?? (env[variable] || undefined)
    return value === undefined ? null : { value, source: given === undefined ? variable : option }
  }
  const inVariable = (env.BASE_RPC_URL ?? '').split(',').flatMap((url) => url.trim() || [])
  return {
    rpcUrls:
      flags.rpcUrl === undefined
        ? { value: inVariable, source: 'BASE_RPC_URL' }
        : { value: flags.rpcUrl, source: '--rpc-url' },
    apiUrl: flags.apiUrl ?? VENICE_API_URL,
    bundlerUrl: named('--bundler-url', flags.bundlerUrl, 'BUNDLER_URL'),
    paymasterUrl: named('--paymaster-url', flags.paymasterUrl, 'PAYMASTER_URL'),
    allowsClearText: flags.allowInsecureHttp === true,
  }
}

function keysIn(flags: Flags, { env, cwd, homeDir }: Surroundings): GivenKeys {
  return {
    wallet: {
      privateKey: env.WALLET_PRIVATE_KEY,
      privateKeyFile: flags.privateKeyFile,
      keystore: flags.keystore,
      account: flags.account,
      passwordFile: flags.passwordFile,
      signer: flags.signer,
      homeDir,
      cwd,
      env,
    },
    sponsor: {
      role: 'sponsor',
      privateKey: env.SPONSOR_PRIVATE_KEY,
      privateKeyFile: flags.sponsorPrivateKeyFile,
      keystore: flags.sponsorKeystore,
      account: flags.sponsorAccount,
      passwordFile: flags.sponsorPasswordFile,
      homeDir,
      cwd,
      env,
    },
    minter: { privateKey: env.MINT_AS_PRIVATE_KEY, file: flags.mintAsPrivateKeyFile },
  }
}

function wantedOf(flags: Flags): Wanted {
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

const budgetOf = ({ maxVvv, maxGasEth, maxUsd }: Flags): Budget => ({
  ...(maxVvv !== undefined && { maxVvv }),
  ...(maxGasEth !== undefined && { maxFeeWei: maxGasEth }),
  ...(maxUsd !== undefined && { maxUsd }),
})

function addressOf({ address }: Flags): Address | null {
  if (address === undefined) return null
  if (!ADDRESS_PATTERN.test(address)) throw new AddressUnusableError()
  return address as Address
}
