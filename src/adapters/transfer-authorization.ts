import { type Payment, USDC_DOMAIN } from '../domain/payment.ts'

const TYPES = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const

/**
 * `payment` as the EIP-712 typed data that its payer signs and USDC checks. The same payment always gives the same
 * data.
 *
 * @see https://eips.ethereum.org/EIPS/eip-3009 (checked 2026-11-22)
 */
export const transferAuthorization = ({
  asset,
  chainId,
  from,
  to,
  value,
  validAfter,
  validBefore,
  nonce,
}: Payment) => ({
  domain: { ...USDC_DOMAIN, chainId, verifyingContract: asset },
  types: TYPES,
  primaryType: 'TransferWithAuthorization' as const,
  message: {
    from,
    to,
    value: BigInt(value),
    validAfter: BigInt(validAfter),
    validBefore: BigInt(validBefore),
    nonce,
  },
})
