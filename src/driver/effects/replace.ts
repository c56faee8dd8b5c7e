import type { Address } from '../../domain/addresses.ts'
import { type Attempt, type Draft, isOpen, newestPerNonce } from '../../domain/attempt.ts'
import { unminedAttempts } from '../../domain/budget.ts'
import { type FeeMarket, isUnderpriced } from '../../domain/fees.ts'
import { RpcError } from '../../errors/chain/endpoints.ts'
import { ForeignTransactionError } from '../../errors/chain/transactions.ts'
import { CannotReplaceError } from '../../errors/wallet.ts'
import { replacementApproval } from '../../gate/approval.ts'
import type { Gate } from '../../gate/gate.ts'
import type { Effect, EffectSettings, Ports } from './io.ts'
import { affordableFees } from './policy.ts'
import { asFinal, finalFates } from './transactions.ts'

/**
 * Gas of an empty transfer: 21,000, with room for the code of a delegate. @see https://eips.ethereum.org/EIPS/eip-7702
 */
const FILLER_GAS = '60000'
/** A reorganisation frees at most this many nonces. An endpoint that shows a wider gap lags. */
const MAX_GAP = 8

/**
 * Signs what lets the open attempts be mined: a replacement for each one that is priced too low, and a nonce filler for
 * each unused nonce before them. If the record has bytes for such a nonce that a block can take, those are sent again.
 * Sends nothing. What it returns is recorded before anything is sent, so a crash here costs nothing. It is no failure
 * if nothing is to be done.
 *
 * Earlier bytes count until final blocks show that they are dead, as for the first signature. A transaction behind a
 * gap may have been signed because of that proof, and only this wallet can fill the gap.
 *
 * @throws {BudgetExceededError} {RpcError} {CannotReplaceError}
 * @throws {SignedBytesAliveError} together with earlier bytes that no final block proves dead, it exceeds the budget.
 * @throws {ForeignTransactionError} a transaction from elsewhere has the nonce that seemed free.
 */
export function replaceTransactions({
  ports: { chain, signer },
  settings,
  gate,
}: {
  ports: Pick<Ports, 'chain' | 'signer'>
  settings: Pick<EffectSettings, 'budget'>
  gate: Gate
}): Effect<'replaceTransactions'> {
  return async ({ address, attempts }, { report, signal }) => {
    report({ awaits: 'signer' })
    await gate.unchanged(attempts)
    const market = await chain.feeMarket(address)
    const drafts = draftsFor(address, attempts, market)
    if (drafts.length === 0) return []
    if (signer.sending?.honoursNonces === false) throw new CannotReplaceError(address)
    // A transaction whose nonce is not used yet cannot be dead.
    const used = unminedAttempts(attempts).filter(({ nonce }) => nonce < market.nonce)
    const counted = asFinal(attempts, await finalFates(used, chain, signal))
    const approval = replacementApproval(counted, settings.budget)
    const made: Attempt[] = []
    for (const draft of drafts) {
      if ('hash' in draft) {
        made.push(draft)
        continue
      }
      const fees = affordableFees(draft, market, { attempts: [...counted, ...made], settings })
      const priced = {
        ...draft,
        maxFeePerGas: fees.maxFeePerGas.toString(),
        maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
      }
      made.push(...(await gate.transactions([priced], [...counted, ...made], { approval, signal })))
    }
    return made
  }
}

function draftsFor(address: Address, attempts: readonly Attempt[], market: FeeMarket): (Draft | Attempt)[] {
  const open = newestPerNonce(attempts.filter(isOpen)).filter(({ nonce }) => nonce >= market.nonce)
  const [next] = open
  if (next === undefined) return []
  if (next.nonce === market.nonce) return toReplace(open, market)
  const { nonce: mined, pendingNonce: pending } = market
  if (pending > mined) throw new ForeignTransactionError(address, { mined, pending })
  if (next.nonce - mined > MAX_GAP) throw new RpcError(`it shows nonce ${mined}, and ${next.nonce} is in use.`)
  const free = Array.from({ length: next.nonce - mined }, (_, index) => mined + index)
  return free.map((nonce) => {
    const lost = lostApprove(nonce, attempts) ?? lostFill(nonce, attempts)
    if (lost === null) return emptyOf(nonce, next)
    return lost.raw === null || isUnderpriced(lost, market.baseFeePerGas) ? draftOf(lost) : openAgain(lost)
  })
}

/** The attempts that no current block takes; else the first one, which waits for another reason, such as its tip. */
function toReplace(open: readonly Attempt[], { baseFeePerGas }: FeeMarket): Draft[] {
  const underpriced = open.filter((attempt) => isUnderpriced(attempt, baseFeePerGas))
  return (underpriced.length > 0 ? underpriced : open.slice(0, 1)).map(draftOf)
}

/** The approve that lost this nonce, if the stake behind it has no other approve. */
function lostApprove(nonce: number, attempts: readonly Attempt[]): Attempt | null {
  const open = attempts.filter(isOpen)
  const isStaked = open.some(({ purpose }) => purpose === 'stake' || purpose === 'sponsor')
  const isNeeded = isStaked && !open.some(({ purpose }) => purpose === 'approve')
  return (isNeeded && attempts.findLast((attempt) => attempt.nonce === nonce && attempt.purpose === 'approve')) || null
}

/** The nonce filler that lost this nonce as well. */
const lostFill = (nonce: number, attempts: readonly Attempt[]): Attempt | null =>
  attempts.findLast((attempt) => attempt.nonce === nonce && attempt.purpose === 'fillNonce') ?? null

/**
 * The same bytes, to be sent again: a reorganisation undid the transaction that used their nonce. New bytes would need
 * another fee bump, which may exceed the budget.
 */
const openAgain = ({ supersededBy, ...attempt }: Attempt): Attempt => ({
  ...attempt,
  status: 'signed',
  blockNumber: null,
  gasUsed: null,
  feeWei: null,
})

/** An empty transfer from the wallet to itself. Its data fee is at most that of the transaction behind it. */
function emptyOf(nonce: number, behind: Attempt): Draft {
  const { beneficiary, batch, ...draft } = draftOf(behind)
  const nothing = { to: behind.from, data: '0x', gas: FILLER_GAS, amount: '0', expected: '0' } as const
  return { ...draft, ...nothing, purpose: 'fillNonce', nonce }
}

/** The signed fields, and their purpose. */
const draftOf = ({
  hash,
  raw,
  intent,
  status,
  signedAt,
  sentAt,
  minedAfterMs,
  supersededBy,
  blockNumber,
  gasUsed,
  feeWei,
  ...draft
}: Attempt): Draft => draft
