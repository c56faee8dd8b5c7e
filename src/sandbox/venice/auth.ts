import type { Address } from '../../domain/addresses.ts'
import { Refusal, standardError } from './envelopes.ts'
import { type Call, headerOf } from './http.ts'
import type { KeyStore, StoredKey } from './keys.ts'
import type { SiwxVerifier } from './siwx.ts'
import type { Payer } from './spending.ts'
import { credentialRequired } from './x402-terms.ts'

/** The `SIGN-IN-WITH-X` header, under either name. */
export const siwxHeader = (call: Pick<Call, 'headers'>): string | undefined =>
  headerOf(call, 'SIGN-IN-WITH-X', 'X-Sign-In-With-X')

/** The secret of `Authorization: Bearer …`. */
export const bearerSecret = (call: Pick<Call, 'headers'>): string | undefined =>
  /^Bearer (\S+)$/i.exec(headerOf(call, 'authorization') ?? '')?.[1]

export type Auth = ReturnType<typeof createAuth>

/** Turns credentials into callers. Every method throws a {@link Refusal}: 402 without any credential, 401 for a bad one. */
export function createAuth(options: { keys: KeyStore; siwx: SiwxVerifier; clock: () => number }) {
  const { keys, siwx, clock } = options

  function key(call: Call): StoredKey {
    const hasCredential = headerOf(call, 'authorization') !== undefined || siwxHeader(call) !== undefined
    if (!hasCredential) throw credentialRequired(call, clock())
    const found = keys.bySecret(bearerSecret(call) ?? '')
    if (!found) throw standardError(401, 'Authentication failed')
    found.lastUsedAt = clock()
    return found
  }

  return {
    /** Routes only for keys: a wallet's header is ignored. */
    key,
    adminKey(call: Call): StoredKey {
      const found = key(call)
      if (found.type !== 'ADMIN') throw standardError(401, 'Admin API key required')
      return found
    },
    /** Routes for keys and wallets: when both are sent, the wallet wins. */
    async payer(call: Call): Promise<Payer> {
      const header = siwxHeader(call)
      if (header !== undefined) return { kind: 'wallet', address: await siwx.verify(header) }
      const found = key(call)
      return { kind: 'key', key: found, address: found.owner }
    },
    /** Routes only for wallets. They give no reason for a bad header. */
    async wallet(call: Call): Promise<Address> {
      const header = siwxHeader(call)
      if (header === undefined) throw credentialRequired(call, clock(), { walletOnly: true })
      return siwx.verify(header).catch((error: unknown) => {
        throw error instanceof Refusal ? standardError(401, 'Invalid Sign-in-with-x signature') : error
      })
    },
  }
}
