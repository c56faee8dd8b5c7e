import { createSiweMessage } from 'viem/siwe'
import type { Address } from '../../src/domain/addresses.ts'

/** A challenge in the form of EIP-4361, with the lines of Venice's guide. */
export const siweText = (address: Address, nonce: string): string =>
  [
    'api.venice.ai wants you to sign in with your Ethereum account:',
    address,
    '',
    'Authorize Venice API key creation.',
    '',
    'URI: https://api.venice.ai/api/v1/api_keys/generate_web3_key',
    'Version: 1',
    'Chain ID: 8453',
    `Nonce: ${nonce}`,
    'Issued At: 2026-11-23T10:00:00.000Z',
    'Resources:',
    '- urn:venice:api-key:create',
  ].join('\n')

/** A challenge as Venice sends it: with an expiration, a quarter of an hour after `issuedMs`. */
export const expiringSiweText = (address: Address, issuedMs: number): string =>
  createSiweMessage({
    domain: 'api.venice.ai',
    address,
    statement: 'Authorize Venice API key creation.',
    uri: 'https://api.venice.ai/api/v1/api_keys/generate_web3_key',
    version: '1',
    chainId: 8453,
    nonce: 'a1'.repeat(16),
    issuedAt: new Date(issuedMs),
    expirationTime: new Date(issuedMs + 900_000),
    resources: ['urn:venice:api-key:create'],
  })
