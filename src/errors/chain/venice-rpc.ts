import { say, setting } from '../../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from '../base.ts'

/**
 * Venice's RPC must be paid in advance, and neither the stored key nor the wallet has a balance.
 * @see https://docs.venice.ai/guides/integrations/crypto-rpc-agents (2026-08)
 */
export class VeniceRpcUnfundedError extends OnboardingError {
  override readonly name = 'VeniceRpcUnfundedError'
  readonly code = 'chain/venice-rpc-unfunded'
  readonly recovery = 'fund'
  readonly exit = 'funds'
  readonly hint =
    say`Name another endpoint first, e.g. ${setting('rpcUrl', 'https://mainnet.base.org')} ${setting('rpcUrl', 'venice')}; or top up the wallet with USDC at Venice (x402, at least $5).`

  constructor(options: ErrorOptions = {}) {
    super('Venice relays RPC calls only for accounts with a balance, and there is none yet. Nothing was sent.', options)
  }
}

/** Venice's RPC is selected, but there is no credential to sign in with. */
export class VeniceRpcCredentialError extends OnboardingError {
  override readonly name = 'VeniceRpcCredentialError'
  readonly code = 'chain/venice-rpc-no-credential'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = say`Give the key of the wallet to sign in with, or name another endpoint with ${setting('rpcUrl')}.`

  constructor(options: ErrorOptions = {}) {
    super('Venice’s endpoint needs a readable stored API key, or the wallet to sign in.', options)
  }
}
