import { onTestFinished } from 'vitest'
import { createTools, type Tool, type Toolkit, type ToolOptions, type ToolResult } from '../../src/index.ts'
import type { TestFunds } from '../../src/sandbox/testing.ts'
import { type Place, useTestSandbox } from '../library/lab.ts'

/** The options of a host that trusts its model with small amounts. */
export const CAPS = { maxVvv: '60', maxGasEth: '0.01', maxUsd: '20' }

export interface Agent extends Place, Toolkit {
  call(name: string, args?: object, io?: Parameters<Tool['execute']>[1]): Promise<ToolResult>
  /** Calls `venice_status` until the run has ended. */
  settle(): Promise<ToolResult>
  /** Plans, and starts the plan. */
  start(args?: object): Promise<ToolResult>
}

/** A sandbox with agents that have a wallet each. */
export function useAgents() {
  const lab = useTestSandbox()
  return {
    get sandbox() {
      return lab.sandbox
    },
    async begin(options: Partial<ToolOptions> = {}, funds?: TestFunds): Promise<Agent> {
      const place = await lab.begin({ eth: '0.01', vvv: '10', ...funds })
      return agentAt(place, options)
    },
    /** The same, when the toolkit itself can ask nobody. */
    async beginUnasked(options: Partial<ToolOptions> = {}, funds?: TestFunds): Promise<Agent> {
      const place = await lab.begin({ eth: '0.01', vvv: '10', ...funds })
      return agentAt(place, options, {})
    },
    /** Stands for another process on the same wallet and folder. */
    again: (place: Place, options: Partial<ToolOptions> = {}) => agentAt(place, options),
  }
}

/** The host's person, who approves everything. */
const YES = { confirm: () => true }

function agentAt(place: Place, options: Partial<ToolOptions>, asks: Pick<ToolOptions, 'confirm'> = YES): Agent {
  const trusting = { budget: CAPS, allowAdminKeys: true, ...asks }
  const toolkit = createTools({ ...place.options, signer: place.wallet.privateKey, ...trusting, ...options })
  onTestFinished(() => toolkit.close())
  const call: Agent['call'] = (name, args = {}, io) => {
    const tool = toolkit.tools.find((candidate) => candidate.name === name)
    if (tool === undefined) throw new Error(`There is no tool ${name}.`)
    return tool.execute(args, io)
  }
  return {
    ...place,
    ...toolkit,
    call,
    async settle() {
      for (;;) {
        const answer = await call('venice_status', { waitSeconds: 20 })
        if (answer.data?.phase !== 'running') return answer
      }
    },
    async start(args = {}) {
      const { data } = await call('venice_plan', args)
      return call('venice_start', { ...args, planDigest: data?.planDigest })
    },
  }
}
