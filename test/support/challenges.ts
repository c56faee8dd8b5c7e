import type { Address } from '../../src/domain/addresses.ts'

/** A challenge in the form of EIP-4361, with the lines that Venice's guide has. */
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
