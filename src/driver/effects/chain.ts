import type { Hex } from '../../domain/addresses.ts'
import { type Attempt, isOpen, leastNonce, newestPerNonce } from '../../domain/attempt.ts'
import { missingStake, planOf } from '../../domain/plan.ts'
import type { Position } from '../../domain/position.ts'
import { ContractWalletError, RpcError } from '../../errors/chain.ts'
import { DeclinedError, InsufficientEthError, InsufficientVvvError, PlanChangedError } from '../../errors/policy.ts'
import { PositionStaleError } from '../../errors/run.ts'
import { sendIntent } from './intent.ts'
import type { Effect, EffectDependencies } from './io.ts'
import { requireBudget, requireCounterparties } from './policy.ts'
import { signed } from './signed.ts'
import { probeSinks } from './sinks.ts'

/** Drafts older than this are not signed: their nonces and fees are of another time. */
export const POSITION_LIFE_MS = 60_000

/**
 * Looks at the wallet and at the sink. Rejects when the wallet lacks funds, so that the machine can wait for them. No
 * side effects.
 */
export function readPosition({ ports, ports: { chain }, settings }: EffectDependencies): Effect<'readPosition'> {
  return async ({ request, attempts }, { signal, report }) => {
    report({ awaits: 'rpc' })
    const { address } = request
    const stakeAmount = BigInt(request.stakeAmount)
    const open = newestPerNonce(attempts.filter(isOpen))
    // A sink that cannot take the key is found out before anything is spent, and again before the mint.
    const [position] = await Promise.all([
      chain.survey({ address, stakeAmount, open, leastNonce: leastNonce(attempts) }, signal),
      probeSinks(ports, settings),
    ])
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
  /**
   * What was said yes to in this process, and the sVVV to be locked for it: a plan is asked about once before the stake, and
   * once before its DIEM; again only when more would be locked, because the price has moved.
   */
  const approved = new Map<string, bigint>()
  return async ({ request, position, attempts }, { report }) => {
    report({ awaits: 'signer' })
    requireCounterparties(position.drafts)
    const plan = await planOf(request, position, attempts)
    requireBudget(plan, attempts, settings)
    if (settings.planDigest !== undefined && settings.planDigest !== plan.digest) {
      throw new PlanChangedError({ approved: settings.planDigest, actual: plan.digest })
    }
    const asked = `${plan.digest}${position.diem === undefined ? '' : ' diem'}`
    const lock = BigInt(position.diem?.lock ?? 0)
    if (settings.approve !== undefined && lock > (approved.get(asked) ?? -1n)) {
      if (!(await settings.approve(plan))) throw new DeclinedError()
      approved.set(asked, lock)
    }
    // Last, because a person may think for longer than fees and nonces keep.
    const ageMs = clock.now() - Date.parse(position.readAt)
    // Read in the future: by a process before this one, and the machine's clock was set back since.
    if (ageMs < 0 || ageMs > POSITION_LIFE_MS) throw new PositionStaleError(position.readAt)
    return signed(position.drafts, { signer, clock })
  }
}

/**
 * Hands out recorded bytes in nonce order, or has the wallet send what it was recorded to send. Safe to run again: the
 * same bytes are the same transaction, and a wallet is asked again only where it keeps to the nonce.
 */
export function broadcast({
  ports,
}: {
  ports: Pick<EffectDependencies['ports'], 'chain' | 'signer' | 'clock'>
}): Effect<'broadcast'> {
  return async ({ attempts }, { report }) => {
    report({ awaits: 'rpc' })
    const inOrder = [...attempts].sort((a, b) => a.nonce - b.nonce)
    const sentAs: Record<string, Hex> = {}
    const sentAt: Record<string, string> = {}
    for (const attempt of inOrder) {
      if (attempt.raw !== null) await ports.chain.broadcast(attempt)
      else sentAs[attempt.hash] = await sendIntent(attempt, ports, () => report({ awaits: 'signer' }))
      sentAt[attempt.hash] = new Date(ports.clock.now()).toISOString()
    }
    return { hashes: inOrder.map(({ hash }) => hash), sentAs, sentAt }
  }
}
