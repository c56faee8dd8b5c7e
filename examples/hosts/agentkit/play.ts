import { ViemWalletProvider } from '@coinbase/agentkit'
import { createWalletClient, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'
import type { Play } from '../play.ts'
import { agentWith } from './agent.ts'

export const asks = 'the toolkit'

// AgentKit reports every action to its maker, which cannot be switched off. Nothing leaves this check.
const { fetch } = globalThis
globalThis.fetch = async (input, init) =>
  new URL(input instanceof Request ? input.url : input).hostname === '127.0.0.1'
    ? fetch(input, init)
    : Response.json({})

export const play: Play = async (toolkit, { signer, rpcUrl }) => {
  const client = createWalletClient({
    account: privateKeyToAccount(signer as Hex),
    chain: base,
    transport: http(rpcUrl),
  })
  const kit = await agentWith(toolkit, new ViemWalletProvider(client as never))
  const actions = kit.getActions()
  return async ({ tool, args }) => {
    // AgentKit puts the name of the provider before that of the action.
    const action = actions.find(({ name }) => name.endsWith(tool))
    if (action === undefined) throw new Error(`There is no ${tool}.`)
    return JSON.parse(await action.invoke(args))
  }
}
