import { action, say, setting, type Told } from '../../domain/next-action.ts'
import { OnboardingError } from '../base.ts'
import { errnoFacts } from '../errno.ts'

/** The file does not hold an encrypted seed, or is damaged. */
export class SeedUnreadableError extends OnboardingError {
  override readonly name = 'SeedUnreadableError'
  readonly code = 'signer/seed-unreadable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Give the file that ${action('fleet.seed')} wrote.`

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The seed file ${path} ${reason}.`, { cause })
  }
}

const SIGNING_OPTIONS = say`WALLET_PRIVATE_KEY, ${setting('privateKeyFile', 'F')}, ${setting('keystore', 'F')} or ${setting('account', 'NAME')} with ${setting('passwordFile', 'F')}, ${setting('signer', 'exec:CMD')}`

/**
 * No signing key was given.
 *
 * @hint Set `WALLET_PRIVATE_KEY`, or give `--private-key-file`, `--keystore`, `--account` or `--signer`.
 */
export class NoSigningKeyError extends OnboardingError {
  override readonly name = 'NoSigningKeyError'
  readonly code = 'signer/no-key'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Give the staking wallet's key as one of ${SIGNING_OPTIONS}.`

  constructor() {
    super('There is no key to sign with.')
  }
}

/** A smart account is owned by a private key that this program reads: a command signs no bare hashes. */
export class OwnerKeyNeededError extends OnboardingError {
  override readonly name = 'OwnerKeyNeededError'
  readonly code = 'signer/owner-key-needed'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint =
    say`Give the owner's key as one of WALLET_PRIVATE_KEY, ${setting('privateKeyFile', 'F')}, ${setting('keystore', 'F')} or ${setting('account', 'NAME')} with ${setting('passwordFile', 'F')}. From a program, any account of viem can be the owner.`

  /** @param source - the option that names the other signer. */
  constructor(source: string) {
    super(`What ${source} names cannot own a smart account.`)
  }
}

/** More than one signing key was given. */
export class SeveralSigningKeysError extends OnboardingError {
  override readonly name = 'SeveralSigningKeysError'
  readonly code = 'signer/several-keys'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Keep one of them and remove the others.'

  /** @param sources - names of options and variables, never their values. */
  constructor(sources: readonly string[]) {
    super(`Only one key can sign, but ${sources.join(' and ')} are set.`)
  }
}

/**
 * The private key is not valid.
 *
 * @hint A private key is 0x and 64 hex digits. A seed phrase is not taken: import one account of it into a keystore.
 */
export class BadPrivateKeyError extends OnboardingError {
  override readonly name = 'BadPrivateKeyError'
  readonly code = 'signer/bad-private-key'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: Told

  /** @param source - where it came from: a variable or a path. @param isPhrase - it is a seed phrase. */
  constructor(source: string, { isPhrase = false }: { isPhrase?: boolean } = {}) {
    super(
      isPhrase ? `${source} holds a seed phrase, not a private key.` : `The private key from ${source} is not valid.`,
    )
    this.hint = isPhrase
      ? say`Give the private key of one of its accounts, ideally from a keystore with ${setting('account')}. The phrase opens every account: keep it out of the environment.`
      : 'A private key is 0x and 64 hex digits. Check that you copied all of it, without quotes.'
  }
}

/** A file with a private key or a password cannot be read. */
export class KeyFileUnreadableError extends OnboardingError {
  override readonly name = 'KeyFileUnreadableError'
  readonly code = 'signer/key-file-unreadable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Check the path, and that this user can read the file.'

  constructor({ path, reason, cause }: { path: string; reason?: string; cause?: unknown }) {
    super(`The secret in ${path} cannot be read${reason === undefined ? '' : `: ${reason}`}.`, {
      cause,
      facts: errnoFacts(cause),
    })
  }
}

/**
 * Every user of the machine can read a file that holds a secret in clear.
 *
 * @hint Run `chmod 600` on the file.
 */
export class KeyFileTooOpenError extends OnboardingError {
  override readonly name = 'KeyFileTooOpenError'
  readonly code = 'signer/key-file-too-open'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: Told

  constructor({ path, mode }: { path: string; mode: number }) {
    super(`Every user of this machine can read ${path}.`, { facts: [`mode ${(mode & 0o777).toString(8)}`] })
    this.hint = `Run \`chmod 600 ${path}\`.`
  }
}

/** The keystore is missing, damaged, or of an unsupported format. */
export class KeystoreUnreadableError extends OnboardingError {
  override readonly name = 'KeystoreUnreadableError'
  readonly code = 'signer/keystore-unreadable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Name one Web3 Secret Storage V3 file, as `cast wallet import` and geth write it.'

  /** @param reason - completes "The keystore F …"; quotes nothing from the file. */
  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The keystore ${path} ${reason}.`, { cause, facts: errnoFacts(cause) })
  }
}

/** A keystore was given without its password. */
export class NoKeystorePasswordError extends OnboardingError {
  override readonly name = 'NoKeystorePasswordError'
  readonly code = 'signer/no-keystore-password'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = say`Give the file that holds the password as ${setting('passwordFile', 'F')} or ETH_PASSWORD.`

  constructor(path: string) {
    super(`The keystore ${path} needs a password.`)
  }
}

/** The password does not open the keystore. */
export class KeystorePasswordWrongError extends OnboardingError {
  override readonly name = 'KeystorePasswordWrongError'
  readonly code = 'signer/keystore-password-wrong'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Check the password file: whitespace at its end is ignored, everything else counts.'

  constructor(path: string) {
    super(`The password does not open the keystore ${path}.`)
  }
}

/** The key of a key service is of another curve, or of none. Nobody could sign for the address that would follow from it. */
export class WrongCurveError extends OnboardingError {
  override readonly name = 'WrongCurveError'
  readonly code = 'signer/wrong-curve'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Make a key for signing on secp256k1: ECC_SECG_P256K1 at AWS, EC_SIGN_SECP256K1_SHA256 at Google Cloud, P-256K at Azure.'

  /** @param found - what it is of, e.g. "P-256"; null if that is not known. */
  constructor(found: string | null) {
    super(`The key must be of the curve secp256k1${found === null ? '' : `, but this one is of ${found}`}.`)
  }
}

/** What a key service gave as its public key is none. */
export class PublicKeyUnreadableError extends OnboardingError {
  override readonly name = 'PublicKeyUnreadableError'
  readonly code = 'signer/public-key-unreadable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Have getPublicKey return SubjectPublicKeyInfo of an uncompressed secp256k1 key as DER or PEM, or the 65 bytes of its point.'

  constructor() {
    super('The public key of the key service cannot be read.')
  }
}
