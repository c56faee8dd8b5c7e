import { smartAccount } from '../../src/adapters/signers/smart-account.ts'
import { onboard } from '../../src/library/onboard.ts'
import { sandboxAccount } from '../support/smart-account.ts'

/** A process that onboards a smart account until `crash-at.mjs` ends it. Prints the failure, or null. */
const { ownerKey, version, ...options } = JSON.parse(process.env.ASKED ?? '')
const { rpcUrl } = options.network
const account = await sandboxAccount({ rpcUrl, ownerKey, version })
const { failure } = await onboard({
  ...options,
  signer: smartAccount(account, { bundlerUrl: rpcUrl, paymasterUrl: rpcUrl }),
})
process.stdout.write(JSON.stringify(failure))
