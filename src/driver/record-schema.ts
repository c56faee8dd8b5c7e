import { z } from 'zod'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { RecordChangedError, StoreCorruptError } from '../errors/store.ts'
import type { Envelope } from './envelope.ts'

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/)
const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/)
const hex = z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/)
const units = z.string().regex(/^\d{1,78}$/)
const time = z.string().regex(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/)
const nonce = z.int().min(0)

const batched = z.strictObject({ approve: units, least: units.optional(), stakeDiem: units.optional() })

const draft = z.strictObject({
  purpose: z.enum(['approve', 'stake', 'revoke', 'fillNonce', 'mintDiem', 'stakeDiem', 'sponsor']),
  chainId: z.int(),
  from: address,
  to: address,
  data: hex,
  nonce,
  gas: units,
  maxFeePerGas: units,
  maxPriorityFeePerGas: units,
  l1Fee: units,
  amount: units,
  expected: units,
  beneficiary: address.optional(),
  batch: z
    .discriminatedUnion('via', [
      batched.extend({ via: z.literal('delegate'), delegate: address }),
      batched.extend({ via: z.literal('calls'), id: hash, paymaster: z.string().max(300).nullable() }),
      batched.extend({
        via: z.literal('operation'),
        entryPoint: address,
        callGas: units,
        verificationGas: units,
        preVerificationGas: units,
        factory: z.strictObject({ address, data: hex }).nullable(),
        paymaster: z.strictObject({ address, data: hex, verificationGas: units, postOpGas: units }).nullable(),
      }),
    ])
    .optional(),
})

const attempt = draft.extend({
  hash,
  raw: hex.nullable(),
  intent: hash.optional(),
  status: z.enum(['signed', 'sent', 'mined', 'reverted', 'superseded']),
  signedAt: time,
  sentAt: time.optional(),
  minedAfterMs: z.number().optional(),
  restsOn: nonce.nullable(),
  supersededBy: z.strictObject({ hash, isFinal: z.boolean(), blockNumber: units.optional() }).optional(),
  blockNumber: units.nullable(),
  gasUsed: units.nullable(),
  feeWei: units.nullable(),
})

const keyType = z.enum(['INFERENCE', 'ADMIN'])
const limit = z.number().min(0).optional()
const keyRequest = z.strictObject({
  type: keyType,
  description: z.string().max(64).optional(),
  expiresAt: z.string().max(40).optional(),
  consumptionLimit: z.strictObject({ usd: limit, diem: limit }).optional(),
  limitPeriod: z.enum(['EPOCH', 'MONTH', 'LIFETIME']).optional(),
  modelPrivacy: z.enum(['ALL', 'PRIVATE_TEXT', 'PRIVATE_ONLY']).optional(),
})
const keyRef = z.strictObject({
  id: z.string().nullable(),
  last6: z.string().max(6),
  type: keyType,
  sink: z.string(),
  expiresAt: z.string().nullable(),
  label: z.string(),
  origin: z.string().optional(),
})

/** A sentence, or one with actions and settings in it; it is only shown. */
const told = z.union([z.string(), z.array(z.union([z.string(), z.looseObject({})]))])

const payment = z.strictObject({
  asset: address,
  chainId: z.int(),
  from: address,
  to: address,
  value: units,
  toward: units,
  validAfter: z.int(),
  validBefore: z.int(),
  nonce: hash,
  status: z.enum(['open', 'settled', 'void']),
  drawnUpAt: time,
  paymentId: z.string().nullable(),
  isCredited: z.literal(true).optional(),
})

/**
 * All fields that lead to a signature, to a request with a credential, or to a key sink. Fields that are only shown are
 * left out.
 */
const context = z.looseObject({
  request: z.strictObject({
    runId: z.string().min(1),
    address,
    chainId: z.int(),
    stakeAmount: units,
    key: keyRequest,
    credential: z.literal('wallet').optional(),
    fund: z.strictObject({ way: z.enum(['diem', 'x402']), amount: units }).optional(),
    mintAs: address.optional(),
  }),
  record: z.strictObject({
    attempts: z.array(attempt),
    mints: z.array(
      z.strictObject({
        label: z.string(),
        at: time,
        status: z.enum(['posting', 'doubted', 'stored', 'refused', 'lost', 'reclaimed']),
        sink: z.string(),
        sinkBefore: z.string().nullable(),
        fallbacks: z.array(z.strictObject({ sink: z.string(), before: z.string().nullable() })),
      }),
    ),
    key: keyRef.nullable(),
    retired: z.array(
      z.strictObject({
        key: keyRef,
        at: time,
        why: z.enum(['rotated', 'revoked']),
        status: z.enum(['toRevoke', 'revoked']),
      }),
    ),
    funding: z.looseObject({}).nullable(),
    payments: z.array(payment),
    skipped: z.array(z.looseObject({ stage: z.string(), why: z.string() })),
    warnings: z.array(told),
  }),
  walletState: z
    .looseObject({ readAt: time, drafts: z.array(draft), feeCeiling: units, allowance: units, sVvv: units })
    .nullable(),
})

/**
 * Checks the form of every field of a record that decides something, and that the due effect is the one that its state
 * calls for. Otherwise a forged input would be acted on. Pure.
 *
 * @param where - path of the record, for messages.
 * @throws {StoreCorruptError} a field has another form. {RecordChangedError} another effect is due.
 */
export function requireForm({ snapshot, due }: Envelope, where: string): void {
  const { error } = context.safeParse(snapshot.context)
  const issue = error?.issues[0]
  if (issue !== undefined) {
    const field = issue.path.join('.') || String((issue as { keys?: string[] }).keys ?? 'a field')
    throw new StoreCorruptError({ path: where, reason: `has another form than a record in ${field.slice(0, 80)}` })
  }
  if (snapshot.status !== 'active' || due === null) return
  const called = dueIn(snapshot)
  // A chart of another version may not know the state. Then the run begins a new pass without the due effect.
  if (called !== null && JSON.stringify(called) !== JSON.stringify({ src: due.src, input: due.input }))
    throw new RecordChangedError(`what is due is no ${called.src} of its state`)
}

/** The effect that a state of this chart calls for in its context; null if there is no such state. */
function dueIn({ value, context }: Envelope['snapshot']): { src: string; input: unknown } | null {
  let nodes: readonly { invoke: readonly { src: unknown; input?: unknown }[] }[]
  try {
    nodes = onboardingMachine.resolveState({ value: value as never, context })._nodes as never
  } catch {
    return null
  }
  const invoked = nodes.flatMap(({ invoke }) => invoke).at(-1)
  if (invoked === undefined) return null
  const input = typeof invoked.input === 'function' ? invoked.input({ context }) : invoked.input
  return { src: String(invoked.src), input: JSON.parse(JSON.stringify(input ?? null)) }
}
