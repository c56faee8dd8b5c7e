import { originOf } from '../../domain/url-secrets.ts'

/** Methods that an endpoint may lack: each has a slower substitute. */
export const OPTIONAL_METHODS = ['eth_maxPriorityFeePerGas', 'eth_feeHistory', 'eth_sendRawTransactionSync'] as const
export type OptionalMethod = (typeof OPTIONAL_METHODS)[number]

/** What the answers of an endpoint have shown. Missing: not known yet. */
export interface Abilities {
  /** Most calls that it takes in one request. */
  batchSize?: number | undefined
  stateOverride?: boolean | undefined
  /** Whether it tells of the `pending` tag. */
  pending?: boolean | undefined
  methods?: { readonly [Method in OptionalMethod]?: boolean | undefined } | undefined
}

/** By origin: the rest of a URL may hold a key. */
export type Capabilities = Record<string, Abilities>

/** What endpoints lack, from one process to the next. Hints: a wrong one costs requests, and decides nothing. */
export interface EndpointNotes {
  /** What is known of an endpoint. */
  of(origin: string): Abilities
  /** Notes what an endpoint has shown since. Nothing that it lacks: nothing is noted. Never throws. */
  keep(origin: string, abilities: Abilities): void
}

/** Of all endpoints of a process. */
export interface CapabilityMemory {
  /** Of the endpoint at `url`; what is learned is written into it. */
  of(url: string): Abilities
  /** Something may have been learned of the endpoint at `url`. */
  keep(url: string): void
  /** A copy of all that is known. */
  all(): Capabilities
}

/** @param notes - of earlier processes, and for the next. */
export function createCapabilities(notes?: EndpointNotes): CapabilityMemory {
  const byOrigin = new Map<string, Abilities>()
  const of = (url: string): Abilities => {
    const origin = originOf(url)
    const abilities = byOrigin.get(origin) ?? notes?.of(origin) ?? {}
    byOrigin.set(origin, abilities)
    return abilities
  }
  return {
    of,
    keep: (url) => notes?.keep(originOf(url), of(url)),
    all: () => structuredClone(Object.fromEntries(byOrigin)),
  }
}
