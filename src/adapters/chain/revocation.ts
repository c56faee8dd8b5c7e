import { encodeFunctionData } from 'viem'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { feesOf } from '../../domain/fees.ts'
import { ForeignTransactionError, WrongChainError } from '../../errors/chain.ts'
import type { Revocation } from '../../ports/chain.ts'
import { erc20Abi } from './abi.ts'
import type { Reader } from './clients.ts'
import { withMargin } from './drafts.ts'
import { l1Fee, l1FeeCalls } from './l1-fee.ts'
import { market } from './market.ts'

const REVOKE = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [ADDRESSES.staking, 0n] })

/** See `Chain.revocation`. Two round trips: what there is, then what it takes to end it. */
export async function revocation({ client, uints }: Reader, address: Address): Promise<Revocation> {
  const [chainId, allowance, eth, now] = await Promise.all([
    client.getChainId(),
    client.readContract({
      address: ADDRESSES.vvv,
      abi: erc20Abi,
      functionName: 'allowance',
      args: [address, ADDRESSES.staking],
    }),
    client.getBalance({ address }),
    market(client, address),
  ])
  if (chainId !== BASE_CHAIN_ID) throw new WrongChainError(chainId)
  const { nonce, pendingNonce } = now
  if (pendingNonce > nonce) throw new ForeignTransactionError(address, { mined: nonce, pending: pendingNonce })
  if (allowance === 0n) return { allowance, eth, draft: null }
  const fees = feesOf(now)
  const call = { to: ADDRESSES.vvv, data: REVOKE }
  const estimate = await client.estimateGas({ account: address, ...call })
  const gas = withMargin('revoke', estimate)
  const l1 = l1Fee(await uints(l1FeeCalls({ chainId, nonce, fees, ...call, gas })))
  return {
    allowance,
    eth,
    draft: {
      purpose: 'revoke',
      chainId,
      from: address,
      ...call,
      nonce,
      gas: gas.toString(),
      maxFeePerGas: fees.maxFeePerGas.toString(),
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
      l1Fee: l1.toString(),
      amount: '0',
      expected: '0',
    },
  }
}
