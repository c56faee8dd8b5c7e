import { z } from 'zod'
import { ADDRESS_PATTERN, type Address } from '../domain/addresses.ts'
import type { Told } from '../domain/next-action.ts'
import { type Beneficiary, keyOf } from '../domain/sponsoring.ts'
import type { ExitClass } from '../errors/base.ts'
import { AgentsNotUsableError, SponsorsItselfError } from '../errors/sponsor.ts'
import { type Order, orderSchema } from './order.ts'

/** Restate and its ingress take messages of several MiB; a list of so many wallets has three. */
const MOST_WALLETS = 10_000

/** A wallet that a treasury stakes for, and what is asked of it afterwards. */
export interface SponsoredWallet extends Beneficiary {
  /** Index of the account in the workers' seed. */
  index?: number | undefined
  /** Handed in once its stake is there. */
  order?: Order | undefined
}

/** What a treasury may spend for one list. Base units of VVV, and wei; absent: no limit. */
interface Caps {
  maxVvv?: string | undefined
  maxFeeWei?: string | undefined
}

interface OfTreasury extends Caps {
  /** One more than the list before; 1 at first. A list is begun once, however often it is handed in. */
  pass: number
  chainId: number
  /** The treasury. */
  address: Address
  /** ISO 8601: until when to wait for the treasury to be funded. */
  fundsDeadline?: string | undefined
}

/** What is asked of a treasury: a list of wallets. Plain JSON; kept in Restate's journal, so no secret is ever in it. */
export interface SponsorOrder extends OfTreasury {
  wallets: readonly SponsoredWallet[]
}

/** Some wallets of a list: a run of the sponsoring machine, whose record stays small. */
export interface Chunk extends OfTreasury {
  runId: string
  wallets: readonly SponsoredWallet[]
  /** Base units that are staked for the wallets after these; the first approve is for them, too. */
  beyond: string
  isLast: boolean
}

const amount = z.string().regex(/^\d{1,30}$/)
const sponsorOrderSchema = z.strictObject({
  pass: z.int().min(1),
  chainId: z.int().min(1),
  address: z.string().regex(ADDRESS_PATTERN),
  maxVvv: amount.optional(),
  maxFeeWei: amount.optional(),
  fundsDeadline: z.iso.datetime().optional(),
  wallets: z
    .array(
      z.strictObject({
        address: z.string().regex(ADDRESS_PATTERN),
        amount: z.string().regex(/^[1-9]\d{0,29}$/),
        index: z.int().min(0).optional(),
        order: orderSchema.optional(),
      }),
    )
    .min(1)
    .max(MOST_WALLETS),
})

/** The order in `value`, or null: anybody who reaches Restate's ingress can send one. */
export function parseSponsorOrder(value: unknown): SponsorOrder | null {
  const { success, data } = sponsorOrderSchema.safeParse(value)
  return success ? (data as SponsorOrder) : null
}

/**
 * @throws {AgentsNotUsableError} {SponsorsItselfError} a list that cannot be carried out.
 */
export function requireUsable({ address: treasury, wallets }: Pick<SponsorOrder, 'address' | 'wallets'>): void {
  if (wallets.length === 0) throw new AgentsNotUsableError('it is empty')
  if (wallets.length > MOST_WALLETS) {
    throw new AgentsNotUsableError(`it has ${wallets.length} wallets, and the maximum is ${MOST_WALLETS}`)
  }
  const seen = new Set<Address>()
  for (const { address, order } of wallets) {
    const key = keyOf(address)
    if (key === keyOf(treasury)) throw new SponsorsItselfError(address)
    if (seen.has(key)) throw new AgentsNotUsableError(`it names ${address} twice`)
    if (order !== undefined && keyOf(order.address) !== key) {
      throw new AgentsNotUsableError(`the order for ${address} is for ${order.address}`)
    }
    seen.add(key)
  }
}

/** A treasury in a line. */
export interface TreasurySummary {
  chainId: number
  address: string
  pass: number
  /** Dotted path of the machine's state; `plan` before the first look is done. */
  state: string
  outcome: 'running' | 'done' | 'failed'
  failure: { code: string; message: string; hint: Told; exit: ExitClass; isRecoverable: boolean } | null
  /** Of this list. */
  wallets: number
  staked: number
  handedIn: number
  /** ISO 8601. */
  startedAt: string
  updatedAt: string
  /** Base units of VVV, and wei, of this list: spent, or perhaps still to be spent. */
  spent: { vvv: string; feeWei: string }
  /** The same of all lists before it. */
  spentBefore: { vvv: string; feeWei: string }
}
