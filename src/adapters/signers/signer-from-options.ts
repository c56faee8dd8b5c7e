import { basename, join } from 'node:path'
import {
  KeystoreUnreadableError,
  NoKeystorePasswordError,
  NoSigningKeyError,
  OwnerKeyNeededError,
  SeveralSigningKeysError,
} from '../../errors/signer/keys.ts'
import { UnknownSignerError } from '../../errors/signer/signing.ts'
import { NoSponsorKeyError } from '../../errors/sponsor.ts'
import type { Signer } from '../../ports/signer.ts'
import type { Environment } from '../child-env.ts'
import { execSigner } from './exec.ts'
import { privateKeySigner } from './private-key.ts'
import { readSecretFile } from './secret-file.ts'

/** The signer options of the command line. At most one may be set; empty means not set. */
export interface SignerOptions {
  /** The owner of the key, whose name the options begin with. Default: the wallet itself. */
  role?: 'wallet' | 'sponsor'
  /** Value of WALLET_PRIVATE_KEY. */
  privateKey?: string | undefined
  privateKeyFile?: string | undefined
  /** Path of a keystore. */
  keystore?: string | undefined
  /** Name of a keystore in Foundry's folder. */
  account?: string | undefined
  /** The password for the two above. */
  passwordFile?: string | undefined
  /** `exec:CMD`. */
  signer?: string | undefined
  homeDir: string
  /**
   * The directory and the environment of a command; the wallet's secrets are removed. Default: the current directory,
   * an empty environment.
   */
  cwd?: string
  env?: Environment
}

/**
 * Opens the signer in `options`. Reads files, or runs the command; changes nothing.
 *
 * @throws {NoSigningKeyError} none is named.
 * @throws {SeveralSigningKeysError} more than one is.
 * @throws {NoKeystorePasswordError} {UnknownSignerError} and the errors of the signer's kind.
 */
export async function openSigner(options: SignerOptions): Promise<Signer> {
  const source = sourceIn(options)
  return 'open' in source ? source.open() : privateKeySigner(await source.key(), source.name)
}

/**
 * The private key in `options`, in hex, and its source. Reads files; changes nothing.
 *
 * @throws {OwnerKeyNeededError} they name a command. And what `openSigner` throws.
 */
export async function openKey(options: SignerOptions): Promise<{ key: string; source: string }> {
  const source = sourceIn(options)
  if ('open' in source) throw new OwnerKeyNeededError(source.name)
  return { key: await source.key(), source: source.name }
}

/** A source of signatures, with its key in this process or elsewhere. */
type Source = { name: string } & ({ key(): Promise<string> } | { open(): Promise<Signer> })

/** @throws {NoSigningKeyError} {SeveralSigningKeysError} */
function sourceIn(options: SignerOptions): Source {
  const { role = 'wallet', privateKey, privateKeyFile, keystore, account, passwordFile, signer, homeDir } = options
  const variable = role === 'wallet' ? 'WALLET_PRIVATE_KEY' : 'SPONSOR_PRIVATE_KEY'
  const flag = (name: string) => (role === 'wallet' ? `--${name}` : `--sponsor-${name}`)
  const sources: { name: string; value: string | undefined; of: (value: string) => Source }[] = [
    { name: variable, value: privateKey, of: (key) => ({ name: variable, key: async () => key }) },
    {
      name: flag('private-key-file'),
      value: privateKeyFile,
      of: (path) => ({ name: path, key: () => readSecretFile(path) }),
    },
    {
      name: flag('keystore'),
      value: keystore,
      of: (path) => ({ name: path, key: () => openKeystore(path, passwordFile) }),
    },
    {
      name: flag('account'),
      value: account,
      of(name) {
        const path = foundryKeystore(name, homeDir)
        return { name: path, key: () => openKeystore(path, passwordFile) }
      },
    },
    {
      name: flag('signer'),
      value: signer,
      of: (spec) => ({ name: flag('signer'), open: () => openCommand(spec, options) }),
    },
  ]
  const given = sources.flatMap(({ value, ...source }) => (value ? [{ ...source, value }] : []))
  if (given.length > 1) throw new SeveralSigningKeysError(given.map(({ name }) => name))
  const [source] = given
  if (source === undefined) throw role === 'wallet' ? new NoSigningKeyError() : new NoSponsorKeyError()
  return source.of(source.value)
}

async function openKeystore(path: string, passwordFile: string | undefined): Promise<string> {
  if (!passwordFile) throw new NoKeystorePasswordError(path)
  // Loaded only on demand.
  const { keystoreKey } = await import('./keystore.ts')
  return keystoreKey({ path, passwordFile })
}

async function openCommand(spec: string, { cwd = '.', env = {} }: SignerOptions): Promise<Signer> {
  const [kind = '', ...rest] = spec.split(':')
  if (kind !== 'exec' || rest.length === 0) throw new UnknownSignerError(kind)
  return execSigner({ command: rest.join(':'), cwd, env })
}

/** The path to which `cast wallet import NAME` writes it. */
function foundryKeystore(name: string, homeDir: string): string {
  const path = join(homeDir, '.foundry', 'keystores', name)
  if (basename(path) === name) return path
  throw new KeystoreUnreadableError({ path: name, reason: 'is a path, not the name of an account: use --keystore' })
}
