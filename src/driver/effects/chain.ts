import { type Attempt, isOpen, newestPerNonce } from '../../domain/attempt.ts'
import { missingStake, planOf } from '../../domain/plan.ts'
import type { Position } from '../../domain/position.ts'
import { ContractWalletError, RpcError } from '../../errors/chain.ts'
import { DeclinedError, InsufficientEthError, InsufficientVvvError, PlanChangedError } from '../../errors/policy.ts'
import { PositionStaleError } from '../../errors/run.ts'
import type { Effect, EffectDependencies } from './io.ts'
import { requireBudget, requireCounterparties } from './policy.ts'
import { signed } from './signed.ts'

/** Drafts older than this are not signed: their nonces and fees are of another time. */
const POSITION_LIFE_MS = 60_000

/**
 * Looks at the wallet and at the sink. Rejects when the wallet lacks funds, so that the machine can wait for them. No
 * side effects.
 */
export function readPosition({ ports: { chain, sink } }: EffectDependencies): Effect<'readPosition'> {
  return async ({ request, attempts }, { signal, report }) => {
    report({ awaits: 'rpc' })
    const { address } = request
    const stakeAmount = BigInt(request.stakeAmount)
    const open = newestPerNonce(attempts.filter(isOpen))
    // A sink that cannot take the key is found out before anything is spent, and again before the mint.
    const [position] = await Promise.all([chain.survey({ address, stakeAmount, open }, signal), sink.probe()])
    if (position.account === 'contract') throw new ContractWalletError(address)
    const stake = missingStake(stakeAmount, BigInt(position.sVvv))
    if (stake === 0n) return position
    refuseLaggingView(position, attempts)
    const shortfall = {
      address,
      vvv: { has: BigInt(position.vvv), needs: stake },
      eth: { has: BigInt(position.eth), needs: BigInt(position.feeCeiling) },
    }
    if (shortfall.vvv.has < shortfall.vvv.needs) throw new InsufficientVvvError(shortfall)
    if (shortfall.eth.has < shortfall.eth.needs) throw new InsufficientEthError(shortfall)
    return position
  }
}

/**
 * A stake of this run that is mined is staked. An endpoint that shows less lags behind, or mixes nodes that do; to plan
 * from what it shows would be to stake twice.
 */
function refuseLaggingView({ sVvv }: Position, attempts: readonly Attempt[]): void {
  const stake = attempts.findLast(({ purpose, status }) => purpose === 'stake' && status === 'mined')
  if (stake === undefined || BigInt(sVvv) >= BigInt(stake.expected)) return
  throw new RpcError(`it does not show what this run staked in ${stake.hash}.`, {
    facts: ['If that was unstaked since, put the run aside with `venice-onboard wipe`.'],
  })
}

/**
 * Checks counterparties, budget and plan, asks for approval, and only then signs, in that order.
 * Sends nothing; what it returns is recorded before anything is sent, so a crash here costs nothing.
 */
export function signTransactions({
  ports: { signer, clock },
  settings,
}: EffectDependencies): Effect<'signTransactions'> {
  /** Digests that were said yes to in this process: a plan is not asked about twice. */
  const approved = new Set<string>()
  return async ({ request, position, attempts }, { report }) => {
    report({ awaits: 'signer' })
    requireCounterparties(position.drafts)
    const plan = await planOf(request, position)
    requireBudget(plan, attempts, settings)
    if (settings.planDigest !== undefined && settings.planDigest !== plan.digest) {
      throw new PlanChangedError({ approved: settings.planDigest, actual: plan.digest })
    }
    if (settings.approve !== undefined && !approved.has(plan.digest)) {
      if (!(await settings.approve(plan))) throw new DeclinedError()
      approved.add(plan.digest)
    }
    // Last, because a person may think for longer than fees and nonces keep.
    const ageMs = clock.now() - Date.parse(position.readAt)
    // Read in the future: by a process before this one, and the machine's clock was set back since.
    if (ageMs < 0 || ageMs > POSITION_LIFE_MS) throw new PositionStaleError(position.readAt)
    return signed(position.drafts, { signer, clock })
  }
}

/** Hands out recorded bytes in nonce order. Safe to run again: the same bytes are the same transaction. */
export function broadcast({ ports: { chain } }: EffectDependencies): Effect<'broadcast'> {
  return async ({ attempts }, { report }) => {
    report({ awaits: 'rpc' })
    const inOrder = [...attempts].sort((a, b) => a.nonce - b.nonce)
    for (const attempt of inOrder) await chain.broadcast(attempt)
    return { hashes: inOrder.map(({ hash }) => hash) }
  }
}
