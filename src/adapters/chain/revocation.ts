import { encodeFunctionData } from 'viem'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Revocation } from '../../ports/chain.ts'
import { erc20Abi } from './abi.ts'
import type { Reader } from './clients.ts'
import { ASSUMED_GAS, estimateAt, withMargin } from './estimates.ts'
import { l1Fee, l1FeeCalls } from './l1-fee.ts'
import { readWallet, settle } from './survey.ts'

const REVOKE = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [ADDRESSES.staking, 0n] })

/** See `Chain.revocation`. Two round trips: the allowance, then the draft that sets it to 0, at one block. */
export async function revocation(reader: Reader, address: Address): Promise<Revocation> {
  const first = await readWallet(reader, address)
  const { blockNumber, fees } = first
  const call = { to: ADDRESSES.vvv, data: REVOKE }
  const unsigned = { chainId: BASE_CHAIN_ID, nonce: 0, fees, ...call, gas: ASSUMED_GAS.approve }
  const [{ wallet, nonce }, estimate, l1] = await Promise.all([
    settle(reader, { address, open: [] }, first),
    estimateAt(reader, { account: address, ...call }, blockNumber),
    reader.atBlock(() => reader.uints(l1FeeCalls(unsigned), blockNumber)),
  ])
  const { allowance, eth } = wallet
  if (allowance === 0n) return { allowance, eth, draft: null }
  return {
    allowance,
    eth,
    draft: {
      purpose: 'revoke',
      chainId: BASE_CHAIN_ID,
      from: address,
      ...call,
      nonce,
      gas: withMargin('revoke', estimate).toString(),
      maxFeePerGas: fees.maxFeePerGas.toString(),
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
      l1Fee: l1Fee(l1).toString(),
      amount: '0',
      expected: '0',
    },
  }
}
