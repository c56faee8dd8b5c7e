import * as onboard from '../src/index.ts'

const {
  BASE_RPC_URL,
  WALLET_PRIVATE_KEY,
  VENICE_API_URL: apiUrl = onboard.VENICE_API_URL,
  HOME: homeDir = '.',
} = process.env
if (!BASE_RPC_URL || !WALLET_PRIVATE_KEY) throw new Error('Set BASE_RPC_URL and WALLET_PRIVATE_KEY.')
const clock = onboard.systemClock

const result = await onboard.runOnboarding({
  chainId: onboard.BASE_CHAIN_ID,
  stateDir: '.venice-onboard',
  ports: {
    chain: onboard.createChain({ rpcUrls: [BASE_RPC_URL], clock }),
    venice: onboard.createVeniceClient({ apiUrl, clock }),
    signer: onboard.privateKeySigner(WALLET_PRIVATE_KEY, 'WALLET_PRIVATE_KEY'),
    sink: onboard.openSink('env-file:.env', { cwd: process.cwd(), homeDir, env: process.env }),
    clock,
  },
  wanted: { stakeAmount: onboard.toUnits('1') },
  settings: { budget: { maxVvv: onboard.toUnits('1'), maxFeeWei: onboard.toUnits('0.001') } },
  onEvent: (event) => event.type === 'transition' && console.error(event.to),
})

console.log(JSON.stringify(result, null, 2))
process.exitCode = result.outcome === 'failed' ? 1 : 0
