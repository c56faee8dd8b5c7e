import { systemClock } from '../../adapters/clock.ts'
import { isKeyOf } from '../../adapters/signers/private-key.ts'
import { BASE_CHAIN_ID, type Hex } from '../../domain/addresses.ts'
import { summaryOf } from '../../domain/attempt.ts'
import { action, say } from '../../domain/next-action.ts'
import { createRedactor } from '../../domain/redact.ts'
import { SecretInArgumentError, UsageError } from '../../errors/cli.ts'
import { adoptTransaction } from '../../operations/adopt.ts'
import type { CliContext } from '../environment.ts'
import type { Output } from '../output.ts'
import type { Request } from '../request.ts'
import { targetOf } from '../target.ts'
import { signerFor } from '../wiring.ts'
import { vvv } from '../words.ts'

const HASH = /^0x[0-9a-fA-F]{64}$/

/** `adopt`: adds a transaction that was sent elsewhere to the wallet's run. Signs and sends nothing. */
export async function adopt(hash: string, request: Request, output: Output, context: CliContext): Promise<number> {
  // Not shown, nor asked about: it may be a private key.
  if (!HASH.test(hash)) throw new UsageError('This is not a transaction hash.', 'A hash is 0x and 64 hex digits.')
  const { chain, address } = await targetOf(request, context, output)
  if (isKeyOf(hash, address)) throw new SecretInArgumentError({ where: 'An argument', kind: 'private key' })
  // With the signing key, the next run need not be given the stake again.
  const hasKey = request.network === 'base' && (request.keys.wallet.privateKey || request.keys.wallet.privateKeyFile)
  const sealedBy = hasKey ? await signerFor(request, createRedactor()) : null
  const { attempt, wasKnown, revision } = await adoptTransaction({
    chain,
    clock: systemClock,
    stateDir: request.stateDir,
    chainId: BASE_CHAIN_ID,
    address,
    hash: hash.toLowerCase() as Hex,
    wanted: request.wanted,
    sealedBy,
  })
  const { purpose, nonce, amount } = attempt
  const what = `${purpose} of ${vvv(amount)} (nonce ${nonce})`
  output.result(
    { address, chainId: BASE_CHAIN_ID, wasKnown, revision, transaction: { ...summaryOf(attempt), amount } },
    wasKnown
      ? `The run of ${address} already has this ${what}.`
      : `The run of ${address} has adopted the ${what}.\n${output.style('cyan', 'next')}  ${output.say(say`${action('run')} watches it and continues from there.`)}`,
  )
  return 0
}
