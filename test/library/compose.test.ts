import { describe, expect, test } from 'vitest'
import { assign, createActor, setup, toPromise } from 'xstate'
import { createMachineParts, type OnboardingOutput, onboardingMachine, type Progress } from '../../src/core.ts'
import { useTestSandbox } from './lab.ts'

const lab = useTestSandbox()

interface AgentContext {
  awaited: string[]
  states: unknown[]
  outcome: OnboardingOutput['outcome'] | null
  failure: OnboardingOutput['failure']
}

describe('the machine as a child of another', () => {
  test('reports to its parent its waits, its state and its end', async () => {
    const { wallet, options } = await lab.begin()
    const { actors, input, release } = await createMachineParts({ ...options, signer: wallet.privateKey }, (progress) =>
      agent.send({ type: 'venice.progress', progress }),
    )
    const agentMachine = setup({
      types: {
        context: {} as AgentContext,
        events: {} as { type: 'venice.progress'; progress: Progress },
        output: {} as AgentContext,
      },
      actors: { onboarding: onboardingMachine.provide({ actors }) },
    }).createMachine({
      context: { awaited: [], states: [], outcome: null, failure: null },
      initial: 'onboarding',
      on: {
        'venice.progress': {
          actions: assign({ awaited: ({ context, event }) => [...context.awaited, event.progress.awaits] }),
        },
      },
      states: {
        onboarding: {
          invoke: {
            src: 'onboarding',
            input,
            onSnapshot: {
              actions: assign({ states: ({ context, event }) => [...context.states, event.snapshot.value] }),
            },
            onDone: {
              target: 'working',
              actions: assign({
                outcome: ({ event }) => event.output.outcome,
                failure: ({ event }) => event.output.failure,
              }),
            },
          },
        },
        working: { type: 'final' },
      },
      output: ({ context }) => context,
    })
    const agent = createActor(agentMachine)
    agent.start()
    const { awaited, states, outcome, failure } = await toPromise(agent)
    await release()
    expect(failure).toBeNull()
    expect(outcome).toBe('unfunded')
    expect(new Set(awaited)).toEqual(new Set(['rpc', 'signer', 'venice', 'disk']))
    expect(states).toContainEqual({ mint: 'post' })
    expect(lab.sandbox.keys(wallet.address)).toHaveLength(1)
  })
})
