import type { Attempt, Draft } from '../../domain/attempt.ts'
import type { Ports } from './io.ts'

/** Signs `drafts` one after the other, as attempts that are still to be recorded. Sends nothing. */
export async function signed(
  drafts: readonly Draft[],
  { signer, clock }: Pick<Ports, 'signer' | 'clock'>,
): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  for (const draft of drafts) {
    const { raw, hash } = await signer.signTransaction(draft)
    const signedAt = new Date(clock.now()).toISOString()
    attempts.push({ ...draft, raw, hash, signedAt, status: 'signed', blockNumber: null, gasUsed: null, feeWei: null })
  }
  return attempts
}
