import type { Request } from './request.ts'

/** The option or variable that names a signing key, or null. Values are never shown. */
export function signerSource({ keys: { wallet, minter } }: Pick<Request, 'keys'>): string | null {
  if (wallet.privateKey) return 'WALLET_PRIVATE_KEY'
  if (wallet.privateKeyFile) return '--private-key-file'
  if (wallet.keystore) return '--keystore'
  if (wallet.account) return '--account'
  if (minter.privateKey) return 'MINT_AS_PRIVATE_KEY'
  if (minter.file) return '--mint-as-private-key-file'
  return wallet.signer ? '--signer' : null
}

/** The same of a sponsor's key. */
export function sponsorSource({ keys: { sponsor } }: Pick<Request, 'keys'>): string | null {
  if (sponsor.privateKey) return 'SPONSOR_PRIVATE_KEY'
  if (sponsor.privateKeyFile) return '--sponsor-private-key-file'
  if (sponsor.keystore) return '--sponsor-keystore'
  return sponsor.account ? '--sponsor-account' : null
}
