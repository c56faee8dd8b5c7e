import { z } from 'zod'
import { ADDRESS_PATTERN, type Address } from '../domain/addresses.ts'
import type { CreditFund } from '../domain/fund.ts'
import type { KeyRequest } from '../domain/key.ts'
import type { Told } from '../domain/next-action.ts'
import type { RunResult } from '../driver/result.ts'
import type { Wanted } from '../operations/wanted.ts'

/** What is asked of a wallet's object: one pass. Plain JSON; kept in Restate's journal, so no secret is ever in it. */
export interface Order {
  /** One more than the pass before; 1 at first. A pass begins once, however often it is asked for. */
  pass: number
  chainId: number
  address: Address
  /** Index of the account in the workers' seed. */
  index?: number | undefined
  /** Base units: the sVVV the wallet shall hold. */
  stakeAmount?: string | undefined
  key?: Partial<KeyRequest> | undefined
  /** The wallet itself pays for calls: nothing is staked, and no key minted. */
  credential?: 'wallet' | undefined
  /** Credit of the wallet to be bought in USDC. */
  fund?: CreditFund | undefined
  /** Base units of VVV, and wei. They narrow what the worker allows, and never widen it. */
  maxVvv?: string | undefined
  maxFeeWei?: string | undefined
  /** ISO 8601: until when to wait for the wallet, and then for the key, to be funded. */
  fundsDeadline?: string | undefined
  mustProve?: boolean | undefined
  mustBeFunded?: boolean | undefined
  /** A treasury has staked for it: it waits until that shows, and never spends in its place. */
  isSponsored?: boolean | undefined
  /** First finds and deletes, at Venice, the keys of this run that nobody holds. */
  mustReclaim?: boolean | undefined
}

const amount = z.string().regex(/^\d{1,30}$/)

const keySchema = z.strictObject({
  type: z.enum(['INFERENCE', 'ADMIN']).optional(),
  description: z.string().max(48).optional(),
  expiresAt: z.string().optional(),
  consumptionLimit: z.strictObject({ usd: z.number().optional(), diem: z.number().optional() }).optional(),
  limitPeriod: z.enum(['EPOCH', 'MONTH', 'LIFETIME']).optional(),
  modelPrivacy: z.enum(['ALL', 'PRIVATE_TEXT', 'PRIVATE_ONLY']).optional(),
})

export const orderSchema = z.strictObject({
  pass: z.int().min(1),
  chainId: z.int().min(1),
  address: z.string().regex(ADDRESS_PATTERN),
  index: z.int().min(0).optional(),
  stakeAmount: amount.optional(),
  key: keySchema.optional(),
  credential: z.literal('wallet').optional(),
  fund: z.strictObject({ way: z.literal('x402'), amount }).optional(),
  maxVvv: amount.optional(),
  maxFeeWei: amount.optional(),
  fundsDeadline: z.iso.datetime().optional(),
  mustProve: z.boolean().optional(),
  mustBeFunded: z.boolean().optional(),
  isSponsored: z.boolean().optional(),
  mustReclaim: z.boolean().optional(),
})

/** The order in `value`, or null: anybody who reaches Restate's ingress can send one. */
export function parseOrder(value: unknown): Order | null {
  const { success, data } = orderSchema.safeParse(value)
  return success ? (data as Order) : null
}

export const wantedOf = ({ stakeAmount, key, credential, fund }: Order): Wanted => ({
  ...(stakeAmount !== undefined && { stakeAmount: BigInt(stakeAmount) }),
  ...(key !== undefined && { key: key as Partial<KeyRequest> }),
  ...(credential !== undefined && { credential }),
  // A record may name a payment that this order does not.
  fund: fund ?? null,
})

/** A wallet in a line: what lists and counts are made of. */
export interface WalletSummary {
  chainId: number
  address: string
  runId: string | null
  pass: number
  revision: number
  /** Dotted path of the machine's state. */
  state: string
  /** The effect that is due, while a pass is under way. */
  effect: string | null
  outcome: 'running' | 'funded' | 'unfunded' | 'failed'
  failure: { code: string; message: string; hint: Told; isRecoverable: boolean } | null
  /** ISO 8601: when the pass began, and when anything last changed. */
  startedAt: string
  updatedAt: string
  /** Base units of VVV, wei, and base units of USDC: spent, or perhaps still to be spent. Before 2026-12 without `usd`. */
  spent: { vvv: string; feeWei: string; usd?: string }
  /** Absent: a key pays for calls. */
  credential?: 'wallet'
  /** Keys stored by this run, and mints that may have made one which nobody holds. */
  keys: number
  orphans: number
}

/** What `status` of a wallet answers, while a pass is under way, too. */
export interface WalletStatus {
  summary: WalletSummary | null
  result: RunResult | null
  /** What the effect under way waits for; known to the worker that runs it. */
  progress: { effect: string; awaits: string; block?: string; until?: string } | null
}
