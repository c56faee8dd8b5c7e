import { SIWX_HEADER } from '../adapters/siwx.ts'
import type { ServerClock } from '../adapters/venice/server-clock.ts'
import { signInWithX } from '../gate/sign-in.ts'
import type { Signer } from '../ports/signer.ts'
import type { Credential } from './caller.ts'
import { CALLS_PER_WALLET, createSlots, type Slots } from './slots.ts'

/** The wallet itself: every request gets a sign-in of its own. Side effects: one signature for each. */
export const walletCredential = (signer: () => Promise<Signer>, clock: ServerClock): Credential => ({
  kind: 'wallet',
  async headers(target) {
    return { [SIWX_HEADER]: await signInWithX(await signer(), clock, target) }
  },
})

/** A minted key. */
export const keyCredential = (apiKey: string): Credential => ({
  kind: 'key',
  headers: () => Promise.resolve({ authorization: `Bearer ${apiKey}` }),
})

const slots = new Map<string, Slots>()

/** The room that a wallet has at one API: the same for everything in this process that calls as it. */
export function slotsFor(apiUrl: string, address: string): Slots {
  const key = `${apiUrl} ${address.toLowerCase()}`
  const found = slots.get(key) ?? createSlots(CALLS_PER_WALLET)
  slots.set(key, found)
  return found
}
