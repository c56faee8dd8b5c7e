import { onboard } from 'venice-onboard'
import { startSandbox } from 'venice-onboard/testing'

const sandbox = await startSandbox({ wallets: 0 })
const wallet = await sandbox.createWallet({ eth: '0.01', vvv: '2' })
sandbox.fault({ on: 'POST /api_keys/generate_web3_key', effect: { kind: 'reply', status: 503, body: {} } })
const { outcome } = await onboard({ signer: wallet.privateKey, network: sandbox.network, sink: 'file:api-key' })
console.log(outcome, sandbox.keys(wallet.address).length)
await sandbox.close()
