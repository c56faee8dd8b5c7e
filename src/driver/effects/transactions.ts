import type { Address, Hex } from '../../domain/addresses.ts'
import { type Attempt, type Draft, isOpen, leastNonce, newestPerNonce } from '../../domain/attempt.ts'
import { unminedAttempts } from '../../domain/budget.ts'
import type { Ceilings } from '../../domain/ceilings.ts'
import { LEAST_TOP_UP } from '../../domain/funding-options.ts'
import { missingStake, type Plan, planOf, toStake, withDiem } from '../../domain/plan.ts'
import { minterIn } from '../../domain/request.ts'
import type { WalletState } from '../../domain/wallet-state.ts'
import { RpcError } from '../../errors/chain/endpoints.ts'
import { DeclinedError, PlanChangedError } from '../../errors/policy.ts'
import { WalletStateStaleError } from '../../errors/run.ts'
import {
  ContractWalletError,
  DelegateChangedError,
  InsufficientEthError,
  InsufficientVvvError,
} from '../../errors/wallet.ts'
import { approvalOf, type Fates, requireIntents, requirePlan } from '../../gate/approval.ts'
import type { Chain } from '../../ports/chain.ts'
import { createSignatureQuestion } from './ask-venice.ts'
import { sendIntent } from './intent.ts'
import type { Effect, EffectDependencies, EffectSettings } from './io.ts'
import { probeSinks } from './sinks.ts'
import { createSurveyor } from './undone.ts'
import type { Vault } from './vault.ts'
import { signAhead } from './venice.ts'

/** Drafts older than this are not signed: their nonces and fees are out of date. */
export const WALLET_STATE_LIFE_MS = 60_000

/**
 * Reads the wallet, the sink and Venice. Rejects when the wallet lacks funds, so that the machine can wait for them. No
 * side effects.
 */
export function readWalletState({
  ports,
  ports: { chain, venice },
  settings,
  vault,
  gate,
  redactor,
}: EffectDependencies & { vault: Vault }): Effect<'readWalletState'> {
  const surveyWith = createSurveyor(ports)
  const withAnswer = createSignatureQuestion({ ports, gate, redactor })
  return async ({ request, attempts }, { signal, report }) => {
    report({ awaits: 'rpc' })
    const { address, mintAs } = request
    const stakeAmount = BigInt(request.stakeAmount)
    const open = newestPerNonce(attempts.filter(isOpen))
    const whileWaiting = () => ports.signer.prepare?.()
    // This finds an unusable sink, or a server without a challenge, before anything is spent.
    const isStakeSigned = attempts.some(({ purpose, status }) => purpose === 'stake' && status !== 'superseded')
    if (!isStakeSigned) vault.prefetch(() => venice.fetchChallenge(minterIn(request), signal))
    const [surveyed] = await Promise.all([
      surveyWith(
        attempts,
        (leastNonce) => chain.survey({ address, mintAs, stakeAmount, open, leastNonce, whileWaiting }, signal),
        signal,
      ),
      probeSinks(ports, settings, signal),
      vault.prefetched(),
    ])
    if (surveyed.account === 'contract') throw new ContractWalletError(address)
    if (missingStake(stakeAmount, BigInt(surveyed.sVvv)) === 0n) return surveyed
    refuseLaggingView(surveyed, attempts)
    const mayBeContract = surveyed.account === 'smart' || surveyed.calls !== undefined
    const isQuestionable = mayBeContract && mintAs === undefined && surveyed.sVvv === '0' && !isStakeSigned
    const known = isQuestionable ? await withAnswer(surveyed, request, signal) : surveyed
    const walletState = await withAllSteps(known, { request, attempts }, chain, signal)
    const shortfall = {
      address,
      vvv: { has: BigInt(walletState.vvv), needs: toStake(request, walletState) },
      eth: { has: BigInt(walletState.eth), needs: BigInt(walletState.feeCeiling) },
    }
    const lacksVvv = shortfall.vvv.has < shortfall.vvv.needs
    if (!lacksVvv && shortfall.eth.has >= shortfall.eth.needs) return walletState
    const told = { ...shortfall, ...(await payableUsdc(chain, address, signal)) }
    throw lacksVvv ? new InsufficientVvvError(told) : new InsufficientEthError(told)
  }
}

/** USDC of a wallet that cannot afford a key, if it is enough to pay without one. Null as well if it cannot be read. */
async function payableUsdc(chain: Chain, address: Address, signal: AbortSignal): Promise<{ usdc?: bigint }> {
  const holdings = await chain.holdings(address, signal).catch(() => null)
  return holdings !== null && holdings.usdc >= LEAST_TOP_UP ? { usdc: holdings.usdc } : {}
}

