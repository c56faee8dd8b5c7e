import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { firstQuestion } from '../adapters/chain/first-question.ts'
import { endpointNotesFile } from '../adapters/chain/notes-file.ts'
import { type EarlyRequest, requestEarly } from '../adapters/early-request.ts'
import { isLocked } from '../adapters/locks/lock.ts'
import { addressOfKey, keyDigits } from '../adapters/signers/key-address.ts'
import { runDirectory } from '../adapters/stores/run-directory.ts'
import { hasCredentials } from '../domain/endpoint-url.ts'
import { CHAIN_ID, endpointsOf, signerSource } from './config.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './options.ts'

const NONE: EarlyRequest = { fetch: (input, init) => fetch(input, init), end: () => {} }

/**
 * Asks the first endpoint for what a new run reads first, while the code of the run is loaded. Only for a wallet without a
 * record here and without another process, whose key is in the environment, and of endpoints of which nothing is noted: else the
 * run may ask something else, or nothing.
 * Never throws: what is wrong with the options, the run says.
 *
 * Side effects: one request that only reads.
 */
export async function headStart(flags: Flags, context: CliContext): Promise<EarlyRequest> {
  try {
    const asked = await firstRequest(flags, context)
    return asked === null ? NONE : requestEarly(asked.url, firstQuestion(asked.address))
  } catch {
    return NONE
  }
}

async function firstRequest(flags: Flags, context: CliContext) {
  const {
    network,
    sponsor = false,
    smartAccount,
    credential = 'key',
    privateKeyFile,
    keystore,
    account,
    signer,
  } = flags
  if (network !== 'base' || sponsor || smartAccount !== undefined || credential !== 'key') return null
  const isFromEnvironment = signerSource(flags, context) === 'WALLET_PRIVATE_KEY'
  if (!isFromEnvironment || privateKeyFile || keystore || account || signer) return null
  const digits = keyDigits(context.env.WALLET_PRIVATE_KEY ?? '')
  const [url = ''] = endpointsOf(flags, context).rpcUrls
  if (digits === null || !/^https?:/i.test(url) || hasCredentials(url)) return null
  const address = addressOfKey(digits)
  const stateDir = resolve(context.cwd, flags.stateDir)
  const isNew = !existsSync(runDirectory({ stateDir, chainId: CHAIN_ID, address }))
  if (!isNew || existsSync(endpointNotesFile(stateDir))) return null
  return (await isLocked({ chainId: CHAIN_ID, address })) ? null : { url, address }
}
