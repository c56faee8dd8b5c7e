import type { SponsoringEffectName, SponsoringEffects } from '../../machines/sponsoring/effects.ts'
import type { Attempt } from '../domain/attempt.ts'
import { unminedAttempts } from '../domain/budget.ts'
import type { Ceilings } from '../domain/ceilings.ts'
import { createRedactor, type Redactor } from '../domain/redact.ts'
import { isShownFor, type SponsorPlan, sponsorPlanOf } from '../domain/sponsoring.ts'
import { createGuard, sleepingUntil } from '../driver/effects/guard.ts'
import { sendIntent } from '../driver/effects/intent.ts'
import { type Asking, DEFAULT_SETTINGS, type EffectIo, type EffectSettings, type Ports } from '../driver/effects/io.ts'
import { replaceTransactions } from '../driver/effects/replace.ts'
import { finalFates, WALLET_STATE_LIFE_MS } from '../driver/effects/transactions.ts'
import { watchAttempts } from '../driver/effects/watch.ts'
import { RpcError } from '../errors/chain/endpoints.ts'
import { NonceUsedError } from '../errors/chain/transactions.ts'
import { DeclinedError, PlanChangedError } from '../errors/policy.ts'
import { WalletStateStaleError } from '../errors/run.ts'
import { AgentIsContractError } from '../errors/sponsor.ts'
import { ContractWalletError, InsufficientEthError, InsufficientVvvError } from '../errors/wallet.ts'
import { requireIntents, requirePlan, sponsorApproval } from '../gate/approval.ts'
import { createGate, type Gate } from '../gate/gate.ts'
import type { TreasuryChain } from '../ports/chain.ts'

/** The ports that sponsoring uses. The signer is the treasury. */
export interface SponsorPorts extends Pick<Ports, 'signer' | 'clock'> {
  chain: TreasuryChain
}

/** How this process runs effects. Not persisted: the next process may be stricter or laxer. */
export interface SponsorSettings
  extends Pick<EffectSettings, 'budget' | 'confirmations' | 'confirmationTimeoutMs' | 'planDigest'> {
  /** The most stakes that may be pending at the same time. */
  inFlight: number
  /** Asked before the first signature; false refuses. */
  approve?: (plan: SponsorPlan, io: Asking) => Promise<boolean>
}

/**
 * A pool that is not full keeps this many executable transactions of one sender, and one batch of requests reads them
 * all.
 */
const IN_FLIGHT = 50

export type SponsorEffect<Name extends SponsoringEffectName> = (
  input: SponsoringEffects[Name]['input'],
  io: EffectIo,
) => Promise<SponsoringEffects[Name]['output']>

export type SponsorEffectFunctions = { readonly [Name in SponsoringEffectName]: SponsorEffect<Name> }

interface Dependencies {
  ports: SponsorPorts
  settings: SponsorSettings
  /** The only way to the signer of `ports`. */
  gate: Gate
}

/** Effects without outside changes. A pause may cut them short. */
const INTERRUPTIBLE: ReadonlySet<SponsoringEffectName> = new Set(['readTreasury', 'watchTransactions', 'sleepUntil'])
/** Effects that may wait for a person or a wallet, but record and send nothing. A pause does not wait for them. */
const ABANDONABLE: ReadonlySet<SponsoringEffectName> = new Set(['signTransactions', 'replaceTransactions'])

/**
 * Makes the sponsoring machine's effects from the ports. Every effect rejects with a `Failure`, without any secret
 * seen, or with `Interrupted`.
 */
