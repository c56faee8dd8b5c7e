import { createMachineParts, onboardingMachine } from 'venice-onboard'
import { assign, createActor, setup, toPromise } from 'xstate'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const { actors, input } = await createMachineParts(
  { signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' },
  ({ awaits }) => agent.send({ type: 'waits', awaits }),
)
const agent = createActor(
  setup({
    types: { context: {} as { outcome: string }, events: {} as { type: 'waits'; awaits: string } },
    actors: { onboarding: onboardingMachine.provide({ actors }) },
  }).createMachine({
    context: { outcome: 'none yet' },
    on: { waits: { actions: ({ event }) => console.log('waits for', event.awaits) } },
    initial: 'onboarding',
    states: {
      onboarding: {
        invoke: {
          src: 'onboarding',
          input,
          onDone: { target: 'working', actions: assign({ outcome: ({ event }) => event.output.outcome }) },
        },
      },
      working: { type: 'final' },
    },
    output: ({ context }) => context.outcome,
  }),
)
// Not before `agent` is there: the first actor tells at once what it waits for.
agent.start()
console.log(await toPromise(agent))
