import { type Funding, type FundingBalances, judgeFunding } from '../../domain/funding.ts'

import { isYoung, type KeyRef, type KeyRequest } from '../../domain/key.ts'
import { proofOf } from '../../domain/proof.ts'

import { OnboardingError } from '../../errors/base.ts'
import { KeyNotReadableError } from '../../errors/key.ts'
import { KeyNotKnownYetError } from '../../errors/keys.ts'
import { AuthenticationFailedError } from '../../errors/venice/all.ts'
import type { Effect, EffectDependencies, Ports } from './io.ts'
import { createPaidCall, isAnswered } from './paid-call.ts'
import { readBack } from './read-back.ts'
import { readHeld, sinksOf } from './sinks.ts'
import type { Vault } from './vault.ts'

type Dependencies = EffectDependencies & { vault: Vault }

/** Reads what the key may spend. No side effects; safe to repeat. */
export function checkFunding(dependencies: Dependencies): Effect<'checkFunding'> {
  const { ports, vault } = dependencies
  return async ({ key, asked, mintedAt }, { signal, report }) => {
    report({ awaits: 'venice' })
    const apiKey = await secretOf(dependencies, key)
    const stakedDiem = vault.takeStakedDiem(ports.clock.now())
    const funding = await whileYoung(mintedAt, ports, () => fundingOf(ports, { apiKey, asked, stakedDiem }, signal))
    const differences = await readBack(ports, { apiKey, key, asked, funding }, signal)
    return { ...funding, ...(differences.length > 0 && { differences }) }
  }
}

/**
 * Makes the smallest paid call with the key, and finds out what it cost. Every repeat costs as much again: a fraction
 * of a cent. All repeats together never exceed the budget.
 */
export function proveFunding(dependencies: Dependencies): Effect<'proveFunding'> {
  const { ports, settings } = dependencies
  const paidCall = createPaidCall(ports.venice, settings)
  return async ({ key, privacy, balances, calls, avoid = [], mintedAt }, { report }) => {
    report({ awaits: 'venice' })
    const apiKey = await secretOf(dependencies, key)
    const { model, usage } = await paidCall({
      privacy,
      calls,
      avoid,
      call: (id) => whileYoung(mintedAt, ports, () => ports.venice.complete(apiKey, id)),
      isCredentialTaken: () => isAnswered(ports.venice.rateLimits(apiKey)),
    })
    const at = new Date(ports.clock.now()).toISOString()
    // The call is made and paid. It still counts if its cost cannot be read.
    const after = await ports.venice.rateLimits(apiKey).then(({ balances: left }): FundingBalances => left, orNull)
    return { proof: proofOf({ model, usage, at }, balances, after), balances: after }
  }
}

/** Does `work` with a key. @throws {KeyNotKnownYetError} Venice refuses the key, but it is new. */
async function whileYoung<T>(
  mintedAt: string | undefined,
  { clock }: Pick<Ports, 'clock'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof AuthenticationFailedError && isYoung(mintedAt, clock.now()))) throw cause
    throw new KeyNotKnownYetError({ cause, facts: cause.facts })
  }
}

/**
 * What Venice says of the key, and the chain as well if Venice accepts no call. No side effects; safe to repeat.
 *
 * @param asked - the options that the key was minted with.
 * @param stakedDiem - base units, if it was just read.
 */
export async function fundingOf(
  { venice, chain, signer, clock }: Pick<Ports, 'venice' | 'chain' | 'signer' | 'clock'>,
  { apiKey, asked, stakedDiem }: { apiKey: string; asked: KeyRequest | undefined; stakedDiem?: string | null },
  signal?: AbortSignal,
): Promise<Funding> {
  const limits = await venice.rateLimits(apiKey, signal)
  const staked = limits.accessPermitted ? null : (stakedDiem ?? (await stakedDiemOf({ chain, signer }, signal)))
  const limit = asked?.consumptionLimit
  return judgeFunding(limits, {
    checkedAt: new Date(clock.now()).toISOString(),
    stakedDiem: staked === null ? null : BigInt(staked),
    ...(limit !== undefined && { limit }),
  })
}

/** It only makes the reason more exact, so a failing RPC does no harm. */
async function stakedDiemOf(
  { chain, signer }: Pick<Ports, 'chain' | 'signer'>,
  signal: AbortSignal | undefined,
): Promise<bigint | null> {
  const held = await chain.holdings(signer.address, signal).catch(orNull)
  return held?.stakedDiem ?? null
}

/** Null for something optional that could not be read. Errors that are not the server's are thrown again. */
function orNull(error: unknown): null {
  if (error instanceof OnboardingError) return null
  throw error
}

/** The secret key, from memory or from its sink. @throws {KeyNotReadableError} */
async function secretOf({ ports, vault, redactor }: Dependencies, key: KeyRef): Promise<string> {
  const inMemory = vault.key?.apiKey.endsWith(key.last6) ? vault.key.apiKey : null
  const apiKey = inMemory ?? (await readHeld(ports, key))
  if (apiKey === null) {
    const isOpen = sinksOf(ports).some(({ name }) => name === key.sink)
    throw new KeyNotReadableError(key.sink, { isOpen })
  }
  redactor.add(apiKey)
  return apiKey
}