export function createSponsorEffects(
  ports: SponsorPorts,
  {
    settings: given = {},
    redactor = createRedactor(),
  }: { settings?: Partial<SponsorSettings>; redactor?: Redactor } = {},
): SponsorEffectFunctions {
  const { budget, confirmations, confirmationTimeoutMs } = DEFAULT_SETTINGS
  const settings = { budget, confirmations, confirmationTimeoutMs, inFlight: IN_FLIGHT, ...given }
  const { chain, clock, signer } = ports
  const gate = createGate({ signer, clock, decode: chain.decode })
  const dependencies = { ports, settings, gate }
  const guarded = createGuard({ clock, redactor, interruptible: INTERRUPTIBLE, abandonable: ABANDONABLE })
  return {
    readTreasury: guarded('readTreasury', readTreasury(dependencies)),
    signTransactions: guarded('signTransactions', signTransactions(dependencies)),
    broadcast: guarded('broadcast', broadcast(dependencies)),
    watchTransactions: guarded('watchTransactions', watchAttempts({ ports, settings, redactor })),
    replaceTransactions: guarded('replaceTransactions', replaceWithin(dependencies)),
    sleepUntil: guarded('sleepUntil', sleepingUntil(clock)),
  }
}

/**
 * Reads the treasury and its agents. Rejects when the treasury lacks funds for all of them, so that the list is never
 * done only in part. No side effects.
 */
function readTreasury({ ports: { chain }, settings }: Dependencies): SponsorEffect<'readTreasury'> {
  return async ({ treasury, agents, unproven, nextNonce, isFirst, beyond = '0' }, { signal, report }) => {
    report({ awaits: 'rpc' })
    const { inFlight } = settings
    const query = { address: treasury, agents, unproven, inFlight, isFirst, beyond: BigInt(beyond) }
    const { holdings, contracts, ...walletState } = await chain.surveyTreasury(query, signal)
    if (walletState.account === 'contract') throw new ContractWalletError(treasury)
    if (contracts.length > 0) throw new AgentIsContractError(contracts)
    if (walletState.nonce < nextNonce) {
      throw new RpcError(`it shows nonce ${walletState.nonce} of the treasury, and ${nextNonce - 1} is mined.`)
    }
    refuseLaggingView(holdings, unproven)
    const shortfall = {
      address: treasury,
      vvv: { has: BigInt(walletState.vvv), needs: BigInt(walletState.stake) + BigInt(beyond) },
      eth: { has: BigInt(walletState.eth), needs: BigInt(walletState.feeCeiling) },
    }
    if (shortfall.vvv.has < shortfall.vvv.needs) throw new InsufficientVvvError(shortfall)
    if (shortfall.eth.has < shortfall.eth.needs) throw new InsufficientEthError(shortfall)
    return walletState
  }
}

/**
 * A mined stake of this treasury is staked. An endpoint that shows less is lagging, or uses nodes that lag. A plan from
 * such a stale read would stake twice.
 */
function refuseLaggingView(beneficiaries: Readonly<Record<string, string>>, unproven: readonly Attempt[]): void {
  const hidden = unproven.find((attempt) => !isShownFor(attempt, { beneficiaries }))
  if (hidden === undefined) return
  throw new RpcError(`it does not show what was staked for ${hidden.beneficiary} in ${hidden.hash}.`, {
    facts: ['If that was unstaked since, the record of the treasury has to be put aside first.'],
  })
}

/**
 * Checks counterparties, budget and plan, asks for approval, and only then signs. Sends nothing. What it returns is
 * recorded before anything is sent, so a crash here costs nothing.
 */
