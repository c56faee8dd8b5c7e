import { createMachineParts } from 'venice-onboard/core'
import { createActor, setup, toPromise } from 'xstate'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const wallet = { signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' }
const { machine, input, release } = await createMachineParts(wallet)
const agent = setup({ actors: { onboarding: machine } }).createMachine({
  initial: 'onboarding',
  states: {
    onboarding: { invoke: { src: 'onboarding', input, onDone: 'working' } },
    working: { type: 'final', output: ({ event }) => event.output.outcome },
  },
  output: ({ event }) => event.output,
})
console.log(await toPromise(createActor(agent).start()))
await release()
