import type { Attempt, Draft } from '../../domain/attempt.ts'
import type { Ports } from './io.ts'

/**
 * Signs `drafts` one after the other, as attempts that are still to be recorded. Sends nothing. Of a wallet that is not
 * known to keep to a nonce it is only the first: what waited for it could not be told from what was sent.
 */
export async function signed(
  drafts: readonly Draft[],
  { signer, clock }: Pick<Ports, 'signer' | 'clock'>,
): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  for (const draft of signer.sending?.honoursNonces === false ? drafts.slice(0, 1) : drafts) {
    const { raw, hash } = await signer.signTransaction(draft)
    const signedAt = new Date(clock.now()).toISOString()
    const made = { ...draft, raw, hash, ...(raw === null && { intent: hash }), signedAt }
    attempts.push({ ...made, status: 'signed', blockNumber: null, gasUsed: null, feeWei: null })
  }
  return attempts
}