/**
 * A mined stake of this run is staked. An endpoint that shows less is lagging, or uses nodes that lag. A plan from such
 * a stale read would stake twice.
 */
function refuseLaggingView({ sVvv }: WalletState, attempts: readonly Attempt[]): void {
  const stake = attempts.findLast(({ purpose, status }) => purpose === 'stake' && status === 'mined')
  if (stake === undefined || BigInt(sVvv) >= BigInt(stake.expected)) return
  throw new RpcError(`it does not show what this run staked in ${stake.hash}.`, {
    facts: ['If that was unstaked since, the run has to be put aside before another begins.'],
  })
}

/** The needs of DIEM are read before the first stake, so that one plan shows, checks and covers all of it. */
async function withAllSteps(
  surveyed: WalletState,
  { request: { address, fund }, attempts }: Parameters<Effect<'readWalletState'>>[0],
  chain: Chain,
  signal: AbortSignal,
): Promise<WalletState> {
  if (fund?.way !== 'diem') return surveyed
  const open = newestPerNonce(attempts.filter(isOpen))
  const query = { address, diem: BigInt(fund.amount), open, leastNonce: leastNonce(attempts) }
  return withDiem(surveyed, await chain.surveyDiem(query, signal))
}

/**
 * Checks the plan, asks for approval, has the challenge for the key signed, and only then signs what was approved. This
 * order puts the costly step last. Sends nothing. What it returns is recorded before anything is sent, so a crash here
 * costs nothing.
 */
export function signTransactions(dependencies: EffectDependencies & { vault: Vault }): Effect<'signTransactions'> {
  const {
    ports: { chain, clock },
    settings,
    gate,
  } = dependencies
  /** Ceilings of the plan that was approved in this process. Another plan within them counts as the same. */
  let ceilings: Ceilings | null = null
  /** Digests of the plans that were approved in this process. */
  const approved = new Set<string>()
  return async ({ request, walletState, attempts }, { signal, report }) => {
    report({ awaits: 'signer' })
    const plan = await approvedPlan({ request, walletState, attempts }, { settings, ceilings })
    const approval = approvalOf(plan, request, { attempts, budget: settings.budget })
    const fates = await finalFates(unminedAttempts(attempts), chain, signal)
    requirePlan(plan, attempts, { approval, fates })
    if (settings.approve !== undefined && !approved.has(plan.digest) && !isApproved(plan, settings)) {
      if (!(await settings.approve(plan, { signal }))) throw new DeclinedError()
    }
    approved.add(plan.digest)
    ceilings = plan.ceilings
    // The answer may have come after a pause.
    signal.throwIfAborted()
    // Venice has accepted its signature already. A signature before the account is deployed also has another form than
    // after.
    const { isSignatureTaken, operations } = walletState
    const isSignedLater = isSignatureTaken === true || operations?.isDeployed === false
    if (request.mintAs !== undefined || !isSignedLater) await signAhead(dependencies)
    // Checked last, because a person may take longer to answer than fees and nonces stay valid.
    const ageMs = clock.now() - Date.parse(walletState.readAt)
    // A negative age: an earlier process read it, and the machine's clock was set back since.
    if (ageMs < 0 || ageMs > WALLET_STATE_LIFE_MS) throw new WalletStateStaleError(walletState.readAt)
    await gate.unchanged(attempts.filter((attempt) => isOpen(attempt) || attempt.status === 'superseded'))
    await requireDelegates(walletState.drafts, chain, signal)
    return gate.transactions(walletState.drafts, attempts, { approval, dead: fates.dead, signal })
  }
}

/**
 * Checks that the account still delegates to the code that its batches were drafted for. Sends no request if there is
 * no batch. Only the wallet itself can change its delegation, at any time.
 *
 * @throws {DelegateChangedError}
 */
async function requireDelegates(
  drafts: readonly Draft[],
  chain: Pick<Chain, 'delegation'>,
  signal?: AbortSignal,
): Promise<void> {
  for (const { from: address, batch } of drafts) {
    if (batch?.via !== 'delegate') continue
    const found = await chain.delegation(address, signal)
    if (found?.toLowerCase() !== batch.delegate.toLowerCase())
      throw new DelegateChangedError({ address, planned: batch.delegate, found })
  }
}

