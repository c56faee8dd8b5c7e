import { AgentKit, customActionProvider, type WalletProvider } from '@coinbase/agentkit'
import type { Toolkit } from 'venice-onboard'
import { agentKitActions } from 'venice-onboard/agentkit'

/** AgentKit asks nobody: the toolkit has `confirm`, or a plan that was approved. */
export const agentWith = (toolkit: Toolkit, walletProvider: WalletProvider) =>
  AgentKit.from({ walletProvider, actionProviders: [customActionProvider(agentKitActions(toolkit))] })
