import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Attempt, Draft } from '../../domain/attempt.ts'
import { feesOf, replacingFees } from '../../domain/fees.ts'
import { missingStake } from '../../domain/plan.ts'
import type { AccountKind, StakeSimulation, WalletState } from '../../domain/wallet-state.ts'
import { NodeBehindError, WrongChainError } from '../../errors/chain/endpoints.ts'
import { NoContractError } from '../../errors/chain/staking-contract.ts'
import { ForeignTransactionError } from '../../errors/chain/transactions.ts'
import type { SurveyRequest } from '../../ports/chain.ts'
import type { Reader } from './clients.ts'
import { delegateIn } from './delegation.ts'
import { draftTransactions, simulate } from './drafts.ts'
import { assumedFees } from './estimates.ts'
import { IMPLEMENTATION_SLOT } from './first-question.ts'
import { poolNonce } from './nonces.ts'
import { implementationOf, requireKnownStaking } from './staking-form.ts'
import { suggestedTip } from './tip.ts'
import { allowanceOf, balanceOf, ethOf, type UintCall } from './uints.ts'

/** See `Chain.survey`. Two round trips: the state, then the drafts, at one block. */
export async function survey(
  reader: Reader,
  { address, stakeAmount, open, leastNonce, whileWaiting }: SurveyRequest,
  { readAt, seen }: { readAt: string; seen: (head: { timestamp: number }) => void },
): Promise<WalletState> {
  const first = await readWallet(reader, address)
  seen(first)
  const planFor = (wallet: Wallet) =>
    plan(reader, { ...wallet, address, stake: missingStake(stakeAmount, wallet.sVvv), open })
  const code = requireKnownStaking(reader, { account: address, ...first })
  const settling = settle(reader, { address, open, leastNonce }, first)
  // Nodes mostly agree, and then this is the last round trip.
  const early = planFor(first)
  for (const later of [settling, early]) later.catch(() => {})
  // Requests are sent at the end of this turn, and written in the next ones.
  if (whileWaiting !== undefined) setTimeout(() => setImmediate(() => setImmediate(whileWaiting)), 0)
  // If several reads fail, the unknown contract is the reason to report.
  const implementationHash = await code
  const { wallet, nonce, isSame } = await settling
  const { drafts, feeCeiling, simulation } = await (isSame ? early : planFor(wallet))
  return {
    ...walletStateOf(wallet, { readAt, implementationHash, simulation }),
    drafts: drafts.map((draft) => ({ ...draft, nonce: draft.nonce + nonce })),
    feeCeiling: feeCeiling.toString(),
  }
}

/** The fields that every read of a wallet has. */
export const walletStateOf = (
  wallet: Wallet,
  { simulation, ...read }: Pick<WalletState, 'readAt' | 'implementationHash'> & { simulation: Step['simulation'] },
): Omit<WalletState, 'drafts' | 'feeCeiling'> => ({
  ...read,
  blockNumber: wallet.blockNumber.toString(),
  account: wallet.kind,
  ...(wallet.delegate !== null && { delegate: wallet.delegate }),
  eth: wallet.eth.toString(),
  vvv: wallet.vvv.toString(),
  sVvv: wallet.sVvv.toString(),
  allowance: wallet.allowance.toString(),
  implementation: wallet.implementation,
  ...(simulation !== null && { stakeSimulation: simulation }),
})

/** What to sign next. Nonces of drafts count from 0, the wallet's next one. */
export interface Step {
  drafts: readonly Draft[]
  feeCeiling: bigint
  /** Null if nothing is to be staked. */
  simulation: StakeSimulation | null
}

/**
 * The basis of drafts, all at one block that the answering node has. A transaction mined since then has used the nonces
 * of the drafts. The earlier reads may be of several blocks, because several nodes may answer at one URL.
 *
 * @throws {NodeBehindError} this block lacks a mined transaction of the wallet.
 * @throws {ForeignTransactionError} more transactions are pending than our open ones.
 */
