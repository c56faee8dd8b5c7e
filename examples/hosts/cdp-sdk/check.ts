/** CDP's own client against a stand-in for its API, which signs with the key of a wallet of the sandbox. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CdpClient } from '@coinbase/cdp-sdk'
import { startSandbox } from 'venice-onboard/testing'
import { createClient, type Hex, http, parseTransaction } from 'viem'
import { toCoinbaseSmartAccount } from 'viem/account-abstraction'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import { onboardAccount } from './agent.ts'
import { onboardOwned } from './owned-agent.ts'

// CDP's client reports its use. Nothing leaves this check.
Object.assign(process.env, { DISABLE_CDP_ERROR_REPORTING: 'true', DISABLE_CDP_USAGE_TRACKING: 'true' })
const { WALLET_PRIVATE_KEY = '', BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '' } = process.env
const account = privateKeyToAccount(WALLET_PRIVATE_KEY as Hex)
const POLICY = 'The policy of this account allows no such contract.'

let refuses = true
const asked: string[] = []
const signed = async (path: string, body: Record<string, never>): Promise<object | null> => {
  asked.push(path)
  if (path === 'sign/transaction') {
    if (refuses) return null
    // Every field is in the bytes: CDP is given a serialized transaction.
    return { signedTransaction: await account.signTransaction(parseTransaction(body.transaction) as never) }
  }
  if (path === 'sign/message') return { signature: await account.signMessage({ message: body.message }) }
  if (path === 'sign') return { signature: await account.sign({ hash: body.hash }) }
  if (path === 'sign/typed-data') return { signature: await account.signTypedData(body as never) }
  throw new Error(path)
}
const server = createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  const path = request.url?.split('/platform/v2/evm/accounts/')[1] ?? ''
  const found = path.startsWith('by-name/')
    ? { address: account.address, name: 'agent' }
    : await signed(path.replace(/^0x\w+\//, ''), JSON.parse(text))
  const answer = found ?? { errorType: 'policy_violation', errorMessage: POLICY }
  response.writeHead(found === null ? 403 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
})
await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))

const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
const secretOf = ({ d = '', x = '' }: JsonWebKey) =>
  Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).toString('base64')
const walletSecret = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'der',
  type: 'pkcs8',
})
const cdp = new CdpClient({
  apiKeyId: 'made-up',
  apiKeySecret: secretOf(ed25519),
  walletSecret: walletSecret.toString('base64'),
  basePath: `http://127.0.0.1:${(server.address() as AddressInfo).port}/platform`,
})
const options = {
  network: { rpcUrl, apiUrl },
  budget: { maxVvv: '1', maxGasEth: '0.001', maxUsd: '5' },
  sink: 'file:api-key',
}

const refused = await onboardAccount(cdp, 'agent', options)
const tries = asked.filter((path) => path === 'sign/transaction').length
refuses = false
const done = await onboardAccount(cdp, 'agent', options)
const paid = await onboardAccount(cdp, 'agent', { ...options, fund: 'x402:5' })
const payments = asked.filter((path) => path === 'sign/typed-data').length

const sandbox = await startSandbox({ wallets: 0, blockTimeMs: 200 })
const { network } = sandbox
const client = createClient({ chain: base, transport: http(network.rpcUrl) })
const { address } = await toCoinbaseSmartAccount({ client, owners: [account], version: '1.1' })
await sandbox.fund(address, { vvv: '2' })
const service = { bundlerUrl: network.rpcUrl, paymasterUrl: network.rpcUrl }
const place = { stateDir: 'owned', sink: 'file:owned-key' }
const owned = await onboardOwned(cdp, 'agent', service, { ...options, ...place, network })
const keys = sandbox.keys(address).length
await sandbox.close()

const seen = {
  refused: refused.failure?.code,
  words: JSON.stringify(refused.failure).includes(POLICY),
  tries,
  outcome: done.outcome,
  owned: owned.failure?.code ?? owned.outcome,
  keys,
  payments: paid.failure?.code ?? payments,
}
const isPaid = done.outcome === 'unfunded' && seen.payments === 1
const well = seen.words && tries === 1 && isPaid && seen.owned === 'unfunded' && keys === 1
const what = `a key and a payment, and a key for a smart account without ETH; a policy’s no is \`${seen.refused}\``
console.log(well ? `well: ${what}` : JSON.stringify(seen))
process.exit(well ? 0 : 1)