type Planning = Parameters<Effect<'signTransactions'>>[0]

const isApproved = ({ digest }: Plan, { approvedDigests }: EffectSettings): boolean =>
  approvedDigests?.().includes(digest) === true

/** @throws {PlanChangedError} a digest was given, and the plan has another one. */
async function approvedPlan(
  { request, walletState, attempts }: Planning,
  { settings, ceilings }: { settings: EffectSettings; ceilings: Ceilings | null },
): Promise<Plan> {
  const { planDigest, approvedDigests = () => [] } = settings
  if (planDigest !== undefined) {
    const plan = await planOf(request, walletState, attempts, { digest: planDigest })
    if (plan.digest === planDigest) return plan
    throw new PlanChangedError({ actual: plan.digest })
  }
  for (const digest of approvedDigests()) {
    const plan = await planOf(request, walletState, attempts, { digest })
    if (plan.digest === digest) return plan
  }
  return planOf(request, walletState, attempts, { ceilings })
}

/** What final blocks show of `unmined`, from the wallet's transactions that have their nonces. */
export async function finalFates(
  unmined: readonly Attempt[],
  chain: Pick<Chain, 'usedBy'>,
  signal?: AbortSignal,
): Promise<Fates> {
  const ours = new Set<string>(unmined.map(({ hash }) => hash))
  const fates = {
    dead: new Set<string>(),
    lost: new Set<string>(),
    reverted: new Set<string>(),
    mined: new Set<string>(),
  }
  for (const { from: address, nonce, hash } of unmined) {
    // If it cannot be found now, it may be later. Until then its bytes count.
    const user = await chain.usedBy({ address, nonce }, signal).catch(() => null)
    if (!user?.isFinal) continue
    // The watch may not have got its receipt. A reverted transaction has moved nothing.
    const isOwn = user.hash === hash
    fates[isOwn && !user.isReverted ? 'mined' : 'dead'].add(hash)
    if (isOwn && user.isReverted) fates.reverted.add(hash)
    if (!ours.has(user.hash)) fates.lost.add(hash)
  }
  return fates
}

/**
 * `attempts` as final blocks show them, for counting. Attempts that can never be mined are left out; those in a block
 * get that outcome, at the highest fee that they may cost. Pure.
 */
export const asFinal = (attempts: readonly Attempt[], { dead, reverted, mined }: Fates): Attempt[] =>
  attempts.flatMap((attempt) => {
    if (mined.has(attempt.hash)) return { ...attempt, status: 'mined' as const }
    if (reverted.has(attempt.hash)) return { ...attempt, status: 'reverted' as const }
    return dead.has(attempt.hash) ? [] : attempt
  })

/**
 * Sends recorded bytes in nonce order, or has the wallet send a recorded intent. Safe to run again: the same bytes are
 * the same transaction, and a wallet is asked again only if it keeps to the nonce.
 */
export function broadcast({
  ports,
  settings: { budget, request, isBound = true },
  gate,
}: Pick<EffectDependencies, 'settings' | 'gate'> & {
  ports: Pick<EffectDependencies['ports'], 'chain' | 'signer' | 'venice' | 'clock'>
}): Effect<'broadcast'> {
  return async ({ attempts }, { report, signal }) => {
    report({ awaits: 'rpc' })
    const inOrder = [...attempts].sort((a, b) => a.nonce - b.nonce)
    await gate.unchanged(inOrder)
    const intents = inOrder.filter(({ raw }) => raw === null)
    requireIntents(intents, { budget, request, isBound })
    await requireDelegates(inOrder, ports.chain)
    const sentAs: Record<string, Hex> = {}
    const sentAt: Record<string, string> = {}
    for (const attempt of inOrder) {
      const { raw, purpose, status } = attempt
      const startedAt = new Date(ports.clock.now()).toISOString()
      // The next step waits for the stake. Bytes that were sent before are known already.
      const mayWait = purpose === 'stake' && status === 'signed' && attempt === inOrder.at(-1)
      if (raw === null)
        sentAs[attempt.hash] = await sendIntent(
          attempt,
          { ...ports, gate },
          { asks: () => report({ awaits: 'signer' }), signal },
        )
      else {
        const sending = ports.chain.broadcast(attempt, { mayWait })
        void ports.venice.prepare?.()
        await sending
      }
      sentAt[attempt.hash] = mayWait ? startedAt : new Date(ports.clock.now()).toISOString()
    }
    return { hashes: inOrder.map(({ hash }) => hash), sentAs, sentAt }
  }
}
