import { z } from 'zod'
import { MAX_DESCRIPTION_LENGTH } from '../../domain/key.ts'

const limitAmount = z.number().min(0).max(9_999_999_999).nullable().optional()

const expiryText = z
  .union([
    z.literal(''),
    z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
    z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/),
  ])
  .refine((text) => text === '' || !Number.isNaN(Date.parse(text)), 'Invalid date')

const keyFields = {
  consumptionLimit: z.object({ usd: limitAmount, diem: limitAmount, vcu: limitAmount }).optional(),
  limitPeriod: z.enum(['EPOCH', 'MONTH', 'LIFETIME']).optional(),
  modelPrivacy: z.enum(['ALL', 'PRIVATE_TEXT', 'PRIVATE_ONLY']).optional(),
}
const apiKeyType = z.enum(['INFERENCE', 'ADMIN'])
const description = z.string().max(MAX_DESCRIPTION_LENGTH)

/** @see https://docs.venice.ai/api-reference/api-spec (2026-08-21) */
export const createKeyBody = z.strictObject({
  ...keyFields,
  apiKeyType,
  description,
  expiresAt: expiryText.optional(),
})

export const patchKeyBody = z.strictObject({
  ...keyFields,
  id: z.string(),
  description: description.optional(),
  expiresAt: expiryText.nullable().optional(),
})

const mintFields = {
  ...keyFields,
  apiKeyType,
  description: z.string().default('Web3 API Key'),
  expiresAt: expiryText.optional(),
  address: z.string(),
  signature: z.string(),
}

/** The mint body by challenge form: `token` for a JWT, `message` for a SIWE message. Either way strict. */
export const mintBody = {
  jwt: z.strictObject({ ...mintFields, token: z.string() }),
  siwe: z.strictObject({ ...mintFields, message: z.string() }),
} as const

export type KeyFields = z.infer<typeof createKeyBody>
export type KeyPatch = Omit<z.infer<typeof patchKeyBody>, 'id'>
