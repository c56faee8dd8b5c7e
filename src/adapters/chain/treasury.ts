import { encodeFunctionData, type Hex } from 'viem'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import { type Draft, maxCost } from '../../domain/attempt.ts'
import { type Fees, feesOf } from '../../domain/fees.ts'
import { keyOf, shortAgents } from '../../domain/sponsoring.ts'
import type { AccountKind, StakeSimulation } from '../../domain/wallet-state.ts'
import { WrongChainError } from '../../errors/chain/endpoints.ts'
import { NoContractError } from '../../errors/chain/staking-contract.ts'
import { ApproveWouldRevertError, ForeignTransactionError } from '../../errors/chain/transactions.ts'
import type { TreasuryRequest, TreasurySurvey } from '../../ports/chain.ts'
import { erc20Abi, stakingAbi } from './abi.ts'
import type { Reader } from './clients.ts'
import { simulate } from './drafts.ts'
import { ASSUMED_GAS, confirmRevert, type Estimate, estimateGas, withMargin } from './estimates.ts'
import { IMPLEMENTATION_SLOT } from './first-question.ts'
import { l1Fee, l1FeeCalls } from './l1-fee.ts'
import { poolNonce } from './nonces.ts'
import { implementationOf, requireKnownStaking } from './staking-form.ts'
import { kindOf } from './survey.ts'
import { suggestedTip } from './tip.ts'
import { allowanceOf, balanceOf, ethOf } from './uints.ts'

/** Balances in one call. A public endpoint that refuses bursts has accepted one multicall of 512 reads. */
const BALANCES_PER_CALL = 500

type Short = ReturnType<typeof shortAgents>[number]

