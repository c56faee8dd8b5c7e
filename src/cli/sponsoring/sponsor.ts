import { openSigner } from '../../adapters/signers/signer-from-options.ts'
import { verifyingSigner } from '../../adapters/signers/verify.ts'
import type { Redactor } from '../../domain/redact.ts'
import type { SponsorPlan } from '../../domain/sponsoring.ts'
import type { Signer } from '../../ports/signer.ts'
import type { SponsorResult } from '../../sponsoring/result.ts'
import type { Output } from '../output.ts'
import { failureText } from '../output.ts'
import type { Request } from '../request.ts'
import { planText } from '../result-text.ts'
import { eth, purposeWords, transactionLink, vvv } from '../words.ts'

/**
 * Opens the treasury's signer. Reads key files.
 *
 * @throws {NoSponsorKeyError} and what else `openSigner` throws.
 */
export async function openSponsor({ keys: { sponsor } }: Pick<Request, 'keys'>, redactor: Redactor): Promise<Signer> {
  if (sponsor.privateKey) redactor.add(sponsor.privateKey)
  return verifyingSigner(await openSigner(sponsor))
}

/** The plan of a treasury as a table, with its irreversible steps. */
export function sponsorPlanText(plan: SponsorPlan, irreversible: readonly string[], output: Output): string {
  if (plan.agents === 0) return `The sponsor ${plan.address} has nothing to stake: the agent already has its stake.`
  const text = planText(
    {
      ...plan,
      credential: 'key',
      key: { type: 'INFERENCE' },
      fund: null,
      mintAs: null,
      delegate: null,
      operation: null,
      calls: null,
    },
    irreversible,
    {
      ...output,
      hasKey: true,
    },
  )
  return `The sponsor pays:\n${text}`
}

/** What a treasury has done for an agent, one line each. */
export function sponsoredText(
  { transactions, spent, failure, outcome }: SponsorResult,
  { output, isSandbox }: { output: Output; isSandbox: boolean },
): string {
  const lines = transactions.map(
    ({ purpose, status, hash }) => `sponsor  ${purposeWords(purpose)} ${status}  ${transactionLink(hash, isSandbox)}`,
  )
  const total = `sponsor  ${vvv(spent.vvv)} staked, ${eth(spent.feeWei)} in fees`
  const end =
    outcome === 'failed' && failure !== null
      ? [failureText(failure, output)]
      : outcome === 'paused'
        ? ['Paused. Everything done so far is recorded; the same command goes on.']
        : []
  return [...lines, ...(transactions.length === 0 ? [] : [total]), ...end].join('\n')
}
