import type { CdpClient } from '@coinbase/cdp-sdk'
import { type OnboardOptions, onboard } from 'venice-onboard'

/** The key stays with CDP, whose policies may refuse what is to be signed. */
export const onboardAccount = async (cdp: CdpClient, name: string, options: Omit<OnboardOptions, 'signer'>) =>
  onboard({ ...options, signer: await cdp.evm.getOrCreateAccount({ name }) })
