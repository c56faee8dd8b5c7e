import {
  keccak256,
  parseTransaction,
  recoverMessageAddress,
  recoverTransactionAddress,
  recoverTypedDataAddress,
} from 'viem'
import type { Address, Hex } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { SignatureInvalidError, TransactionAlteredError } from '../../errors/secrets.ts'
import type { Signer } from '../../ports/signer.ts'
import { transferAuthorization } from '../transfer-authorization.ts'

interface SignedText {
  address: Address
  text: string
  signature: Hex
}

/** Whether `signature` is a `personal_sign` of `text` by the key of `address`. Local; false for anything malformed. */
export async function verifySignature({ address, text, signature }: SignedText): Promise<boolean> {
  try {
    return same(await recoverMessageAddress({ message: text, signature }), address)
  } catch {
    return false
  }
}

export interface VerifyOptions {
  /**
   * Asks the contract of a wallet about a signature that is not of the address's own key (ERC-1271, ERC-6492): the
   * `verifyMessage` of a viem public client. Default: such a signature is refused.
   */
  verifyMessage?: (signed: { address: Address; message: string; signature: Hex }) => Promise<boolean>
}

/** How the wallet's signatures are good: by the key of its address, or because its contract says so. */
export type SignatureKind = 'key' | 'contract'

/** Signed before anything is spent, to see whose signatures they are. Nobody takes it for anything else. */
export const proofText = (address: Address): string =>
  `venice-onboard looks whether this wallet signs for ${address}. This text is good for nothing else.`

/**
 * Has `signer` sign a harmless text, to see before anything is spent whether its signatures are those of its address. No
 * other side effects; safe to repeat.
 *
 * @throws {SignatureInvalidError} they are of another key, such as the one of a smart account's owner.
 */
export async function proveSigner(signer: Signer, options: VerifyOptions = {}): Promise<SignatureKind> {
  const { address } = signer
  const text = proofText(address)
  return requireValid({ address, text, signature: await signer.signMessage(text) }, options)
}

async function requireValid({ address, text, signature }: SignedText, options: VerifyOptions): Promise<SignatureKind> {
  const signedBy = await recoverMessageAddress({ message: text, signature }).catch(() => null)
  if (signedBy !== null && same(signedBy, address)) return 'key'
  if (await options.verifyMessage?.({ address, message: text, signature })) return 'contract'
  throw new SignatureInvalidError(address, signedBy)
}

/**
 * `signer`, with each signature checked before it is used, and one of a harmless text before the first that can spend.
 * For signers that are not ours: some smart accounts sign with another key, and some bridges sign without the nonce, gas
 * and fees they were given.
 *
 * `signMessage` and `signPayment` then also throw `SignatureInvalidError`, and `signTransaction` and `send` also that and
 * `TransactionAlteredError`.
 */
export function verifyingSigner(signer: Signer, options: VerifyOptions = {}): Signer {
  const { address, sending, signPayment } = signer
  let proof: Promise<SignatureKind> | undefined
  const prove = () => {
    proof ??= proveSigner(signer, options)
    // Who refused, or could not be reached, is asked again.
    proof.catch(() => {
      proof = undefined
    })
    return proof
  }
  return {
    address,
    signMessage: async (text) => {
      const signature = await signer.signMessage(text)
      await requireValid({ address, text, signature }, options)
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
        const signature = await signPayment.call(signer, payment)
        const signed = { ...transferAuthorization(payment), signature }
        const signedBy = await recoverTypedDataAddress(signed).catch(() => null)
        if (signedBy === null || !same(signedBy, address)) throw new SignatureInvalidError(address, signedBy)
        return signature
      },
    }),
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

/** Names of the fields in which the signed bytes are not the draft. */
async function differences(draft: Draft, raw: Hex): Promise<string[]> {
  const signed = parse(raw)
  if (signed === null) return ['type']
  const [from] = await Promise.allSettled([recoverTransactionAddress({ serializedTransaction: signed.bytes })])
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
    const bytes = raw as `0x02${string}` // Checked by parseTransaction, which throws for any other type.
    const transaction = parseTransaction(bytes)
    return transaction.type === 'eip1559' ? { bytes, transaction } : null
  } catch {
    return null
  }
}

const same = (a: Address, b: Address): boolean => a.toLowerCase() === b.toLowerCase()
