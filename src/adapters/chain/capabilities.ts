import { z } from 'zod'
import { originOf } from '../../domain/url-secrets.ts'

/** Methods that an endpoint may lack: each has a slower substitute. */
export const OPTIONAL_METHODS = ['eth_maxPriorityFeePerGas', 'eth_feeHistory', 'eth_sendRawTransactionSync'] as const
export type OptionalMethod = (typeof OPTIONAL_METHODS)[number]

const abilitiesSchema = z.object({
  batchSize: z.int().min(1).optional(),
  stateOverride: z.boolean().optional(),
  pending: z.boolean().optional(),
  multicall: z.boolean().optional(),
  methods: z.partialRecord(z.enum(OPTIONAL_METHODS), z.boolean()).optional(),
})

/**
 * What the answers of an endpoint have shown. Missing: not known yet. `batchSize`: most calls that it takes in one request.
 * `pending`: whether it tells of the `pending` tag. `multicall`: whether its chain has Multicall3.
 */
export type Abilities = z.infer<typeof abilitiesSchema>

/** By origin: the rest of a URL may hold a key. Plain JSON, to be recorded and given back at the next start. */
export type Capabilities = Record<string, Abilities>

/** Of all endpoints of a process. */
export interface CapabilityMemory {
  /** Of the endpoint at `url`; what is learned is written into it. */
  of(url: string): Abilities
  /** A copy of all that is known. */
  all(): Capabilities
}

/** @param known - as `all` gave it in an earlier process. What does not parse is ignored: it would be learned again. */
export function createCapabilities(known: unknown = {}): CapabilityMemory {
  const byOrigin = new Map<string, Abilities>()
  for (const [origin, abilities] of Object.entries(z.record(z.string(), z.unknown()).safeParse(known).data ?? {})) {
    const { data } = abilitiesSchema.safeParse(abilities)
    if (data !== undefined) byOrigin.set(origin, data)
  }
  return {
    of(url) {
      const origin = originOf(url)
      const abilities = byOrigin.get(origin) ?? {}
      byOrigin.set(origin, abilities)
      return abilities
    },
    all: () => structuredClone(Object.fromEntries(byOrigin)),
  }
}
