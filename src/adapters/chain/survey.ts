import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { feesOf } from '../../domain/fees.ts'
import { missingStake } from '../../domain/plan.ts'
import type { AccountKind, Position } from '../../domain/position.ts'
import { ForeignTransactionError, NoContractError, RpcError, WrongChainError } from '../../errors/chain.ts'
import type { SurveyRequest } from '../../ports/chain.ts'
import type { Reader } from './clients.ts'
import { assumedFees, draftTransactions } from './drafts.ts'
import { readNonces } from './nonces.ts'
import { IMPLEMENTATION_SLOT, implementationOf, requireTwoArgumentStake } from './staking-form.ts'
import { suggestedTip } from './tip.ts'
import { allowanceOf, balanceOf, ethOf } from './uints.ts'

/** Code of a delegated account: this and 20 bytes. @see https://eips.ethereum.org/EIPS/eip-7702 */
const DELEGATION_PREFIX = '0xef0100'

/** See `Chain.survey`. `seen` is told of the head. Two round trips: what there is, then what can be done with it. */
export async function survey(
  reader: Reader,
  { address, stakeAmount, open }: SurveyRequest,
  { readAt, seen }: { readAt: string; seen: (head: { timestamp: number }) => void },
): Promise<Position> {
  const found = await readWallet(reader, address)
  seen(found)
  const mayBePending = found.mined + open.length
  if (found.pending > mayBePending)
    throw new ForeignTransactionError(address, { mined: found.mined, pending: found.pending })

  const stake = missingStake(stakeAmount, found.sVvv)
  const form = requireTwoArgumentStake(reader.client, { account: address, implementation: found.implementation })
  const drafting = plan(reader, { address, stake, ...found })
  const agreement = stake === 0n ? Promise.resolve() : requireOneBlock(reader, { address, ...found })
  // Whatever else fails, a contract that is not recognised is the reason to name.
  for (const later of [drafting, agreement]) later.catch(() => {})
  await form
  const [work] = await Promise.all([drafting, agreement])
  return {
    readAt,
    blockNumber: found.blockNumber.toString(),
    account: found.kind,
    eth: found.eth.toString(),
    vvv: found.vvv.toString(),
    sVvv: found.sVvv.toString(),
    allowance: found.allowance.toString(),
    implementation: found.implementation,
    drafts: work.drafts,
    feeCeiling: work.feeCeiling.toString(),
  }
}

/**
 * Behind one URL, nonce and balances may come from nodes that are not at the same block. A stake drafted from a nonce of
 * now and balances of before would follow one that is mined already. So what drafts are made from is read once more, all
 * of it at one block: then whatever is mined since has used up the nonces of the drafts.
 */
async function requireOneBlock(
  { client, uints }: Reader,
  { address, mined, sVvv, allowance, blockNumber }: Wallet & { address: Address },
): Promise<void> {
  const [nonce, amounts] = await Promise.all([
    client.getTransactionCount({ address, blockNumber }),
    uints([balanceOf(ADDRESSES.staking, address), allowanceOf(address)], blockNumber),
  ])
  const atBlock = [nonce, ...amounts]
  const isSame = [mined, sVvv, allowance].every((value, index) => value === atBlock[index])
  if (!isSame) throw new RpcError(`its nodes do not agree on the wallet at block ${blockNumber}.`)
}

export type Wallet = Awaited<ReturnType<typeof readWallet>>

/** What `survey` looks at, as the endpoint shows it, and what is pending; not all of one block. One round trip. */
export async function readWallet({ client, uints }: Reader, address: Address) {
  const { vvv: token, staking } = ADDRESSES
  const amounts = uints([balanceOf(token, address), balanceOf(staking, address), allowanceOf(address), ethOf(address)])
  const rest = Promise.all([
    client.getCode({ address }),
    readNonces(client, address),
    client.getStorageAt({ address: staking, slot: IMPLEMENTATION_SLOT }),
    client.getBlock({ blockTag: 'latest' }),
    suggestedTip(client),
  ])
  // Whatever else fails, a wrong chain or a missing contract is the reason to name.
  for (const later of [amounts, rest]) later.catch(() => {})

  const chainId = await client.getChainId()
  if (chainId !== BASE_CHAIN_ID) throw new WrongChainError(chainId)
  const [vvv, sVvv, allowance, eth] = await amounts
  if (vvv == null || allowance == null) throw new NoContractError('the VVV token', token)
  if (sVvv == null) throw new NoContractError('Venice’s staking contract', staking)
  const [code, { mined, pending }, slot, block, maxPriorityFeePerGas] = await rest
  return {
    kind: kindOf(code),
    implementation: implementationOf(slot),
    eth: eth ?? (await client.getBalance({ address })),
    vvv,
    sVvv,
    allowance,
    mined,
    pending,
    blockNumber: block.number,
    timestamp: Number(block.timestamp),
    fees: feesOf({ baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas }),
  }
}

export function kindOf(code: string | undefined): AccountKind {
  if (code === undefined || code === '0x') return 'eoa'
  return code.startsWith(DELEGATION_PREFIX) ? 'delegated' : 'contract'
}

/** Drafts nothing for a wallet that needs nothing, or that cannot go on before it is funded. */
async function plan(
  reader: Reader,
  {
    address,
    stake,
    vvv,
    sVvv,
    allowance,
    kind,
    pending,
    blockNumber,
    fees,
  }: Wallet & { address: Address; stake: bigint },
): Promise<{ drafts: Draft[]; feeCeiling: bigint }> {
  if (stake === 0n || kind === 'contract') return { drafts: [], feeCeiling: 0n }
  if (vvv < stake) return { drafts: [], feeCeiling: assumedFees(fees) }
  return draftTransactions(reader, {
    chainId: BASE_CHAIN_ID,
    account: address,
    kind,
    blockNumber,
    nonce: pending,
    fees,
    stake,
    allowance,
    sVvv,
  })
}
