import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { type Attempt, type Draft, maxCost } from '../../domain/attempt.ts'
import { LOCK_MARGIN_PERCENT } from '../../domain/fund.ts'
import type { Position } from '../../domain/position.ts'
import { ContractWalletError, ForeignTransactionError, NoContractError, RpcError } from '../../errors/chain.ts'
import type { Reader } from './clients.ts'
import { assumedDiemFees, draftLock, draftStakeDiem } from './diem-drafts.ts'
import { assumedFees, draftTransactions } from './drafts.ts'
import { leastLock } from './funding-quotes.ts'
import { requireTwoArgumentStake } from './staking-form.ts'
import { readWallet, type Wallet } from './survey.ts'
import { allowanceOf, balanceOf, stakedDiemOf, unlockedOf } from './uints.ts'

interface Request {
  address: Address
  diem: bigint
  open: readonly Attempt[]
}

/** The wallet's DIEM, and what may be locked for it. */
interface DiemHeld {
  unlocked: bigint
  liquid: bigint
  staked: bigint
}

interface Step {
  drafts: readonly Draft[]
  feeCeiling: bigint
  /** sVVV to be locked, in this step or the ones after it. */
  lock: bigint
}

const NOTHING: Step = { drafts: [], feeCeiling: 0n, lock: 0n }

/**
 * See `Chain.surveyDiem`. Round trips: what there is; what of it is of one block; the price, where DIEM is to be minted;
 * then what can be done.
 */
export async function surveyDiem(
  reader: Reader,
  { address, diem, open }: Request,
  { readAt, seen }: { readAt: string; seen: (head: { timestamp: number }) => void },
): Promise<Position> {
  const wallet = await readWallet(reader, address)
  seen(wallet)
  const { mined, pending, kind, blockNumber } = wallet
  if (pending > mined + open.length) throw new ForeignTransactionError(address, { mined, pending })
  const held = await readDiem(reader, { address, ...wallet })
  if (kind === 'contract' && held.staked < diem) throw new ContractWalletError(address)
  const { drafts, feeCeiling, lock } = await nextStep(reader, { address, diem, ...held, ...wallet })
  return {
    readAt,
    blockNumber: blockNumber.toString(),
    account: kind,
    eth: wallet.eth.toString(),
    vvv: wallet.vvv.toString(),
    sVvv: wallet.sVvv.toString(),
    allowance: wallet.allowance.toString(),
    implementation: wallet.implementation,
    drafts,
    feeCeiling: feeCeiling.toString(),
    diem: {
      asked: diem.toString(),
      staked: held.staked.toString(),
      liquid: held.liquid.toString(),
      unlockedSVvv: held.unlocked.toString(),
      lock: lock.toString(),
    },
  }
}

/** All that drafts are made from must be of the block that the nonce is of: see `requireOneBlock` of the survey. */
async function readDiem(
  { client, uints }: Reader,
  { address, mined, sVvv, allowance, blockNumber }: Wallet & { address: Address },
): Promise<DiemHeld> {
  const { staking, diem } = ADDRESSES
  const own = [balanceOf(staking, address), allowanceOf(address)]
  const calls = [...own, unlockedOf(address), balanceOf(diem, address), stakedDiemOf(address)]
  const [nonce, [sVvvThen, allowanceThen, unlocked, liquid, staked]] = await Promise.all([
    client.getTransactionCount({ address, blockNumber }),
    uints(calls, blockNumber),
  ])
  if (mined !== nonce || sVvv !== sVvvThen || allowance !== allowanceThen)
    throw new RpcError(`its nodes do not agree on the wallet at block ${blockNumber}.`)
  if (liquid == null || staked == null) throw new NoContractError('the DIEM token', diem)
  if (unlocked == null) throw new RpcError('it does not show which sVVV is locked.')
  return { unlocked, liquid, staked }
}

type Look = Wallet & DiemHeld & { address: Address; diem: bigint }

async function nextStep(reader: Reader, look: Look): Promise<Step> {
  const { address, diem, staked, liquid, unlocked, vvv, fees, implementation } = look
  if (staked >= diem) return NOTHING
  const toStake = diem - staked
  if (liquid >= toStake) {
    const draft = await draftStakeDiem(reader, { ...look, amount: toStake })
    return { drafts: [draft], feeCeiling: maxCost(draft), lock: 0n }
  }
  const toMint = toStake - liquid
  const form = requireTwoArgumentStake(reader.client, { account: address, implementation })
  const quote = leastLock(reader.client, toMint, look.blockNumber)
  // Whatever else fails, a contract that is not recognised is the reason to name.
  quote.catch(() => {})
  await form
  const least = await quote
  const roomy = (least * (100n + LOCK_MARGIN_PERCENT)) / 100n
  // What was staked for a lock must do for it, unless the price rose by more than the margin meanwhile.
  if (unlocked >= least) {
    const lock = unlocked < roomy ? unlocked : roomy
    const draft = await draftLock(reader, { ...look, lock, toMint })
    return { drafts: [draft], feeCeiling: maxCost(draft) + assumedDiemFees(fees, ['stakeDiem']), lock }
  }
  const later = assumedDiemFees(fees, ['mintDiem', 'stakeDiem'])
  const stake = roomy - unlocked
  if (vvv < stake) return { drafts: [], feeCeiling: assumedFees(fees) + later, lock: roomy }
  const { drafts, feeCeiling } = await draftTransactions(reader, {
    ...look,
    chainId: BASE_CHAIN_ID,
    account: address,
    nonce: look.pending,
    stake,
  })
  return { drafts, feeCeiling: feeCeiling + later, lock: roomy }
}
