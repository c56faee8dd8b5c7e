import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { type Attempt, type Draft, maxCost, type Purpose } from '../../domain/attempt.ts'
import type { Batch, BatchedCalls } from '../../domain/batch.ts'
import { type Fees, replacingFees } from '../../domain/fees.ts'
import { missingStake } from '../../domain/plan.ts'
import type { WalletState } from '../../domain/wallet-state.ts'
import type { AccountCall } from '../../ports/account.ts'
import type { Revocation, SurveyRequest, TreasuryChain } from '../../ports/chain.ts'
import type { Reader } from './clients.ts'
import { lockCall, requireLock, stakeDiemCall } from './diem-drafts.ts'
import { approveCall } from './drafts.ts'
import { requireOwnKey } from './own-key.ts'
import { stakeTogether } from './stake-together.ts'
import { requireKnownStaking } from './staking-form.ts'
import { readWallet, type Step, settle, type Wallet, walletStateOf } from './survey.ts'
import { nextDiem, readDiem } from './survey-diem.ts'

/** What an attempt is to do. Amounts in base units. */
export interface Making {
  purpose: Purpose
  calls: readonly Pick<AccountCall, 'to' | 'data'>[]
  amount: bigint
  expected: bigint
  batched?: BatchedCalls
  beneficiary?: Address
}

/** The number of an attempt, and the fees of its time. */
export interface Slot {
  nonce: number
  fees: Fees
}

/** How an account makes several calls in one attempt. Nothing here has side effects. */
export interface AttemptMaker {
  /** The number of the next attempt, as of a block. @throws {NodeBehindError} */
  next(at: { blockNumber: bigint; leastNonce: number }): Promise<number>
  draft(making: Making, slot: Slot): Promise<Draft>
  /** Most wei that an attempt may cost which cannot be drafted yet. */
  assumedFee(purpose: Purpose, fees: Fees): bigint
  kindOf(wallet: Wallet): Pick<WalletState, 'account' | 'operations' | 'calls'>
}

interface Parts {
  reader: Reader
  address: Address
  clock: { now(): number }
}

type Read = Awaited<ReturnType<ReturnType<typeof createReading>>>

const NOTHING: Step = { drafts: [], feeCeiling: 0n, simulation: null }

/**
 * `Chain.survey`, `Chain.surveyDiem` and `Chain.revocation` of an account that makes several calls in one attempt, whatever
 * makes them. Transactions that wait in a pool do not concern it: its attempts have numbers of their own.
 */
