import { ADDRESSES, type Address } from '../../src/domain/addresses.ts'
import { type Attempt, type Draft, maxCost } from '../../src/domain/attempt.ts'
import { feesOf } from '../../src/domain/fees.ts'
import { missingStake } from '../../src/domain/plan.ts'
import type { AccountKind, WalletState } from '../../src/domain/wallet-state.ts'
import { UnknownTransactionError } from '../../src/errors/adopt.ts'
import { NodeBehindError, RpcError } from '../../src/errors/chain/endpoints.ts'
import { ForeignTransactionError } from '../../src/errors/chain/transactions.ts'
import type { Chain, SurveyRequest } from '../../src/ports/chain.ts'
import { DIEM_PRICE, diemSteps } from '../support/diem-steps.ts'
import { draft } from '../support/samples.ts'
import type { Chaos } from './chaos.ts'
import type { Delay } from './delay.ts'
import { createEndpoints, type EndpointTraits, type View } from './endpoints.ts'
import type { Ledger } from './ledger.ts'
import { createMempool } from './mempool.ts'
import { callOf, signedIn } from './transaction.ts'
import type { Usdc } from './usdc.ts'

/** Blocks after which nothing is undone here; a reorganisation undoes fewer. */
const FINAL_DEPTH = 6
/** Wei per gas. */
const TIP = 1_000_000n

export interface FakeChainOptions {
  ledger: Ledger
  chaos: Chaos
  delay: Delay
  now: () => number
  account: AccountKind
  endpoints: readonly EndpointTraits[]
  usdc: Usdc
  /** Called with every transaction before it is sent to the network. */
  onSend: (attempt: Attempt) => void
}

/** Base as the adapter shows it: several unreliable endpoints, each with its own view of the ledger. */
export function fakeChain(options: FakeChainOptions): Chain {
  const { ledger, chaos, delay, now, usdc } = options
  const endpoints = createEndpoints({ ledger, chaos, now, traits: options.endpoints })
  const mempool = createMempool(options)
  const followers = new Set<() => void>()
  /** Block of the last answer. */
  let seen: number | null = null

  /** Lets time pass and the chain grow, and then returns the answer, if there is one. */
  async function reading<T>(signal: AbortSignal | undefined, read: (view: () => View) => T): Promise<T> {
    delay()
    mempool.disturb()
    if (chaos.strikes('block-announced')) for (const announce of followers) announce()
    const answer = read(endpoints.read())
    signal?.throwIfAborted()
    return answer
  }

  return {
    blockTimeMs: ledger.blockMs,
    announcesBlocks: true,
    survey: (request, signal) =>
      reading(signal, (view) => {
        const walletState = survey(request, view, options)
        seen = Number(walletState.blockNumber)
        return walletState
      }),
    surveyDiem: (request, signal) =>
      reading(signal, (view) => {
        const walletState = surveyDiem(request, view, options)
        seen = Number(walletState.blockNumber)
        return walletState
      }),
    authorization: ({ nonce }, signal) =>
      reading(signal, (view) => {
        const { block } = view()
        return { isUsed: usdc.isUsedAt(block, nonce), blockSeconds: ledger.timestampOf(block) }
      }),
    holdings: (_, signal) =>
      reading(signal, (view) => {
        const { block, account } = view()
        const { diem = 0n, stakedDiem = 0n } = account
        return { diem, stakedDiem, usdc: usdc.balanceAt(block) }
      }),
    fundingQuotes: ({ diem }, signal) =>
      reading(signal, (view) => {
        const { eth, vvv, sVvv, locked = 0n, diem: held = 0n, stakedDiem = 0n } = view().account
        const mint = { diem, sVvv: DIEM_PRICE * diem }
        return { diem: held, stakedDiem, usdc: 0n, eth, vvv, sVvv, unlockedSVvv: sVvv - locked, mint }
      }),
    async broadcast(attempt) {
      options.onSend(attempt)
      delay()
      mempool.disturb()
      mempool.send(attempt, endpoints.all)
    },
    whereabouts: async () => ({ status: 'free', isNext: true }),
    decode: async (raw) => signedIn(raw),
    delegation: async () => null,
    usedBy: ({ nonce }, signal) =>
      reading(signal, (view) => {
        const { block } = view()
        const user = ledger.userOf(nonce, block)
        if (user === null) return null
        const isFinal = block - user.blockNumber >= FINAL_DEPTH
        return { hash: user.transaction.hash, isFinal, isReverted: user.status !== 'success' }
      }),
    followHeads(onHead) {
      followers.add(onHead)
      return () => followers.delete(onHead)
    },
    // When several blocks share a second, nothing shows when the next one is due.
    nextBlockMs: () =>
      seen === null || ledger.blockMs < 1_000 ? null : ledger.timestampOf(seen) * 1_000 + ledger.blockMs,
    hasReceipt: ({ hash }, signal) => reading(signal, (view) => ledger.find(hash, view().block) !== null),
    feeMarket: (_, signal) =>
      reading(signal, (view) => {
        const { block, account } = view()
        return {
          baseFeePerGas: ledger.baseFeeAt(block),
          maxPriorityFeePerGas: TIP,
          nonce: account.nonce,
          pendingNonce: pendingIn(view, options),
        }
      }),
    sent: (_, __, signal) =>
      reading(signal, () => {
        throw new UnknownTransactionError()
      }),
    revocation: (_, signal) =>
      reading(signal, (view) => ({ allowance: view().account.allowance, eth: view().account.eth, draft: null })),
    report: (_, attempts, signal) =>
      reading(signal, (view) => {
        const latest = view()
        seen = latest.block
        const balances = view()
        const { sVvv, allowance, diem = 0n, stakedDiem = 0n } = balances.account
        const found = attempts.map((attempt) => reportOf(attempt, view, options))
        const isBehind = found.some(({ blockNumber }) => blockNumber !== null && Number(blockNumber) > balances.block)
        const isForDiem = attempts.some(({ purpose }) => purpose === 'mintDiem' || purpose === 'stakeDiem')
        return {
          attempts: found,
          ...(isBehind && { isBehind }),
          head: {
            number: latest.block.toString(),
            timestamp: ledger.timestampOf(latest.block),
            baseFeePerGas: ledger.baseFeeAt(latest.block).toString(),
          },
          nonce: view().account.nonce,
          sVvv: sVvv.toString(),
          allowance: allowance.toString(),
          diem: isForDiem ? { liquid: diem.toString(), staked: stakedDiem.toString() } : null,
        }
      }),
  }
}

