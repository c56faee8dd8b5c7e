import { ownedAccount } from '../adapters/signers/owned-account.ts'
import { privateKeyFileSigner, privateKeySigner } from '../adapters/signers/private-key.ts'
import { verifyingSigner } from '../adapters/signers/verify.ts'
import { type Address, isSameAddress } from '../domain/addresses.ts'
import type { OwnedAccount } from '../domain/owned-account.ts'
import type { Redactor } from '../domain/redact.ts'
import { MissingOptionError } from '../errors/cli.ts'
import { MintAsUnusableError, MinterMissingError } from '../errors/wallet.ts'
import type { Signer } from '../ports/signer.ts'
import { operationEndpoints } from './endpoints.ts'
import type { Request } from './request.ts'
import type { Wallets } from './wallets.ts'

interface Key {
  key: string
  source: string
}

/**
 * The smart account of a key on Base, and who mints in its place.
 *
 * @throws {MissingOptionError} no bundler is named. {MinterMissingError} {MintAsUnusableError} {BadPrivateKeyError}
 */
export async function openSmartAccount(
  kind: OwnedAccount,
  owner: Key,
  { request, rpcUrls, redactor }: { request: Request; rpcUrls: readonly string[]; redactor: Redactor },
): Promise<Wallets> {
  redactor.add(owner.key)
  const { bundlerUrl, paymasterUrl } = operationEndpoints(request)
  if (bundlerUrl === undefined)
    throw new MissingOptionError(
      'A bundler',
      'Give --bundler-url URL or set BUNDLER_URL; it takes the user operations.',
    )
  const signer = await ownedAccount({
    ...owner,
    kind,
    rpcUrls: rpcUrls.filter((url) => /^https?:/.test(url)),
    bundlerUrl,
    ...(paymasterUrl !== undefined && { paymasterUrl }),
  })
  const { mintAs } = request
  if (mintAs === null) return { signer }
  return { signer, minter: verifyingSigner(await openMinter(mintAs, owner, { request, redactor })) }
}

/** The signer of `mintAs`: the owner of the account, or one with a key of its own. */
async function openMinter(
  mintAs: Address | 'owner',
  owner: Key,
  { request, redactor }: { request: Request; redactor: Redactor },
): Promise<Signer> {
  const own = privateKeySigner(owner.key, owner.source)
  if (mintAs === 'owner' || isSameAddress(mintAs, own.address)) return own
  const { privateKey: key, file } = request.keys.minter
  if (key) redactor.add(key)
  if (!key && file === undefined) throw new MinterMissingError(mintAs)
  const minter = key ? privateKeySigner(key, 'MINT_AS_PRIVATE_KEY') : await privateKeyFileSigner(file ?? '')
  if (isSameAddress(minter.address, mintAs)) return minter
  throw new MintAsUnusableError(`The key that is given for ${mintAs} is that of ${minter.address}.`)
}
