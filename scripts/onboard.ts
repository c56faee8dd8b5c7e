import * as core from '../src/core.ts'
import { openSink } from '../src/index.ts'

const {
  BASE_RPC_URL,
  WALLET_PRIVATE_KEY,
  VENICE_API_URL: apiUrl = core.VENICE_API_URL,
  HOME: homeDir = '.',
} = process.env
if (!BASE_RPC_URL || !WALLET_PRIVATE_KEY) throw new Error('Set BASE_RPC_URL and WALLET_PRIVATE_KEY.')
const clock = core.systemClock

const result = await core.runOnboarding({
  chainId: core.BASE_CHAIN_ID,
  stateDir: '.venice-onboard',
  ports: {
    chain: core.createChain({ rpcUrls: [BASE_RPC_URL], clock }),
    venice: core.createVeniceClient({ apiUrl, clock }),
    signer: core.privateKeySigner(WALLET_PRIVATE_KEY, 'WALLET_PRIVATE_KEY'),
    sink: openSink('env-file:.env', { cwd: process.cwd(), homeDir, env: process.env }),
    clock,
  },
  wanted: { stakeAmount: core.toUnits('1') },
  settings: { budget: { maxVvv: core.toUnits('1'), maxFeeWei: core.toUnits('0.001') } },
  onEvent: (event) => event.type === 'transition' && console.error(event.to),
})

console.log(JSON.stringify(result, null, 2))
process.exitCode = result.outcome === 'failed' ? 1 : 0
