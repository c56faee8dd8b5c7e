import { keccak256, parseTransaction, recoverMessageAddress, recoverTransactionAddress } from 'viem'
import type { Address, Hex } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { SignatureInvalidError, TransactionAlteredError } from '../../errors/secrets.ts'
import type { Signer } from '../../ports/signer.ts'

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

/**
 * `signer`, with each signature checked before it is used. For signers that are not ours: some smart accounts sign with
 * another key, and some bridges sign without the nonce, gas and fees they were given.
 *
 * `signMessage` then also throws `SignatureInvalidError`, and `signTransaction` also `TransactionAlteredError`.
 */
export function verifyingSigner(signer: Signer): Signer {
  const { address } = signer
  return {
    address,
    signMessage: async (text) => {
      const signature = await signer.signMessage(text)
      if (!(await verifySignature({ address, text, signature }))) throw new SignatureInvalidError(address)
      return signature
    },
    signTransaction: async (draft) => {
      const { raw, hash } = await signer.signTransaction(draft)
      const fields = await differences(draft, raw)
      if (hash !== keccak256(raw)) fields.push('hash')
      if (fields.length > 0) throw new TransactionAlteredError({ address, fields })
      return { raw, hash }
    },
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