export function accountSurveys(
  parts: Parts,
  maker: AttemptMaker,
): Pick<TreasuryChain, 'survey' | 'surveyDiem'> & { revocation(): Promise<Revocation> } {
  const { reader, address } = parts
  const reading = createReading(parts, maker)

  const stateOf = ({ wallet, readAt, implementationHash }: Read, step: Step): WalletState => ({
    ...walletStateOf(wallet, { readAt, implementationHash, simulation: step.simulation }),
    ...maker.kindOf(wallet),
    drafts: step.drafts,
    feeCeiling: step.feeCeiling.toString(),
  })

  const only = async (made: Promise<Draft>): Promise<Step> => {
    const draft = await made
    return { drafts: [draft], feeCeiling: maxCost(draft), simulation: null }
  }

  async function stakeStep({ wallet, slot }: Read, { recipient, stake }: { recipient: Address; stake: bigint }) {
    if (stake === 0n) return NOTHING
    const { approve, isShort, simulation, calls } = await stakeTogether(reader, wallet, { address, recipient, stake })
    if (isShort) return { drafts: [], feeCeiling: maker.assumedFee('stake', slot.fees), simulation }
    const making: Making = {
      purpose: 'stake',
      calls,
      amount: stake,
      expected: wallet.sVvv + stake,
      batched: { approve: (approve ?? 0n).toString() },
      ...(recipient !== address && { beneficiary: recipient }),
    }
    return { ...(await only(maker.draft(making, slot))), simulation }
  }

  return {
    async survey({ mintAs, stakeAmount, open, leastNonce = 0 }) {
      const [read] = await Promise.all([reading({ mintAs, open, leastNonce }), requireOwnKey(reader.client, mintAs)])
      const stake = missingStake(stakeAmount, read.wallet.sVvv)
      const step = await stakeStep(read, { recipient: mintAs ?? address, stake })
      return { ...stateOf(read, step), ...(mintAs !== undefined && { mintAs }) }
    },

    async surveyDiem({ diem, open, leastNonce = 0 }) {
      const read = await reading({ open, leastNonce })
      const { wallet, slot } = read
      const { blockNumber } = wallet
      const held = await readDiem(reader, address, blockNumber)
      const { staked, liquid, unlocked } = held
      const next = await nextDiem(reader, { ...held, diem, blockNumber })
      const step = await stepOf(next)
      async function stepOf(given: typeof next): Promise<Step> {
        switch (given.purpose) {
          case null:
            return NOTHING
          case 'stakeDiem': {
            const { purpose, amount } = given
            const making = { purpose, calls: [stakeDiemCall(amount)], amount, expected: staked + amount }
            return only(maker.draft(making, slot))
          }
          case 'mintDiem': {
            const { purpose, lock, toMint } = given
            const toStake = diem - staked
            await requireLock(reader, { address, lock, toMint, blockNumber })
            const making: Making = {
              purpose,
              calls: [lockCall(lock, toMint), stakeDiemCall(toStake)],
              amount: lock,
              expected: staked + liquid + toMint,
              batched: { approve: '0', least: toMint.toString(), stakeDiem: toStake.toString() },
            }
            return only(maker.draft(making, slot))
          }
          case 'stake': {
            const { drafts, feeCeiling, simulation } = await stakeStep(read, { recipient: address, stake: given.stake })
            return { drafts, feeCeiling: feeCeiling + maker.assumedFee('mintDiem', slot.fees), simulation }
          }
        }
      }
      return {
        ...stateOf(read, step),
        diem: {
          asked: diem.toString(),
          staked: staked.toString(),
          liquid: liquid.toString(),
          unlockedSVvv: unlocked.toString(),
          lock: next.lock.toString(),
        },
      }
    },

    async revocation() {
      const { wallet, slot } = await reading({ open: [], leastNonce: 0 })
      const { allowance, eth } = wallet
      if (allowance === 0n) return { allowance, eth, draft: null }
      const making = { purpose: 'revoke' as const, calls: [approveCall({ stake: 0n })], amount: 0n, expected: 0n }
      return { allowance, eth, draft: await maker.draft(making, slot) }
    },
  }
}

/** The wallet, of one block, and what the next attempt has of that time. */
const createReading =
  ({ reader, address, clock }: Parts, maker: AttemptMaker) =>
  async ({
    mintAs,
    open,
    leastNonce,
  }: Pick<SurveyRequest, 'mintAs'> & { open: readonly Attempt[]; leastNonce: number }) => {
    const readAt = new Date(clock.now()).toISOString()
    const first = await readWallet(reader, address, mintAs)
    const code = requireKnownStaking(reader, { account: address, ...first })
    code.catch(() => {})
    const [{ wallet }, nonce] = await Promise.all([
      settle(reader, { address, mintAs, open: [], leastNonce: 0 }, { ...first, pending: 0 }),
      maker.next({ blockNumber: first.blockNumber, leastNonce }),
    ])
    const slot: Slot = { nonce, fees: replacingFees(wallet.fees, open) }
    return { readAt, wallet, slot, implementationHash: await code }
  }

/** A draft of `making` by an account, to itself. Amounts of gas are for whoever makes it to say. */
export const draftFor = <B extends Batch>(
  { purpose, amount, expected, beneficiary }: Making,
  { nonce, fees }: Slot,
  made: Pick<Draft, 'from' | 'data' | 'gas'> & { batch: B },
): Draft & { batch: B } => ({
  purpose,
  chainId: BASE_CHAIN_ID,
  to: made.from,
  nonce,
  maxFeePerGas: fees.maxFeePerGas.toString(),
  maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
  l1Fee: '0',
  amount: amount.toString(),
  expected: expected.toString(),
  ...(beneficiary !== undefined && { beneficiary }),
  ...made,
})

/** Where nothing else is made in the same go. */
export const ALONE: BatchedCalls = { approve: '0' }