function signTransactions({
  ports: { chain, clock },
  settings,
  gate,
}: Dependencies): SponsorEffect<'signTransactions'> {
  /** Approved in this process. A plan is asked about once, even if it takes many transactions. */
  const approved = new Set<string>()
  let ceilings: Ceilings | null = null
  return async ({ request, walletState, attempts = [], reverted = [], spent, earlier }, { signal, report }) => {
    report({ awaits: 'signer' })
    const others = { vvv: BigInt(earlier?.vvv ?? 0), feeWei: BigInt(earlier?.feeWei ?? 0) }
    const before = { vvv: others.vvv + BigInt(spent.vvv), feeWei: others.feeWei + BigInt(spent.feeWei) }
    await gate.unchanged(attempts)
    const { planDigest } = settings
    const plan = await sponsorPlanOf(request, walletState, before, { ceilings, digest: planDigest })
    if (planDigest !== undefined && planDigest !== plan.digest) {
      throw new PlanChangedError({ actual: plan.digest })
    }
    const approval = sponsorApproval(plan, request, { budget: settings.budget, earlier: others.vvv })
    const fates = await finalFates(unminedAttempts(attempts), chain, signal)
    requirePlan(plan, attempts, { approval, before, earlier: reverted, fates })
    if (settings.approve !== undefined && !approved.has(plan.digest)) {
      if (!(await settings.approve(plan, { signal }))) throw new DeclinedError()
    }
    approved.add(plan.digest)
    ceilings = plan.ceilings
    // The answer may have come after a pause.
    signal.throwIfAborted()
    // Checked last, because a person may take longer to answer than fees and nonces stay valid.
    const ageMs = clock.now() - Date.parse(walletState.readAt)
    if (ageMs < 0 || ageMs > WALLET_STATE_LIFE_MS) throw new WalletStateStaleError(walletState.readAt)
    return gate.transactions(walletState.drafts, attempts, { approval, before, dead: fates.dead, signal })
  }
}

/**
 * Sends the recorded transactions in nonce order. If a nonce is used already, the same transaction may have used it,
 * sent before a crash: then the later ones are sent as well. If another transaction used it, the new ones were drafted
 * from a stale read, and sending the rest could stake twice. Safe to run again.
 */
function broadcast({ ports, settings: { budget }, gate }: Dependencies): SponsorEffect<'broadcast'> {
  const { chain } = ports
  return async ({ attempts, isNew }, { signal, report }) => {
    report({ awaits: 'rpc' })
    const hashes: string[] = []
    const sentAs: Record<string, Attempt['hash']> = {}
    const sentAt: Record<string, string> = {}
    const inOrder = attempts.toSorted((a, b) => a.nonce - b.nonce)
    await gate.unchanged(inOrder)
    const intents = inOrder.filter(({ raw }) => raw === null)
    requireIntents(intents, { budget, request: undefined, isBound: true })
    for (const [index, attempt] of inOrder.entries()) {
      try {
        if (attempt.raw !== null) await chain.broadcast(attempt)
        else {
          const asks = () => report({ awaits: 'signer' })
          sentAs[attempt.hash] = await sendIntent(attempt, { ...ports, gate }, { asks, signal })
        }
        hashes.push(attempt.hash)
        sentAt[attempt.hash] = new Date(ports.clock.now()).toISOString()
      } catch (error) {
        if (!(error instanceof NonceUsedError)) throw error
        if (!isNew || (await chain.hasReceipt(attempt, signal))) continue
        const rest = inOrder.slice(index).filter(({ status }) => status === 'signed')
        const seen = await chain.report(attempt.from, rest, signal)
        // If a node has it, an earlier process sent it.
        const isOut = (hash: string) =>
          seen.attempts.some((found) => found.hash === hash && !['missing', 'superseded'].includes(found.status))
        const dropped = rest.map(({ hash }) => hash).filter((hash) => !isOut(hash))
        return { hashes, sentAs, sentAt, dropped }
      }
    }
    return { hashes, sentAs, sentAt, dropped: [] }
  }
}

/** The fees of settled transactions count against the budget as well. */
function replaceWithin({ ports, settings, gate }: Dependencies): SponsorEffect<'replaceTransactions'> {
  return ({ settled, ...input }, io) => {
    const { maxFeeWei, ...budget } = settings.budget
    const left = maxFeeWei === undefined ? budget : { ...budget, maxFeeWei: maxFeeWei - BigInt(settled.feeWei) }
    return replaceTransactions({ ports, settings: { budget: left }, gate })(input, io)
  }
}