interface Step {
  purpose: 'approve' | 'stake' | 'mintDiem' | 'stakeDiem'
  amount: bigint
  expected: bigint
  least?: bigint
}

function survey(
  { address, stakeAmount, open, leastNonce }: SurveyRequest,
  view: () => View,
  options: FakeChainOptions,
): WalletState {
  const nonces = noncesOf(address, view, { ...options, open, leastNonce })
  const { account } = view()
  const stake = missingStake(stakeAmount, account.sVvv)
  const approve: readonly Step[] =
    account.allowance < stake ? [{ purpose: 'approve', amount: stake, expected: stake }] : []
  const steps: readonly Step[] =
    stake === 0n ? [] : [...approve, { purpose: 'stake', amount: stake, expected: account.sVvv + stake }]
  const isReady = account.vvv >= stake && options.account !== 'contract'
  return walletStateOf({ address, view, account, nonces, steps, isReady }, options)
}

function surveyDiem(
  { address, diem, open, leastNonce }: Parameters<Chain['surveyDiem']>[0],
  view: () => View,
  options: FakeChainOptions,
): WalletState {
  const nonces = noncesOf(address, view, { ...options, open, leastNonce })
  const { account } = view()
  const { diem: seen, ...next } = diemSteps(account, diem)
  return { ...walletStateOf({ address, view, account, nonces, ...next, isReady: true }, options), diem: seen }
}

function noncesOf(
  address: Address,
  view: () => View,
  { ledger, chaos, open, leastNonce = 0 }: FakeChainOptions & Pick<SurveyRequest, 'open' | 'leastNonce'>,
): { mined: number; pending: number } {
  const mined = view().account.nonce
  if (mined < leastNonce) throw new NodeBehindError(`nonce ${leastNonce - 1} is mined.`)
  const pending = pendingIn(view, { ledger, chaos })
  if (pending > mined + open.length) throw new ForeignTransactionError(address, { mined, pending })
  return { mined, pending }
}

