import { resolve } from 'node:path'
import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { minterOf } from '../../driver/effects/io.ts'
import { resultOf } from '../../driver/result.ts'
import { DeletionNotConfirmedError } from '../../errors/keys.ts'
import { type Rotated, rotateKey } from '../../operations/rotate-key.ts'
import { isConfirmed } from '../confirm.ts'
import type { CliContext } from '../environment.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { createProgressView } from '../progress.ts'
import { findRun, readRun } from '../records.ts'
import { isUnasked, type Request } from '../request.ts'
import { resultText } from '../result-text.ts'
import { pauseSignals } from '../signals.ts'
import { type ShownResult, withCommand } from '../told.ts'
import { veniceFor, wire } from '../wiring.ts'

export type RotateRequest = Request & { withAdminKey: boolean }

/** `keys rotate`: replaces the run's key. Mints, stores and proves a new key, and only then revokes the old one. */
export async function rotate(request: RotateRequest, output: Output, context: CliContext): Promise<number> {
  const isSandbox = request.network === 'sandbox'
  const isApproved = isUnasked(request)
  // Before anything is signed or sent to Venice.
  if (!isApproved && !output.mayAsk) throw new DeletionNotConfirmedError({ isDeclined: false })
  // Another sandbox would not know the key.
  if (isSandbox) await veniceFor(request)
  const { ports, redactor, stateDir } = await wire(request, context, output)
  const found = await findRun(stateDir, ports.signer.address)
  if (!isApproved && !(await ask(output))) throw new DeletionNotConfirmedError({ isDeclined: true })
  const pause = pauseSignals(output, request.timeoutMs)
  const view = createProgressView({ output, context, isSandbox })
  try {
    const { key } = request.wanted
    const rotated = await rotateKey({
      ports,
      chainId: BASE_CHAIN_ID,
      stateDir: resolve(stateDir),
      redactor,
      adminSigner: request.withAdminKey ? minterOf(ports) : null,
      ...(key !== undefined && { key }),
      settings: {
        budget: request.budget,
        confirmations: request.confirmations,
        mayReplaceKey: request.mayReplaceKey,
      },
      mustProve: request.mustProve,
      signal: pause.signal,
      onEvent(event) {
        output.event(event)
        view.show(event)
      },
    })
    view.end()
    const code = finish(withCommand(resultOf(await readRun(found)), output.command), rotated, output, isSandbox)
    return pause.exitCode() ?? code
  } finally {
    view.end()
    pause.dispose()
  }
}

async function ask({ note }: Output): Promise<boolean> {
  note('A new key is minted, stored in the place of the present one, and proven; then the present one is revoked.')
  return isConfirmed('Replace the key?')
}

/** Stays "waiting" while Venice still accepts the old key: someone who rotates a leaked key must notice. */
function finish(result: ShownResult, { old, unrevoked }: Rotated, output: Output, isSandbox: boolean): number {
  const reason = unrevoked === null ? '' : `${output.style('yellow', 'warning')}  ${unrevoked}`
  const revoked = old.filter(({ status }) => status === 'revoked').map(({ last6 }) => `revoked  …${last6}`)
  const text = [resultText(result, output, { isSandbox }), ...revoked, reason].filter((part) => part !== '').join('\n')
  output.result({ ...result, rotated: { old, unrevoked } }, text)
  if (result.outcome === 'failed') return EXIT_CODES[result.failure?.exit ?? 'unexpected']
  return result.outcome === 'paused' || result.toRevoke.length > 0 ? EXIT_CODES.waiting : 0
}
