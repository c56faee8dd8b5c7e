import { existsSync } from 'node:fs'
import { firstQuestion } from '../adapters/chain/first-question.ts'
import { endpointNotesFile } from '../adapters/chain/notes-file.ts'
import { type EarlyRequest, requestEarly } from '../adapters/early-request.ts'
import { isLocked } from '../adapters/locks/lock.ts'
import { addressByNode, keyDigits } from '../adapters/signers/key-address.ts'
import { runDirectory } from '../adapters/stores/run-directory.ts'
import { BASE_CHAIN_ID } from '../domain/addresses.ts'
import { hasCredentials } from '../domain/endpoint-url.ts'
import { endpointsOf } from './endpoints.ts'
import type { Request } from './request.ts'

const NONE: EarlyRequest = { fetch: (input, init) => fetch(input, init), end: () => {} }

/**
 * Asks the first endpoint for what a new run reads first, while the code of the run is loaded. Only for a wallet without a
 * record here and without another process, whose key is in the environment, and of endpoints of which nothing is noted: else the
 * run may ask something else, or nothing.
 * Never throws: what is wrong with the options, the run says.
 *
 * Side effects: one request that only reads.
 */
export async function headStart(request: Request): Promise<EarlyRequest> {
  try {
    const asked = await firstRequest(request)
    return asked === null ? NONE : requestEarly(asked.url, firstQuestion(asked.address))
  } catch {
    return NONE
  }
}

async function firstRequest(request: Request) {
  const { network, isSponsored, smartAccount, wanted, keys, stateDir } = request
  if (network !== 'base' || isSponsored || smartAccount !== null || wanted.credential === 'wallet') return null
  const { privateKey, privateKeyFile, keystore, account, signer } = keys.wallet
  if (!privateKey || privateKeyFile || keystore || account || signer) return null
  const digits = keyDigits(privateKey)
  const [url = ''] = endpointsOf(request).rpcUrls
  if (digits === null || !/^https?:/i.test(url) || hasCredentials(url)) return null
  const address = addressByNode(digits)
  if (address === null) return null
  const isNew = !existsSync(runDirectory({ stateDir, chainId: BASE_CHAIN_ID, address }))
  if (!isNew || existsSync(endpointNotesFile(stateDir))) return null
  return (await isLocked({ chainId: BASE_CHAIN_ID, address })) ? null : { url, address }
}
