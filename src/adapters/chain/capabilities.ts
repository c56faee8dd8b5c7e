import { originOf } from '../../domain/url-secrets.ts'

/** Methods that an endpoint may lack. Each has a slower substitute. */
export const OPTIONAL_METHODS = ['eth_maxPriorityFeePerGas', 'eth_feeHistory', 'eth_sendRawTransactionSync'] as const
export type OptionalMethod = (typeof OPTIONAL_METHODS)[number]

/** What the answers of an endpoint have shown. Absent: unknown. */
export interface Abilities {
  /** The most calls that it accepts in one request. */
  batchSize?: number | undefined
  stateOverride?: boolean | undefined
  /** Whether it supports the `pending` tag. */
  pending?: boolean | undefined
  methods?: { readonly [Method in OptionalMethod]?: boolean | undefined } | undefined
}

/** By origin, because the rest of a URL may hold a key. */
export type Capabilities = Record<string, Abilities>

/** What endpoints lack, kept from one process to the next. These are hints: a wrong one only costs requests. */
export interface EndpointNotes {
  /** What is known of an endpoint. */
  of(origin: string): Abilities
  /** Notes what an endpoint has shown. Writes nothing if it lacks nothing. Never throws. */
  keep(origin: string, abilities: Abilities): void
}

/** The capabilities of all endpoints of a process. */
export interface CapabilityMemory {
  /** The capabilities of the endpoint at `url`. New facts are written into it. */
  of(url: string): Abilities
  /** Call when something may have been learned about the endpoint at `url`. */
  keep(url: string): void
  /** A copy of all that is known. */
  all(): Capabilities
}

/** @param notes - from earlier processes, and for later ones. */
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
