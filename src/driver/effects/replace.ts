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

/** What a transfer of nothing takes: 21,000, and room for the code that an account may delegate to. @see https://eips.ethereum.org/EIPS/eip-7702 */
const FILLER_GAS = '60000'
/** More nonces than a reorganisation can have set free; an endpoint that shows a wider gap lags. */
const MAX_GAP = 8

/**
 * Signs what gets the open attempts going: each that is priced too low once more under its nonce, and something for each
 * nonce before them that nobody uses: where the record has bytes for it that a block takes, those are sent again. Sends
 * nothing; what it returns is recorded before anything is sent, so a crash here costs nothing. Nothing to be done is no
 * failure.
 *
 * Earlier bytes count until final blocks show that they are dead, as they did for the first signature: what waits behind a
 * gap may have been signed because of that proof, and only this wallet can fill the gap.
 *
 * @throws {BudgetExceededError} {RpcError} {CannotReplaceError}
 * @throws {SignedBytesAliveError} with earlier bytes that no final block proves dead, it is more than the budget allows.
 * @throws {ForeignTransactionError} somebody else's transaction has the nonce that seemed free.
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
    // What has a nonce that is not used yet cannot be dead.
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

/** What no block of today takes; else the first, which waits for another reason, such as its tip. */
function toReplace(open: readonly Attempt[], { baseFeePerGas }: FeeMarket): Draft[] {
  const underpriced = open.filter((attempt) => isUnderpriced(attempt, baseFeePerGas))
  return (underpriced.length > 0 ? underpriced : open.slice(0, 1)).map(draftOf)
}

/** The approve that had this nonce and lost it, where the stake behind it has no other. */
function lostApprove(nonce: number, attempts: readonly Attempt[]): Attempt | null {
  const open = attempts.filter(isOpen)
  const isStaked = open.some(({ purpose }) => purpose === 'stake' || purpose === 'sponsor')
  const isNeeded = isStaked && !open.some(({ purpose }) => purpose === 'approve')
  return (isNeeded && attempts.findLast((attempt) => attempt.nonce === nonce && attempt.purpose === 'approve')) || null
}

/** What filled this nonce, and lost it as well. */
const lostFill = (nonce: number, attempts: readonly Attempt[]): Attempt | null =>
  attempts.findLast((attempt) => attempt.nonce === nonce && attempt.purpose === 'fillNonce') ?? null

/**
 * The same bytes, to be sent again: what took their nonce was undone by a reorganisation. To sign others would cost the
 * least raise once more, which may be beyond the budget that these are within.
 */
const openAgain = ({ supersededBy, ...attempt }: Attempt): Attempt => ({
  ...attempt,
  status: 'signed',
  blockNumber: null,
  gasUsed: null,
  feeWei: null,
})

/** A transfer of nothing from the wallet to itself. The fee for its data is at most that of what waits behind it. */
function emptyOf(nonce: number, behind: Attempt): Draft {
  const { beneficiary, batch, ...draft } = draftOf(behind)
  const nothing = { to: behind.from, data: '0x', gas: FILLER_GAS, amount: '0', expected: '0' } as const
  return { ...draft, ...nothing, purpose: 'fillNonce', nonce }
}

/** The fields that are signed, and what they are for. */
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