/** See `TreasuryChain.surveyTreasury`. Three round trips: the block, the state at it, and the drafts. */
export async function surveyTreasury(
  reader: Reader,
  request: TreasuryRequest,
  { readAt, seen }: { readAt: string; seen: (head: { timestamp: number }) => void },
): Promise<TreasurySurvey> {
  const { client } = reader
  const { address, agents, inFlight, isFirst, beyond = 0n } = request
  reader.simulator.prepare()
  const [chainId, block] = await Promise.all([client.getChainId(), client.getBlock({ blockTag: 'latest' })])
  if (chainId !== BASE_CHAIN_ID) throw new WrongChainError(chainId)
  seen({ timestamp: Number(block.timestamp) })
  const { number: blockNumber } = block
  const found = await readState(reader, request, blockNumber)
  const { kind, nonce, pending, implementation, held, allowance, vvv, eth, tip } = found
  // Transactions mined since that block, or pending ones, have the nonces of the drafts.
  if (pending > nonce) throw new ForeignTransactionError(address, { mined: nonce, pending })

  const short = shortAgents(agents, held)
  const stake = short.reduce((total, { missing }) => total + missing, 0n)
  const fees = feesOf({ baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas: tip })
  const known = requireKnownStaking(reader, { account: address, implementation })
  const planning = { address, blockNumber, implementation, kind, nonce, fees, short, stake, beyond }
  const working = planFor(reader, { ...planning, allowance, inFlight, vvv })
  // If several reads fail, the unknown contract is the reason to report.
  working.catch(() => {})
  const [contracts, implementationHash] = await Promise.all([isFirst ? contractsAmong(reader, short) : [], known])
  const work = await working
  return {
    readAt,
    blockNumber: block.number.toString(),
    account: kind,
    eth: eth.toString(),
    vvv: vvv.toString(),
    allowance: allowance.toString(),
    implementation,
    implementationHash,
    ...(work.simulation !== null && { stakeSimulation: work.simulation }),
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

/** Reads all of it at one block, so that a nonce and its stake show together. */
async function readState(
  { client, uints, atBlock }: Reader,
  { address, agents, unproven }: TreasuryRequest,
  blockNumber: bigint,
) {
  const { vvv: token, staking } = ADDRESSES
  const wanted = [...agents.map((agent) => agent.address), ...unproven.flatMap(({ beneficiary }) => beneficiary ?? [])]
  const addresses = [...new Set(wanted.map(keyOf))]
  const calls = addresses.map((agent) => balanceOf(staking, agent))
  const chunks = Array.from({ length: Math.ceil(calls.length / BALANCES_PER_CALL) }, (_, index) =>
    atBlock(() => uints(calls.slice(index * BALANCES_PER_CALL, (index + 1) * BALANCES_PER_CALL), blockNumber)),
  )
  const [[vvv, allowance, eth], code, nonce, pending, slot, tip, ...balances] = await Promise.all([
    atBlock(() => uints([balanceOf(token, address), allowanceOf(address), ethOf(address)], blockNumber)),
    client.getCode({ address }),
    atBlock(() => client.getTransactionCount({ address, blockNumber })),
    poolNonce(client, address),
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
  blockNumber: bigint
  implementation: Address | null
  kind: AccountKind
  nonce: number
  fees: Fees
  short: readonly Short[]
  /** Total VVV for all agents that are short. */
  stake: bigint
  /** VVV for agents that are read later. */
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

interface Work {
  drafts: Draft[]
  feeCeiling: bigint
  /** Null if nothing is to be staked. */
  simulation: StakeSimulation | null
}

/**
 * Drafts the approve if it is missing, and as many stakes as may be in flight. Only the first is drafted if the account
 * may have only one in flight, and no stake if it cannot be simulated before its approve is mined. All stakes use the
 * gas of one for an agent without sVVV, because they do the same.
 */
async function planFor(reader: Reader, planning: Planning): Promise<Work> {
  const { address: account, kind, short, stake, beyond, allowance, vvv, fees, blockNumber } = planning
  if (short.length === 0 || kind === 'contract') return { drafts: [], feeCeiling: 0n, simulation: null }
  const needsApproval = allowance < stake
  const count = BigInt(short.length)
  const assumedGas = (needsApproval ? ASSUMED_GAS.approve : 0n) + count * ASSUMED_GAS.stake
  if (vvv < stake) return { drafts: [], feeCeiling: assumedGas * fees.maxFeePerGas, simulation: null }
  const approve: Call = {
    purpose: 'approve',
    to: ADDRESSES.vvv,
    data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [ADDRESSES.staking, stake + beyond] }),
    expected: stake + beyond,
  }
  const batch = short.slice(0, planning.inFlight)
  const [sample] = batch
  if (sample === undefined) return { drafts: [], feeCeiling: 0n, simulation: null }
  const estimated = [batch.find(({ sVvv }) => sVvv === 0n), ...batch.filter(({ sVvv }) => sVvv > 0n)].flatMap(
    (agent) => agent ?? [],
  )
  const unsigned = [approve, stakeCall(sample)].map(({ purpose, to, data }) => {
    return { chainId: BASE_CHAIN_ID, nonce: planning.nonce, fees, to, data, gas: ASSUMED_GAS[purpose] }
  })
  const simulating = simulate(reader, {
    account,
    blockNumber,
    approve: needsApproval ? approve.expected : null,
    stakes: batch.map(({ address: recipient, missing: amount }) => ({ recipient, amount })),
    implementation: planning.implementation,
  })
  const estimate = (call: Call) =>
    estimateGas(reader, { account, stake, blockNumber }, call, needsApproval && call.purpose === 'stake')
  const reading = Promise.all([
    needsApproval ? estimate(approve) : null,
    reader.atBlock(() => reader.uints(unsigned.flatMap(l1FeeCalls), blockNumber)),
    Promise.all(estimated.map((agent) => estimate(stakeCall(agent)))),
  ])
  // If several reads fail, the stake that is not credited is the reason to report.
  reading.catch(() => {})
  const simulation = await simulating
  const [approving, l1, staking] = await reading
  if (approving?.revert != null) throw new ApproveWouldRevertError(approving.revert.reason)
  const gasOfStake = async (agent: Short, { gas, revert }: Estimate): Promise<bigint | null> => {
    if (revert === null || needsApproval) return gas
    const request = { account, stake: agent.missing, blockNumber }
    return simulation === 'credited' ? ASSUMED_GAS.stake : confirmRevert(reader, request, stakeCall(agent))
  }
  const gasOf = new Map<Address | null, bigint | null>()
  for (const [index, agent] of estimated.entries()) {
    const found = staking[index]
    if (found) gasOf.set(agent.sVvv === 0n ? null : agent.address, await gasOfStake(agent, found))
  }
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
  if (approving !== null) add(approve, approving.gas, { amount: approve.expected.toString() })
  for (const agent of batch) {
    const known = gasOf.get(agent.sVvv === 0n ? null : agent.address) ?? null
    const { address: beneficiary, missing } = agent
    add(stakeCall(agent), known, { purpose: 'sponsor', beneficiary, amount: missing.toString() })
  }
  return { drafts, feeCeiling: feeCeiling + (count - BigInt(batch.length)) * dearest, simulation }
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
