import { keccak256, parseTransaction, recoverMessageAddress, recoverTypedDataAddress } from 'viem'
import { type Address, type Hex, isSameAddress } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { SignatureInvalidError, TransactionAlteredError } from '../../errors/signer/signing.ts'
import type { Signer } from '../../ports/signer.ts'
import { senderOf } from '../sender-of.ts'
import { transferAuthorization } from '../transfer-authorization.ts'
import { signsHere } from './private-key.ts'

/** Order of secp256k1's group. @see https://www.secg.org/sec2-v2.pdf section 2.4.1 */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const SIGNATURE = /^0x[0-9a-f]{130}$/i

/**
 * The only form of a signature that contracts and Venice accept: v 27 or 28, s in the lower half. Some hardware and
 * exec signers give v 0 or 1, or a high s, which is the same signature by the same key. Anything else is returned
 * unchanged.
 *
 * @see https://eips.ethereum.org/EIPS/eip-2 and USDC's ECRecover, which refuses both (checked 2026-11-30)
 */
export function canonical(signature: Hex): Hex {
  if (!SIGNATURE.test(signature)) return signature
  const s = BigInt(`0x${signature.slice(66, 130)}`)
  const v = Number.parseInt(signature.slice(130), 16)
  const parity = v >= 27 ? v - 27 : v
  if (parity > 1 || s === 0n || s >= ORDER) return signature
  const isHigh = s > ORDER / 2n
  const low = (isHigh ? ORDER - s : s).toString(16).padStart(64, '0')
  return `${signature.slice(0, 66)}${low}${(27 + (isHigh ? 1 - parity : parity)).toString(16)}`.toLowerCase() as Hex
}

interface SignedText {
  address: Address
  text: string
  signature: Hex
}

/** Whether `signature` is a `personal_sign` of `text` by the key of `address`. Local; false for anything malformed. */
export async function verifySignature({ address, text, signature }: SignedText): Promise<boolean> {
  try {
    return isSameAddress(await recoverMessageAddress({ message: text, signature }), address)
  } catch {
    return false
  }
}

/** A text signed with the private key 1: checking it prepares what checks signatures. */
const ANY_SIGNED = {
  message: '',
  signature:
    '0x0ac02a3eb3039b7a3ebb6a35f1e0dd31a4ed51781205a2c193354752a25edad50593868baf38c519b78bdc61a23c3f55e058c29f8b83d79ae48cc47d931afaed1b',
} as const

export interface VerifyOptions {
  /**
   * Asks a wallet's contract about a signature that is not by the address's own key (ERC-1271, ERC-6492): the
   * `verifyMessage` of a viem public client. Default: such a signature is refused.
   */
  verifyMessage?: (signed: { address: Address; message: string; signature: Hex }) => Promise<boolean>
}

/** What makes the wallet's signatures valid: the key of its address, or its contract. */
export type SignatureKind = 'key' | 'contract'

/** Signed before anything is spent, to see which address the wallet signs as. The text has no other use. */
export const proofText = (address: Address): string =>
  `venice-onboard looks whether this wallet signs for ${address}. This text is good for nothing else.`

/**
 * Has `signer` sign a harmless text, to check before anything is spent that it signs as its address. No other side
 * effects; safe to repeat.
 *
 * @throws {SignatureInvalidError} another key signed, such as that of a smart account's owner.
 */
export async function proveSigner(signer: Signer, options: VerifyOptions = {}): Promise<SignatureKind> {
  const { address } = signer
  const text = proofText(address)
  return requireValid({ address, text, signature: canonical(await signer.signMessage(text)) }, options)
}

async function requireValid({ address, text, signature }: SignedText, options: VerifyOptions): Promise<SignatureKind> {
  const signedBy = await recoverMessageAddress({ message: text, signature }).catch(() => null)
  if (signedBy !== null && isSameAddress(signedBy, address)) return 'key'
  if (await options.verifyMessage?.({ address, message: text, signature })) return 'contract'
  throw new SignatureInvalidError(address, signedBy)
}