export async function settle(
  { client, uints, atBlock }: Reader,
  { address, mintAs, open, leastNonce = 0 }: Pick<SurveyRequest, 'address' | 'mintAs' | 'open' | 'leastNonce'>,
  first: Wallet,
): Promise<{ wallet: Wallet; nonce: number; isSame: boolean }> {
  const { blockNumber, pending } = first
  const [nonce, amounts] = await Promise.all([
    atBlock(() => client.getTransactionCount({ address, blockNumber })),
    atBlock(() => uints(walletCalls(address, mintAs), blockNumber)),
  ])
  if (nonce < leastNonce)
    throw new NodeBehindError(`block ${blockNumber} shows nonce ${nonce}, and ${leastNonce - 1} is mined.`)
  if (pending > nonce + open.length) throw new ForeignTransactionError(address, { mined: nonce, pending })
  const wallet = { ...first, ...amountsOf(amounts, first.eth) }
  const isSame = (['vvv', 'sVvv', 'allowance'] as const).every((name) => wallet[name] === first[name])
  return { wallet, nonce, isSame }
}

const walletCalls = (address: Address, holder: Address = address): UintCall[] => [
  balanceOf(ADDRESSES.vvv, address),
  balanceOf(ADDRESSES.staking, holder),
  allowanceOf(address),
  ethOf(address),
]

/** @throws {NoContractError} */
function amountsOf([vvv, sVvv, allowance, eth]: readonly (bigint | null)[], otherwise: bigint | null) {
  if (vvv == null || allowance == null) throw new NoContractError('the VVV token', ADDRESSES.vvv)
  if (sVvv == null) throw new NoContractError('Venice’s staking contract', ADDRESSES.staking)
  return { vvv, sVvv, allowance, eth: eth ?? otherwise ?? 0n }
}

export type Wallet = Awaited<ReturnType<typeof readWallet>>

/**
 * The wallet as the endpoint shows it, perhaps from several blocks. One round trip.
 *
 * @param mintAs - the address whose sVVV counts. Default: the wallet itself.
 */
export async function readWallet({ client, uints, simulator }: Reader, address: Address, mintAs?: Address) {
  simulator.prepare()
  const amounts = uints(walletCalls(address, mintAs))
  const rest = Promise.all([
    client.getCode({ address }),
    poolNonce(client, address),
    client.getStorageAt({ address: ADDRESSES.staking, slot: IMPLEMENTATION_SLOT }),
    client.getBlock({ blockTag: 'latest' }),
    suggestedTip(client),
  ])
  // If several reads fail, a wrong chain or a missing contract is the reason to report.
  for (const later of [amounts, rest]) later.catch(() => {})

  const chainId = await client.getChainId()
  if (chainId !== BASE_CHAIN_ID) throw new WrongChainError(chainId)
  const held = await amounts
  const known = amountsOf(held, null)
  const [code, pending, slot, block, maxPriorityFeePerGas] = await rest
  return {
    ...known,
    // A chain without Multicall3 does not return it with the rest.
    eth: held.at(-1) == null ? await client.getBalance({ address }) : known.eth,
    kind: kindOf(code),
    delegate: delegateIn(code),
    implementation: implementationOf(slot),
    pending,
    blockNumber: block.number,
    timestamp: Number(block.timestamp),
    fees: feesOf({ baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas }),
  }
}

export function kindOf(code: string | undefined): AccountKind {
  if (code === undefined || code === '0x') return 'eoa'
  return delegateIn(code) === null ? 'contract' : 'delegated'
}

/** Drafts nothing for a wallet that needs nothing, or that must be funded first. */
async function plan(
  reader: Reader,
  wallet: Wallet & { address: Address; stake: bigint; open: readonly Attempt[] },
): Promise<Step> {
  const { address, stake, vvv, allowance, kind, open } = wallet
  if (stake === 0n || kind === 'contract') return { drafts: [], feeCeiling: 0n, simulation: null }
  const fees = replacingFees(wallet.fees, open)
  if (vvv < stake) {
    const approve = allowance < stake ? stake : null
    const stakes = [{ recipient: address, amount: stake }]
    const simulation = await simulate(reader, { ...wallet, account: address, approve, stakes, assumedVvv: stake })
    return { drafts: [], feeCeiling: assumedFees(fees), simulation }
  }
  return draftTransactions(reader, { ...wallet, chainId: BASE_CHAIN_ID, account: address, nonce: 0, fees })
}
