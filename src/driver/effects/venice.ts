import {
  type KeyRef,
  type KeyRequest,
  labelOf,
  MARKER_LENGTH,
  type MintedKey,
  type MintIntent,
} from '../../domain/key.ts'
import { ChallengeLostError, ChallengeStaleError } from '../../errors/challenge.ts'
import { MintOutcomeUnknownError } from '../../errors/venice/all.ts'
import { type Effect, type EffectDependencies, minterOf, type Ports } from './io.ts'
import { findStored, probeSinks, storeInOne } from './sinks.ts'
import type { Vault } from './vault.ts'

/** A challenge with less time left is not posted. */
const CHALLENGE_MARGIN_MS = 15_000

type Dependencies = EffectDependencies & { vault: Vault }

/** Fetches a challenge into the vault; only form and expiry come out. Safe to repeat. */
export function fetchChallenge({ ports: { venice, clock }, vault, redactor }: Dependencies): Effect<'fetchChallenge'> {
  return async ({ address }, { signal, report }) => {
    report({ awaits: 'venice' })
    const ahead = await vault.takePrefetched()
    // A challenge that was fetched before the wallet was funded may be old.
    const isFresh = ahead !== null && ahead.expiresAtMs - CHALLENGE_MARGIN_MS >= clock.now()
    const challenge = isFresh ? ahead : await venice.fetchChallenge(address, signal)
    redactor.add(challenge.text)
    vault.open(challenge)
    return { form: challenge.form, expiresAt: new Date(challenge.expiresAtMs).toISOString() }
  }
}

/**
 * Signs the challenge that was fetched ahead. This finds a wallet that does not sign it, or a challenge that must not
 * be signed, before anything is spent. The signature is used later unless it expires, so nobody is asked twice. Side
 * effects: asks the signer. Safe to repeat.
 */
export async function signAhead({ ports: { clock }, vault, redactor, gate }: Dependencies): Promise<void> {
  await vault.signAhead(async (challenge) => {
    if (challenge.expiresAtMs - CHALLENGE_MARGIN_MS < clock.now()) return null
    redactor.add(challenge.text)
    const signature = await gate.challenge(challenge)
    redactor.add(signature)
    return signature
  })
}

/** Signs the challenge in the vault, unless it was signed ahead. Safe to repeat while the process lives. */
export function signChallenge({ ports: { clock }, vault, redactor, gate }: Dependencies): Effect<'signChallenge'> {
  return async (_, { report }) => {
    report({ awaits: 'signer' })
    const { challenge } = freshChallenge(vault, clock.now())
    const signature = vault.takeSignedAhead() ?? (await gate.challenge(challenge))
    redactor.add(signature)
    vault.sign(signature)
    return { signedAt: new Date(clock.now()).toISOString() }
  }
}

/** Checks before the mint that a sink can take the key. */
export function openSink({ ports, settings }: Dependencies): Effect<'openSink'> {
  return async ({ key }, { report, signal }) => {
    report({ awaits: 'disk' })
    const { found, warnings } = await probeSinks(ports, settings, signal)
    const label = labelOf(key, ports.clock.id(MARKER_LENGTH))
    const at = new Date(ports.clock.now()).toISOString()
    return { intent: { label, at, status: 'posting', ...found }, warnings }
  }
}

/**
 * Posts the mint and keeps the key in the vault. NOT safe to repeat with a token: a second success is a second key. So
 * it does not post a token again whose earlier outcome is unknown. A new process never has the old challenge.
 */
export function mintKey({ ports, settings, vault, redactor }: Dependencies): Effect<'mintKey'> {
  const { venice, clock } = ports
  return async ({ address, key, intent }, { report }) => {
    report({ awaits: 'venice' })
    const { challenge, signature, isDoubtful } = freshChallenge(vault, clock.now())
    if (signature === null) throw new ChallengeLostError()
    if (isDoubtful && challenge.form === 'jwt')
      throw new MintOutcomeUnknownError({ request: 'an earlier post of this token', address })
    vault.doubt(true)
    const minted = await venice
      .mint({ address, signature, challenge, key, label: intent.label })
      .catch((error: unknown) => {
        if (!(error instanceof MintOutcomeUnknownError)) vault.doubt(false)
        throw error
      })
    redactor.add(minted.apiKey)
    vault.keep(minted)
    return store({ ports, settings }, minted, intent)
  }
}

/** Stores the key in the vault. Safe to repeat while the process lives. */
export function storeKey({ ports, settings, vault }: Dependencies): Effect<'storeKey'> {
  return async ({ intent }, { report }) => {
    report({ awaits: 'disk' })
    if (vault.key === null) throw new ChallengeLostError()
    return store({ ports, settings }, vault.key, intent)
  }
}

/** Finds the key of a mint whose answer is not recorded: in memory, or in a sink that held another key before. */
export function recoverKey({ ports, settings, vault, redactor }: Dependencies): Effect<'recoverKey'> {
  return async ({ key, intent }, { report }) => {
    report({ awaits: 'disk' })
    if (vault.key !== null) return { key: await store({ ports, settings }, vault.key, intent) }
    const found = await findStored(ports, intent)
    if (found === null) return { key: null }
    const { apiKey, sink } = found
    redactor.add(apiKey)
    const ref = refOf({ id: null, apiKey, expiresAt: key.expiresAt ?? null }, key, sink, intent)
    return { key: withOrigin(ref, ports) }
  }
}

function freshChallenge(vault: Vault, nowMs: number) {
  if (vault.challenge === null) throw new ChallengeLostError()
  const { challenge } = vault
  if (challenge.expiresAtMs - CHALLENGE_MARGIN_MS < nowMs)
    throw new ChallengeStaleError(new Date(challenge.expiresAtMs).toISOString())
  return { challenge, signature: vault.signature, isDoubtful: vault.isDoubtful }
}

async function store(
  { ports, settings }: Pick<Dependencies, 'ports' | 'settings'>,
  minted: MintedKey,
  intent: MintIntent,
): Promise<KeyRef> {
  const { origin } = ports.venice
  const sink = await storeInOne(ports, minted, intent.label, {
    ...settings,
    chosen: intent.sink,
    ...(origin !== undefined && { owner: { origin, address: minterOf(ports).address } }),
  })
  return withOrigin(refOf(minted, { type: minted.type }, sink, intent), ports)
}

const withOrigin = (ref: KeyRef, { venice: { origin } }: Pick<Ports, 'venice'>): KeyRef => ({
  ...ref,
  ...(origin !== undefined && { origin }),
})

const refOf = (
  { id, apiKey, expiresAt }: { id: string | null; apiKey: string; expiresAt: string | null },
  { type }: Pick<KeyRequest, 'type'>,
  sink: string,
  { label }: MintIntent,
): KeyRef => ({ id, last6: apiKey.slice(-6), type, sink, expiresAt, label })
