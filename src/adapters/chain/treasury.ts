import { encodeFunctionData, type Hex } from 'viem'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import { type Draft, maxCost } from '../../domain/attempt.ts'
import { type Fees, feesOf } from '../../domain/fees.ts'
import type { AccountKind } from '../../domain/position.ts'
import { keyOf, shortAgents } from '../../domain/sponsoring.ts'
import { ForeignTransactionError, NoContractError, WrongChainError } from '../../errors/chain.ts'
import type { TreasuryRequest, TreasurySurvey } from '../../ports/chain.ts'
import { erc20Abi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import { ASSUMED_GAS, estimateGas, withMargin } from './drafts.ts'
import { l1Fee, l1FeeCalls } from './l1-fee.ts'
import { nextNonce } from './nonces.ts'
import { IMPLEMENTATION_SLOT, implementationOf, requireTwoArgumentStake } from './staking-form.ts'
import { kindOf } from './survey.ts'
import { suggestedTip } from './tip.ts'
import { allowanceOf, balanceOf, ethOf } from './uints.ts'

/** Balances in one call. One multicall of 512 reads has passed a public endpoint that refuses bursts. */
const BALANCES_PER_CALL = 500

type Short = ReturnType<typeof shortAgents>[number]

/** See `TreasuryChain.surveyTreasury`. Three round trips: the block, what there is at it, what can be done with that. */
export async function surveyTreasury(
  reader: Reader,
  request: TreasuryRequest,
  { readAt, seen }: { readAt: string; seen: (head: { timestamp: number }) => void },
): Promise<TreasurySurvey> {
  const { client } = reader
  const { address, agents, inFlight, isFirst, beyond = 0n } = request
  const [chainId, block] = await Promise.all([client.getChainId(), client.getBlock({ blockTag: 'latest' })])
  if (chainId !== BASE_CHAIN_ID) throw new WrongChainError(chainId)
  seen({ timestamp: Number(block.timestamp) })
  const found = await readState(reader, request, block.number)
  const { kind, nonce, pending, implementation, held, allowance, vvv, eth, tip } = found
  // What is mined since that block, or waits, has the nonces that the drafts would have.
  if (pending > nonce) throw new ForeignTransactionError(address, { mined: nonce, pending })

  const short = shortAgents(agents, held)
  const stake = short.reduce((total, { missing }) => total + missing, 0n)
  const fees = feesOf({ baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas: tip })
  const [contracts, work] = await Promise.all([
    isFirst ? contractsAmong(reader, short) : [],
    planFor(reader, { address, kind, nonce, fees, short, stake, beyond, allowance, inFlight, vvv }),
    requireTwoArgumentStake(client, { account: address, implementation }),
  ])
  return {
    readAt,
    blockNumber: block.number.toString(),
    account: kind,
    eth: eth.toString(),
    vvv: vvv.toString(),
    allowance: allowance.toString(),
    implementation,
    drafts: work.drafts,
    feeCeiling: work.feeCeiling.toString(),
    nonce,
    short: short.length,
    stake: stake.toString(),
    covered: coveredAmong(agents, short),
    holdings: Object.fromEntries([...held].map(([agent, sVvv]) => [agent, sVvv.toString()])),
    contracts,
  }
}

function coveredAmong(agents: TreasuryRequest['agents'], short: readonly Short[]): Address[] {
  const lacking = new Set(short.map(({ address }) => keyOf(address)))
  return agents.map(({ address }) => keyOf(address)).filter((agent) => !lacking.has(agent))
}

/** All of it at one block, so that a nonce and what was staked under it show together. */
async function readState(
  { client, uints }: Reader,
  { address, agents, unproven }: TreasuryRequest,
  blockNumber: bigint,
) {
  const { vvv: token, staking } = ADDRESSES
  const wanted = [...agents.map((agent) => agent.address), ...unproven.flatMap(({ beneficiary }) => beneficiary ?? [])]
  const addresses = [...new Set(wanted.map(keyOf))]
  const calls = addresses.map((agent) => balanceOf(staking, agent))
  const chunks = Array.from({ length: Math.ceil(calls.length / BALANCES_PER_CALL) }, (_, index) =>
    uints(calls.slice(index * BALANCES_PER_CALL, (index + 1) * BALANCES_PER_CALL), blockNumber),
  )
  const [[vvv, allowance, eth], code, nonce, pending, slot, tip, ...balances] = await Promise.all([
    uints([balanceOf(token, address), allowanceOf(address), ethOf(address)], blockNumber),
    client.getCode({ address }),
    client.getTransactionCount({ address, blockNumber }),
    nextNonce(client, address),
    client.getStorageAt({ address: staking, slot: IMPLEMENTATION_SLOT }),
    suggestedTip(client),
    ...chunks,
  ])
  if (vvv == null || allowance == null) throw new NoContractError('the VVV token', token)
  const amounts = balances.flat()
  const held = new Map<Address, bigint>()
  addresses.forEach((agent, index) => {
    const sVvv = amounts[index]
    if (sVvv == null) throw new NoContractError('Venice’s staking contract', staking)
    held.set(agent, sVvv)
  })
  return {
    kind: kindOf(code),
    implementation: implementationOf(slot),
    eth: eth ?? (await client.getBalance({ address, blockNumber })),
    vvv,
    allowance,
    nonce,
    pending,
    held,
    tip,
  }
}

async function contractsAmong({ client }: Reader, agents: readonly Short[]): Promise<Address[]> {
  const codes = await Promise.all(agents.map(({ address }) => client.getCode({ address })))
  return agents.flatMap(({ address }, index) => (kindOf(codes[index]) === 'contract' ? [address] : []))
}

interface Planning {
  address: Address
  kind: AccountKind
  nonce: number
  fees: Fees
  short: readonly Short[]
  /** Of all that are short. */
  stake: bigint
  /** Of agents that are looked at later. */
  beyond: bigint
  allowance: bigint
  inFlight: number
  vvv: bigint
}

interface Call {
  purpose: 'approve' | 'stake'
  to: Address
  data: Hex
  expected: bigint
}

const stakeCall = ({ address, sVvv, missing }: Short): Call => ({
  purpose: 'stake',
  to: ADDRESSES.staking,
  data: encodeFunctionData({ abi: stakingAbi, functionName: 'stake', args: [address, missing] }),
  expected: sVvv + missing,
})

/**
 * Drafts the approve, where it is missing, and stakes, as many as may be in flight: only the first where an account may
 * have one alone, and no stake where it cannot be simulated before its approve is mined. Of agents without sVVV one is
 * simulated for all: their stakes do the same.
 */
async function planFor(reader: Reader, planning: Planning): Promise<{ drafts: Draft[]; feeCeiling: bigint }> {
  const { address: account, kind, short, stake, beyond, allowance, vvv, fees } = planning
  if (short.length === 0 || kind === 'contract') return { drafts: [], feeCeiling: 0n }
  const needsApproval = allowance < stake
  const count = BigInt(short.length)
  if (vvv < stake) {
    const gas = (needsApproval ? ASSUMED_GAS.approve : 0n) + count * ASSUMED_GAS.stake
    return { drafts: [], feeCeiling: gas * fees.maxFeePerGas }
  }
  const { client, uints } = reader
  const approve: Call = {
    purpose: 'approve',
    to: ADDRESSES.vvv,
    data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [ADDRESSES.staking, stake + beyond] }),
    expected: stake + beyond,
  }
  const batch = short.slice(0, planning.inFlight)
  const [sample] = batch
  if (sample === undefined) return { drafts: [], feeCeiling: 0n }
  const estimated = [batch.find(({ sVvv }) => sVvv === 0n), ...batch.filter(({ sVvv }) => sVvv > 0n)].flatMap(
    (agent) => agent ?? [],
  )
  const unsigned = [approve, stakeCall(sample)].map(({ purpose, to, data }) => {
    return { chainId: BASE_CHAIN_ID, nonce: planning.nonce, fees, to, data, gas: ASSUMED_GAS[purpose] }
  })
  const estimate = (call: Call) => estimateGas(client, { account, stake }, call, needsApproval)
  const [approveGas, l1, ...stakeGas] = await Promise.all([
    needsApproval ? estimate(approve) : null,
    uints(unsigned.flatMap(l1FeeCalls)),
    ...estimated.map((agent) => estimate(stakeCall(agent))),
  ])
  const gasOf = new Map(estimated.map((agent, index) => [agent.sVvv === 0n ? null : agent.address, stakeGas[index]]))
  const l1Fees = [l1Fee(l1.slice(0, 2)), l1Fee(l1.slice(2, 4))] as const

  const drafts: Draft[] = []
  let feeCeiling = 0n
  let dearest = 0n
  const add = (call: Call, known: bigint | null, changes: Partial<Draft>) => {
    const draft = toDraft(planning, call, {
      ...changes,
      nonce: planning.nonce + drafts.length,
      gas: (known === null ? ASSUMED_GAS[call.purpose] : withMargin(call.purpose, known)).toString(),
      l1Fee: l1Fees[call.purpose === 'approve' ? 0 : 1].toString(),
    })
    feeCeiling += maxCost(draft)
    if (call.purpose === 'stake') dearest = max(dearest, maxCost(draft))
    if (known !== null && (drafts.length === 0 || kind === 'eoa')) drafts.push(draft)
  }
  if (needsApproval) add(approve, approveGas, { amount: approve.expected.toString() })
  for (const agent of batch) {
    const known = gasOf.get(agent.sVvv === 0n ? null : agent.address) ?? null
    const { address: beneficiary, missing } = agent
    add(stakeCall(agent), known, { purpose: 'sponsor', beneficiary, amount: missing.toString() })
  }
  return { drafts, feeCeiling: feeCeiling + (count - BigInt(batch.length)) * dearest }
}

function toDraft(
  { address: from, fees }: Planning,
  { purpose, to, data, expected }: Call,
  changes: Partial<Draft>,
): Draft {
  return {
    purpose,
    chainId: BASE_CHAIN_ID,
    from,
    to,
    data,
    nonce: 0,
    gas: '0',
    maxFeePerGas: fees.maxFeePerGas.toString(),
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
    l1Fee: '0',
    amount: '0',
    expected: expected.toString(),
    ...changes,
  }
}
