import { createPublicClient, http } from 'viem'
import { base } from 'viem/chains'
import { callsWallet } from '../../src/adapters/signers/calls-wallet.ts'
import { onboard } from '../../src/library/onboard.ts'
import { providerAt } from '../support/calls-provider.ts'

/** A process that onboards a wallet which makes calls together, until `crash-at.mjs` ends it. Prints the failure, or null. */
const { walletUrl, paymasterUrl, ...options } = JSON.parse(process.env.ASKED ?? '')
const { verifyMessage } = createPublicClient({ chain: base, transport: http(options.network.rpcUrl) })
const signer = await callsWallet(providerAt(walletUrl), { verifyMessage, paymasterUrl })
const { failure } = await onboard({ ...options, signer })
process.stdout.write(JSON.stringify(failure))
