import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { type Draft, maxCost } from '../../domain/attempt.ts'
import { replacingFees } from '../../domain/fees.ts'
import { LOCK_MARGIN_PERCENT } from '../../domain/fund.ts'
import type { WalletState } from '../../domain/wallet-state.ts'
import { RpcError } from '../../errors/chain/endpoints.ts'
import { NoContractError } from '../../errors/chain/staking-contract.ts'
import { ContractWalletError } from '../../errors/wallet.ts'
import type { SurveyRequest } from '../../ports/chain.ts'
import type { Reader } from './clients.ts'
import { makesBatches } from './delegation.ts'
import { assumedDiemFees, draftLock, draftLockAndStake, draftStakeDiem } from './diem-drafts.ts'
import { draftTransactions } from './drafts.ts'
import { assumedFees } from './estimates.ts'
import { leastLock } from './funding-quotes.ts'
import { requireKnownStaking } from './staking-form.ts'
import { readWallet, type Step, settle, type Wallet, walletStateOf } from './survey.ts'
import { balanceOf, stakedDiemOf, unlockedOf } from './uints.ts'

interface Request extends Pick<SurveyRequest, 'address' | 'open' | 'leastNonce'> {
  diem: bigint
}

/** The wallet's DIEM, and the sVVV that may be locked for it. */
interface DiemHeld {
  unlocked: bigint
  liquid: bigint
  staked: bigint
}

interface DiemStep extends Step {
  /** sVVV to be locked, in this step or a later one. */
  lock: bigint
}

const NOTHING: DiemStep = { drafts: [], feeCeiling: 0n, simulation: null, lock: 0n }

/**
 * See `Chain.surveyDiem`. Round trips: the balances; the same at one block; the price if DIEM is to be minted; then the
 * drafts.
 */
export async function surveyDiem(
  reader: Reader,
  { address, diem, open, leastNonce }: Request,
  { readAt, seen }: { readAt: string; seen: (head: { timestamp: number }) => void },
): Promise<WalletState> {
  const first = await readWallet(reader, address)
  seen(first)
  const [{ wallet, nonce }, held, implementationHash] = await Promise.all([
    settle(reader, { address, open, leastNonce }, first),
    readDiem(reader, address, first.blockNumber),
    requireKnownStaking(reader, { account: address, ...first }),
  ])
  if (wallet.kind === 'contract' && held.staked < diem) throw new ContractWalletError(address)
  const fees = replacingFees(wallet.fees, open)
  const { drafts, feeCeiling, lock, simulation } = await nextStep(reader, { ...wallet, ...held, address, diem, fees })
  return {
    ...walletStateOf(wallet, { readAt, implementationHash, simulation }),
    drafts: drafts.map((draft) => ({ ...draft, nonce: draft.nonce + nonce })),
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

export async function readDiem({ uints, atBlock }: Reader, address: Address, blockNumber: bigint): Promise<DiemHeld> {
  const { diem } = ADDRESSES
  const calls = [unlockedOf(address), balanceOf(diem, address), stakedDiemOf(address)]
  const [unlocked, liquid, staked] = await atBlock(() => uints(calls, blockNumber))
  if (liquid == null || staked == null) throw new NoContractError('the DIEM token', diem)
  if (unlocked == null) throw new RpcError('it does not show which sVVV is locked.')
  return { unlocked, liquid, staked }
}

type DiemRead = Wallet & DiemHeld & { address: Address; diem: bigint }

/** The next step towards staked DIEM. Amounts in base units; `lock` is sVVV, locked in this step or a later one. */
type NextDiem =
  | { purpose: null; lock: 0n }
  | { purpose: 'stakeDiem'; amount: bigint; lock: 0n }
  | { purpose: 'mintDiem'; lock: bigint; toMint: bigint }
  | { purpose: 'stake'; stake: bigint; lock: bigint }

export async function nextDiem(
  reader: Reader,
  { diem, staked, liquid, unlocked, blockNumber }: DiemHeld & { diem: bigint; blockNumber: bigint },
): Promise<NextDiem> {
  if (staked >= diem) return { purpose: null, lock: 0n }
  const toStake = diem - staked
  if (liquid >= toStake) return { purpose: 'stakeDiem', amount: toStake, lock: 0n }
  const toMint = toStake - liquid
  const least = await leastLock(reader, toMint, blockNumber)
  const roomy = (least * (100n + LOCK_MARGIN_PERCENT)) / 100n
  // VVV that was staked for the lock must be enough, unless the price rose by more than the margin.
  if (unlocked >= least) return { purpose: 'mintDiem', lock: unlocked < roomy ? unlocked : roomy, toMint }
  return { purpose: 'stake', stake: roomy - unlocked, lock: roomy }
}

async function nextStep(reader: Reader, read: DiemRead): Promise<DiemStep> {
  const { address, vvv, fees } = read
  const next = await nextDiem(reader, read)
  if (next.purpose === null) return NOTHING
  if (next.purpose === 'stakeDiem') {
    const draft = await draftStakeDiem(reader, { ...read, amount: next.amount })
    return { ...NOTHING, drafts: [draft], feeCeiling: maxCost(draft) }
  }
  if (next.purpose === 'mintDiem') {
    const { lock, toMint } = next
    const batch = await lockAndStake(reader, { ...read, lock, toMint })
    if (batch !== null) return { ...NOTHING, drafts: [batch], feeCeiling: maxCost(batch), lock }
    const draft = await draftLock(reader, { ...read, lock, toMint })
    return { ...NOTHING, drafts: [draft], feeCeiling: maxCost(draft) + assumedDiemFees(fees, ['stakeDiem']), lock }
  }
  const { stake, lock: roomy } = next
  const later = assumedDiemFees(fees, ['mintDiem', 'stakeDiem'])
  if (vvv < stake) return { ...NOTHING, feeCeiling: assumedFees(fees) + later, lock: roomy }
  const { drafts, feeCeiling, simulation } = await draftTransactions(reader, {
    ...read,
    chainId: BASE_CHAIN_ID,
    account: address,
    nonce: 0,
    stake,
  })
  return { drafts, feeCeiling: feeCeiling + later, lock: roomy, simulation }
}

/** Null where no code of the account makes both in one transaction. */
async function lockAndStake(reader: Reader, read: DiemRead & { lock: bigint; toMint: bigint }): Promise<Draft | null> {
  const { address: account, blockNumber, delegate, diem, staked } = read
  if (delegate === null || !(await makesBatches(reader, { account, blockNumber }))) return null
  return draftLockAndStake(reader, { ...read, delegate, toStake: diem - staked })
}
