import type { Address } from '../domain/addresses.ts'
import { OnboardingError } from './base.ts'
import { errnoFacts } from './errno.ts'

const WAYS_TO_SIGN =
  'WALLET_PRIVATE_KEY, --private-key-file F, --keystore F or --account NAME with --password-file F, --signer exec:CMD'

/** No signing key was given. */
export class NoSigningKeyError extends OnboardingError {
  override readonly name = 'NoSigningKeyError'
  readonly code = 'signer/no-key'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = `Give the staking wallet's key as one of ${WAYS_TO_SIGN}.`

  constructor() {
    super('There is no key to sign with.')
  }
}

/** More than one signing key was given, and none is obviously meant. */
export class SeveralSigningKeysError extends OnboardingError {
  override readonly name = 'SeveralSigningKeysError'
  readonly code = 'signer/several-keys'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint = 'Keep one of them and take the others away.'

  /** @param sources - names of options and variables, never their values. */
  constructor(sources: readonly string[]) {
    super(`Only one key can sign, but ${sources.join(' and ')} are all set.`)
  }
}

/** What was given as a private key is none. */
export class BadPrivateKeyError extends OnboardingError {
  override readonly name = 'BadPrivateKeyError'
  readonly code = 'signer/bad-private-key'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string

  /** @param source - where it came from: a variable or a path. @param isPhrase - it is a seed phrase. */
  constructor(source: string, { isPhrase = false }: { isPhrase?: boolean } = {}) {
    super(
      isPhrase ? `${source} holds a seed phrase, not a private key.` : `The private key from ${source} is not valid.`,
    )
    this.hint = isPhrase
      ? 'Give the private key of one account of it, best from a keystore with --account. The phrase opens every account: keep it out of the environment.'
      : 'A private key is 0x and 64 hex digits; check that it was copied whole, without quotes.'
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

/** Every user of the machine can read a file that holds a secret in clear. */
export class KeyFileTooOpenError extends OnboardingError {
  override readonly name = 'KeyFileTooOpenError'
  readonly code = 'signer/key-file-too-open'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string

  constructor({ path, mode }: { path: string; mode: number }) {
    super(`Every user of this machine can read ${path}.`, { facts: [`mode ${(mode & 0o777).toString(8)}`] })
    this.hint = `Run \`chmod 600 ${path}\`.`
  }
}

/** A keystore is missing, of a kind we do not read, or damaged. */
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
  readonly hint = 'Give the file that holds it as --password-file F or ETH_PASSWORD.'

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

/** The wallet can neither sign a transaction nor send one. */
export class CannotSignTransactionsError extends OnboardingError {
  override readonly name = 'CannotSignTransactionsError'
  readonly code = 'signer/cannot-sign-transactions'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a signer with signTransaction or sendTransaction, e.g. an ethers Wallet or a viem LocalAccount.'

  constructor(address: Address) {
    super(`The signer of ${address} can neither sign a transaction nor send one.`)
  }
}

/** A person or a policy behind the signer said no. */
export class SigningRefusedError extends OnboardingError {
  /** ethers' code, and EIP-1193's, for "the user rejected the request". */
  static readonly codes: readonly unknown[] = ['ACTION_REJECTED', 4001]
  override readonly name = 'SigningRefusedError'
  readonly code = 'signer/refused'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Run the same command again and approve the request in the wallet.'

  constructor(address: Address) {
    super(`The signer of ${address} refused to sign.`)
  }
}

/** The signer broke down, e.g. a remote one that cannot be reached. Nothing was signed or sent. */
export class SigningFailedError extends OnboardingError {
  override readonly name = 'SigningFailedError'
  readonly code = 'signer/failed'
  readonly recovery = 'retry'
  readonly exit = 'transient'
  readonly hint = 'Check that the signer is reachable and unlocked, then run the same command again.'

  /** @param reason - the signer's own words, without what it was to sign; its error may hold that, so there is no `cause`. */
  constructor({ address, reason }: { address: Address; reason: string }) {
    super(`The signer of ${address} failed.`, { facts: [reason] })
  }
}

/** The signer was asked to sign for an account it does not hold. */
export class OtherAccountError extends OnboardingError {
  override readonly name = 'OtherAccountError'
  readonly code = 'signer/other-account'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Give the key of the wallet that this run belongs to.'

  constructor({ address, from }: { address: Address; from: Address }) {
    super(`The transaction is from ${from}, but the signer holds ${address}.`)
  }
}

/** A message signature is not from the address of its signer: Venice would refuse it. */
export class SignatureInvalidError extends OnboardingError {
  override readonly name = 'SignatureInvalidError'
  readonly code = 'signer/signature-invalid'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Use the key of the staking wallet itself. A smart account signs with the key of its owner, which Venice does not take for the account.'

  /** @param signedBy - whose signature it is, e.g. the owner's of a smart account; null where it is none. */
  constructor(address: Address, signedBy: Address | null = null) {
    super(`The signature is not from ${address}.`, signedBy === null ? {} : { facts: [`signed by ${signedBy}`] })
  }
}

/** A signed transaction is not the one that was asked for. It was not sent. */
export class TransactionAlteredError extends OnboardingError {
  override readonly name = 'TransactionAlteredError'
  readonly code = 'signer/transaction-altered'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Use a signer that signs nonce, gas and fees as given; some wallet bridges drop them.'

  /** @param fields - names of what differs. */
  constructor({ address, fields }: { address: Address; fields: readonly string[] }) {
    super(`The signer of ${address} signed another transaction than it was asked to.`, {
      facts: [`differs in ${fields.join(', ')}`],
    })
  }
}

/** `--save-key` names a kind of sink that does not exist. */
export class UnknownSinkError extends OnboardingError {
  override readonly name = 'UnknownSinkError'
  readonly code = 'sink/unknown-kind'
  readonly recovery = 'fixInput'
  readonly exit = 'usage'
  readonly hint: string

  constructor({ spec, supported }: { spec: string; supported: readonly string[] }) {
    super(`The key cannot be stored in "${spec}".`)
    this.hint = `Use --save-key with one of ${supported.join(', ')}.`
  }
}

/** A sink would not take the key. Found out before the mint. */
export class SinkUnusableError extends OnboardingError {
  override readonly name: string = 'SinkUnusableError'
  readonly code: string = 'sink/unusable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint: string = 'Mend that, or choose another place with --save-key. No key was minted.'
  /** Completes "…, because …"; quotes nothing from the sink. */
  readonly reason: string

  constructor({ sink, reason, cause }: { sink: string; reason: string; cause?: unknown }) {
    super(`The key cannot be stored in ${sink}, because ${reason}.`, { cause, facts: errnoFacts(cause) })
    this.reason = reason
  }
}

/** A symbolic link stands where the key would be written. */
export class SinkSymlinkError extends SinkUnusableError {
  override readonly name = 'SinkSymlinkError'
  override readonly code = 'sink/symlink'
  override readonly hint = 'Name the file that the link points to with --save-key. No key was minted.'

  constructor({ sink, path }: { sink: string; path: string }) {
    super({ sink, reason: `${path} is a symbolic link` })
  }
}

/** A sink holds a key that this run did not put there, or a reference to one; nobody has said that it may go. */
export class SinkHoldsAnotherKeyError extends OnboardingError {
  override readonly name = 'SinkHoldsAnotherKeyError'
  readonly code = 'sink/holds-another-key'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint =
    'Choose another place with --save-key, or replace it with --replace-key; an env file keeps the old line as a comment. No key was minted.'

  /** @param last6 - of the key that is there, where it can be told. */
  constructor({ sink, last6, isReference }: { sink: string; last6: string | null; isReference: boolean }) {
    const what = isReference ? 'a reference to a key' : `another key${last6 === null ? '' : ` (…${last6})`}`
    super(`${sink} already holds ${what}, which this run did not put there.`)
  }
}

/** A key was minted at another API than the one that is asked now. It was not sent. */
export class KeyOfOtherOriginError extends OnboardingError {
  override readonly name = 'KeyOfOtherOriginError'
  readonly code = 'sink/other-origin'
  readonly recovery = 'refuse'
  readonly exit = 'refused'
  readonly hint = 'Use the --api-url at which the key was minted, or another --save-key and --state-dir for this API.'

  /** @param minted - origin; null when it is not known, so that it counts as Venice's own. */
  constructor({ last6, minted, asked }: { last6: string; minted: string | null; asked: string }) {
    super(`The key …${last6} is not sent to ${asked}.`, {
      facts: [
        minted === null ? 'It does not say where it was minted, so it is only sent to Venice.' : `minted at ${minted}`,
      ],
    })
  }
}

/** A key may be in a sink, left there by a process that died, and the sink cannot be looked into. */
export class SinkNotSearchableError extends OnboardingError {
  override readonly name = 'SinkNotSearchableError'
  readonly code = 'sink/not-searchable'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint =
    'Mend that, then run the same command again: it takes the key up if it is there, and otherwise goes on without it.'

  constructor({ sink, reason, cause }: { sink: string; reason: string; cause?: unknown }) {
    super(`Whether ${sink} holds the key of an earlier mint cannot be told, because ${reason}.`, {
      cause,
      facts: errnoFacts(cause),
    })
  }
}

/** A minted key was not stored. What the sink held before is unharmed. */
export class SinkWriteError extends OnboardingError {
  override readonly name = 'SinkWriteError'
  readonly code = 'sink/write-failed'
  readonly recovery = 'resolveMint'
  readonly exit = 'config'
  readonly hint =
    'Mend the place or choose another with --save-key, then run the same command again. If its process has ended, the key is lost: `venice-onboard keys reclaim --with-admin-key` deletes it.'

  readonly sink: string
  /** Completes "…, because …"; never has the key in it. */
  readonly reason: string

  constructor({
    sink,
    reason,
    cause,
    facts = [],
  }: {
    sink: string
    reason: string
    cause?: unknown
    facts?: readonly string[]
  }) {
    super(`The key could not be stored in ${sink}, because ${reason}.`, {
      cause,
      facts: [...facts, ...errnoFacts(cause)],
    })
    this.sink = sink
    this.reason = reason
  }
}
