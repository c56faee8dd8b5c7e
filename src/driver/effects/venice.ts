import { judgeFunding } from '../../domain/funding.ts'
import { type KeyRef, type KeyRequest, labelOf, type MintedKey, type MintIntent } from '../../domain/key.ts'
import { ChallengeLostError, ChallengeStaleError, KeyNotReadableError } from '../../errors/run.ts'
import { MintOutcomeUnknownError } from '../../errors/venice.ts'
import type { KeySink } from '../../ports/key-sink.ts'
import type { Effect, EffectDependencies } from './io.ts'
import type { Vault } from './vault.ts'

/** A challenge with less time left than this is not worth posting. */
const CHALLENGE_MARGIN_MS = 15_000
/** Characters of the marker that finds a key again in Venice's list. */
const MARKER_LENGTH = 12

type Dependencies = EffectDependencies & { vault: Vault }

/** Fetches a challenge into the vault; only form and expiry come out. Safe to repeat. */
export function fetchChallenge({ ports: { venice }, vault, redactor }: Dependencies): Effect<'fetchChallenge'> {
  return async ({ address }, { signal, report }) => {
    report({ awaits: 'venice' })
    const challenge = await venice.fetchChallenge(address, signal)
    redactor.add(challenge.text)
    vault.open(challenge)
    return { form: challenge.form, expiresAt: new Date(challenge.expiresAtMs).toISOString() }
  }
}

/** Signs the challenge in the vault. Safe to repeat while the process lives. */
export function signChallenge({ ports: { signer, clock }, vault, redactor }: Dependencies): Effect<'signChallenge'> {
  return async (_, { report }) => {
    report({ awaits: 'signer' })
    const { challenge } = freshChallenge(vault, clock.now())
    const signature = await signer.signMessage(challenge.text)
    redactor.add(signature)
    vault.sign(signature)
    return { signedAt: new Date(clock.now()).toISOString() }
  }
}

/** Makes sure the key will find its place, before there is one. */
export function openSink({ ports: { sink, clock } }: Dependencies): Effect<'openSink'> {
  return async ({ key }, { report }) => {
    report({ awaits: 'disk' })
    const { fingerprint, warnings } = await sink.probe()
    const label = labelOf(key, clock.id(MARKER_LENGTH))
    const at = new Date(clock.now()).toISOString()
    const replaced = fingerprint === null ? [] : [`${sink.name} held another key, which the new one replaces.`]
    return {
      intent: { label, at, status: 'posting', sink: sink.name, sinkBefore: fingerprint },
      warnings: [...warnings, ...replaced],
    }
  }
}

/**
 * Posts the mint and stores the key. NOT safe to repeat with a token: a second success is a second key. It therefore
 * refuses to post a token whose earlier post has no known outcome, and a new process never has the old challenge.
 */
export function mintKey({ ports: { venice, sink, clock }, vault, redactor }: Dependencies): Effect<'mintKey'> {
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
    return store(sink, minted, intent)
  }
}

/** Stores the key in the vault. Safe to repeat while the process lives. */
export function storeKey({ ports: { sink }, vault }: Dependencies): Effect<'storeKey'> {
  return async ({ intent }, { report }) => {
    report({ awaits: 'disk' })
    if (vault.key === null) throw new ChallengeLostError()
    return store(sink, vault.key, intent)
  }
}

/** Finds the key of a mint whose answer is not recorded: kept in memory, or in the sink where another was before. */
export function recoverKey({ ports: { sink }, vault, redactor }: Dependencies): Effect<'recoverKey'> {
  return async ({ key, intent }, { report }) => {
    report({ awaits: 'disk' })
    if (vault.key !== null) return { key: await store(sink, vault.key, intent) }
    // What another sink held before is not recorded, so nothing can be told from what it holds now.
    if (sink.name !== intent.sink) return { key: null }
    const { fingerprint } = await sink.probe()
    const apiKey = fingerprint === null || fingerprint === intent.sinkBefore ? null : ((await sink.read?.()) ?? null)
    if (apiKey === null) return { key: null }
    redactor.add(apiKey)
    return { key: refOf({ id: null, apiKey, expiresAt: key.expiresAt ?? null }, key, sink, intent) }
  }
}

/** Asks what the key may spend. No side effects; safe to repeat. */
export function checkFunding({
  ports: { venice, sink, clock },
  vault,
  redactor,
}: Dependencies): Effect<'checkFunding'> {
  return async ({ key }, { signal, report }) => {
    report({ awaits: 'venice' })
    const apiKey = vault.key?.apiKey ?? (await sink.read?.()) ?? null
    // What is in the sink may have been put there by somebody else since.
    if (apiKey?.endsWith(key.last6) !== true) throw new KeyNotReadableError(key.sink)
    redactor.add(apiKey)
    return judgeFunding(await venice.rateLimits(apiKey, signal), new Date(clock.now()).toISOString())
  }
}

function freshChallenge(vault: Vault, nowMs: number) {
  if (vault.challenge === null) throw new ChallengeLostError()
  const { challenge } = vault
  if (challenge.expiresAtMs - CHALLENGE_MARGIN_MS < nowMs)
    throw new ChallengeStaleError(new Date(challenge.expiresAtMs).toISOString())
  return { challenge, signature: vault.signature, isDoubtful: vault.isDoubtful }
}

async function store(sink: KeySink, minted: MintedKey, intent: MintIntent): Promise<KeyRef> {
  await sink.store(minted, intent.label)
  return refOf(minted, { type: minted.type }, sink, intent)
}

const refOf = (
  { id, apiKey, expiresAt }: { id: string | null; apiKey: string; expiresAt: string | null },
  { type }: Pick<KeyRequest, 'type'>,
  sink: KeySink,
  { label }: MintIntent,
): KeyRef => ({ id, last6: apiKey.slice(-6), type, sink: sink.name, expiresAt, label })