/** The next nonce according to a node's pending. */
function pendingIn(view: () => View, { ledger, chaos }: Pick<FakeChainOptions, 'ledger' | 'chaos'>): number {
  const { account, block, traits } = view()
  return chaos.strikes('pool-unseen') || !traits.tellsPending ? account.nonce : ledger.nextNonce(block)
}

interface Seen {
  address: Address
  view: () => View
  account: View['account']
  nonces: { mined: number; pending: number }
  steps: readonly Step[]
  /** Steps after those, which cannot be drafted yet. */
  later?: number
  /** Whether the wallet has the funds for the steps. */
  isReady: boolean
}

/** With drafts of as many `steps` as may be in flight together. */
function walletStateOf(
  { address, view, account: held, nonces: { mined, pending }, steps, later = 0, isReady }: Seen,
  { ledger, now, account }: FakeChainOptions,
): WalletState {
  const { block, account: atBlock } = view()
  const isOfOneBlock = mined === atBlock.nonce && isSame(held, atBlock)
  if (steps.length > 0 && !isOfOneBlock) throw new RpcError('its nodes disagree')
  const fees = feesOf({ baseFeePerGas: ledger.baseFeeAt(block), maxPriorityFeePerGas: TIP })
  const priced = {
    maxFeePerGas: fees.maxFeePerGas.toString(),
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
  }
  const planned = steps.map(({ purpose, amount, expected, least }, index): Draft => {
    const call = callOf(purpose, address, amount, least)
    return draft(purpose, pending + index, {
      ...call,
      ...priced,
      amount: amount.toString(),
      expected: expected.toString(),
    })
  })
  return {
    readAt: new Date(now()).toISOString(),
    blockNumber: block.toString(),
    account,
    eth: held.eth.toString(),
    vvv: held.vvv.toString(),
    sVvv: held.sVvv.toString(),
    allowance: held.allowance.toString(),
    implementation: ADDRESSES.stakingImplementation,
    drafts: isReady ? planned.slice(0, account === 'eoa' ? 2 : 1) : [],
    feeCeiling: planned
      .reduce((sum, one) => sum + maxCost(one), BigInt(later) * maxCost(draft('mintDiem', 0, priced)))
      .toString(),
  }
}

/** The fields on which a draft is based. */
const isSame = (one: View['account'], other: View['account']): boolean =>
  (['sVvv', 'allowance', 'locked', 'diem', 'stakedDiem'] as const).every((name) => one[name] === other[name])

/** In the adapter's order: by its receipt, else whether a node knows it, else whether its nonce is used. */
function reportOf(
  { hash, nonce }: Attempt,
  view: () => View,
  { ledger, chaos }: FakeChainOptions,
): Awaited<ReturnType<Chain['report']>>['attempts'][number] {
  const found = chaos.strikes('receipt-withheld') ? null : ledger.find(hash, view().block)
  if (found !== null) {
    return {
      hash,
      status: found.status === 'success' ? 'mined' : 'reverted',
      blockNumber: found.blockNumber.toString(),
      gasUsed: found.gasUsed.toString(),
      feeWei: found.feeWei.toString(),
    }
  }
  const isOut = ledger.pool.has(hash) || ledger.find(hash, ledger.head()) !== null
  const isSeen = isOut && view().traits.knowsPool && !chaos.strikes('pool-unseen')
  const status = isSeen ? 'pending' : view().account.nonce > nonce ? 'superseded' : 'missing'
  const user = status === 'superseded' ? ledger.userOf(nonce, view().block) : null
  const isShown = user !== null && user.transaction.hash !== hash
  return {
    hash,
    status,
    ...(isShown && {
      usedBy: { hash: user.transaction.hash, blockNumber: user.blockNumber.toString(), isFinal: false },
    }),
    blockNumber: null,
    gasUsed: null,
    feeWei: null,
  }
}
