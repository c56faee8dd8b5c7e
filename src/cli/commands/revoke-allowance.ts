import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { type Draft, maxCost, summaryOf } from '../../domain/attempt.ts'
import { ConfirmationNeededError } from '../../errors/policy.ts'
import { type Revoked, revokeAllowance } from '../../operations/revoke-allowance.ts'
import { isConfirmed } from '../confirm.ts'
import type { CliContext } from '../environment.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { failureText, type Output } from '../output.ts'
import { createProgressView } from '../progress.ts'
import type { Request } from '../request.ts'
import { pauseSignals } from '../signals.ts'
import { wire } from '../wiring.ts'
import { eth, transactionLink, vvv } from '../words.ts'

/** `revoke-allowance`: sets the staking contract's allowance to 0. Signs one transaction, after a confirmation. */
export async function revoke(request: Request, output: Output, context: CliContext): Promise<number> {
  const isSandbox = request.network === 'sandbox'
  const { ports, stateDir, redactor } = await wire(request, context, output)
  const pause = pauseSignals(output, request.timeoutMs)
  // The list of stages is only for runs that pass through them.
  const view = createProgressView({ output: { ...output, isLive: false }, context, isSandbox })
  try {
    const revoked = await revokeAllowance({
      ports,
      chainId: BASE_CHAIN_ID,
      stateDir,
      redactor,
      settings: { budget: request.budget, confirmations: request.confirmations },
      signal: pause.signal,
      onEvent(event) {
        output.event(event)
        view.show(event)
      },
      ...(!isSandbox &&
        !request.yes && { confirm: (draft, allowance) => view.suspend(() => ask(draft, allowance, output)) }),
    })
    view.end()
    const { status, attempts, failure } = revoked
    output.result(
      { status, address: ports.signer.address, chainId: BASE_CHAIN_ID, failure, transactions: attempts.map(summaryOf) },
      revokedText(revoked, output, isSandbox),
    )
    return pause.exitCode() ?? exitCode(revoked)
  } finally {
    view.end()
    pause.dispose()
  }
}

async function ask(draft: Draft, allowance: bigint, output: Output): Promise<boolean> {
  if (!output.mayAsk) throw new ConfirmationNeededError()
  const cost = eth(maxCost(draft).toString())
  output.note(
    `The staking contract may pull ${vvv(allowance.toString())}. Setting this allowance to 0 costs at most ${cost}.\n`,
  )
  return isConfirmed('Sign and send?')
}

function exitCode({ status, failure }: Revoked): number {
  switch (status) {
    case 'revoked':
    case 'nothing':
      return 0
    case 'paused':
      return EXIT_CODES.waiting
    case 'failed':
      return EXIT_CODES[failure?.exit ?? 'unexpected']
  }
}

function revokedText({ status, attempts, failure }: Revoked, output: Output, isSandbox: boolean): string {
  const links = attempts.map(({ hash, status: is }) => `${is}  ${transactionLink(hash, isSandbox)}`)
  switch (status) {
    case 'nothing':
      return 'Nothing to revoke: the staking contract cannot pull any VVV.'
    case 'revoked':
      return ['The staking contract can no longer pull any VVV.', ...links].join('\n')
    case 'paused':
      return ['The transaction is not mined yet. Run the same command again to keep watching.', ...links].join('\n')
    case 'failed':
      return [failure === null ? 'Stopped.' : failureText(failure, output), ...links].join('\n')
  }
}
