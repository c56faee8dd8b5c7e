import { type AgentKitWalletProvider, onboard } from 'venice-onboard'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '' } = process.env

/** @param signer - `await CdpEvmWalletProvider.configureWithWallet(…)`, or another provider of AgentKit. */
export async function onboardAgentKit(signer: AgentKitWalletProvider): Promise<string> {
  const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
  return outcome
}