/**
 * `signer`, but each signature is checked before it is used. Before the first one that can spend, a harmless text is
 * signed, unless it signed a text before. This is for foreign signers: some smart accounts sign with another key, and
 * some bridges drop the given nonce, gas and fees. With a private key in this process, only the first signature of a
 * text is checked: it shows that key and address match, and a check takes five times as long as a sign-in.
 *
 * `signMessage` and `signPayment` then also throw `SignatureInvalidError`, and `signTransaction` and `send` also that and
 * `TransactionAlteredError`.
 */
export function verifyingSigner(signer: Signer, options: VerifyOptions = {}): Signer {
  // They send no transactions of their own, and their messages are checked where they are opened.
  if (signer.operations !== undefined || signer.calls !== undefined) return signer
  const { address, sending, signPayment } = signer
  let proof: Promise<SignatureKind> | undefined
  let isProven = false
  const prove = () => {
    proof ??= proveSigner(signer, options)
    // After a refusal or a lost connection, it is asked again.
    proof.catch(() => {
      proof = undefined
    })
    return proof
  }
  return {
    address,
    ...(signer.prepare && {
      prepare: () => {
        signer.prepare?.()
        void recoverMessageAddress(ANY_SIGNED).catch(() => {})
      },
    }),
    signMessage: async (text) => {
      const signature = canonical(await signer.signMessage(text))
      if (isProven && signsHere(signer)) return signature
      const kind = await requireValid({ address, text, signature }, options)
      isProven = true
      // One signature is enough to know who signs.
      proof ??= Promise.resolve(kind)
      return signature
    },
    signTransaction: async (draft) => {
      await prove()
      const { raw, hash } = await signer.signTransaction(draft)
      if (raw === null) return { raw, hash }
      const fields = await differences(draft, raw)
      if (hash !== keccak256(raw)) fields.push('hash')
      if (fields.length > 0) throw new TransactionAlteredError({ address, fields })
      return { raw, hash }
    },
    ...(signPayment && {
      signPayment: async (payment) => {
        const signature = canonical(await signPayment.call(signer, payment))
        const signed = { ...transferAuthorization(payment), signature }
        const signedBy = await recoverTypedDataAddress(signed).catch(() => null)
        if (signedBy === null || !isSameAddress(signedBy, address)) throw new SignatureInvalidError(address, signedBy)
        return signature
      },
    }),
    ...(signer.recordSecret && { recordSecret: () => signer.recordSecret?.() ?? '' }),
    ...(sending && {
      sending: {
        honoursNonces: sending.honoursNonces,
        isUnsent: (id) => sending.isUnsent(id),
        send: async (draft) => {
          await prove()
          return sending.send(draft)
        },
      },
    }),
  }
}

/** Names of the fields in which the signed bytes differ from the draft. */
async function differences(draft: Draft, raw: Hex): Promise<string[]> {
  const signed = parse(raw)
  if (signed === null) return ['type']
  const [from] = await Promise.allSettled([senderOf(signed.bytes)])
  const { transaction } = signed
  const pairs: Record<string, [unknown, unknown]> = {
    from: [from.status === 'fulfilled' && from.value.toLowerCase(), draft.from.toLowerCase()],
    chainId: [transaction.chainId, draft.chainId],
    nonce: [transaction.nonce, draft.nonce],
    gas: [transaction.gas, BigInt(draft.gas)],
    maxFeePerGas: [transaction.maxFeePerGas, BigInt(draft.maxFeePerGas)],
    maxPriorityFeePerGas: [transaction.maxPriorityFeePerGas ?? 0n, BigInt(draft.maxPriorityFeePerGas)],
    to: [transaction.to?.toLowerCase(), draft.to.toLowerCase()],
    data: [transaction.data ?? '0x', draft.data],
    value: [transaction.value ?? 0n, 0n],
  }
  return Object.keys(pairs).filter((name) => pairs[name]?.[0] !== pairs[name]?.[1])
}

/** The transaction in `raw`, or null when it is not a signed EIP-1559 one. */
function parse(raw: Hex) {
  try {
    const bytes = raw as `0x02${string}` // parseTransaction checks this: it throws for any other type.
    const transaction = parseTransaction(bytes)
    return transaction.type === 'eip1559' ? { bytes, transaction } : null
  } catch {
    return null
  }
}
