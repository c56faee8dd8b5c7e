import { isAddress } from 'viem'
import { z } from 'zod'
import type { Address } from '../../../domain/addresses.ts'
import { BATCH_SPOILT, type Fault, type FaultScript } from '../../faults.ts'
import type { Accounts } from '../accounts.ts'
import { jsonBody, type Routes } from '../http.ts'

const headers = z.record(z.string(), z.string()).exactOptional()
const ms = z.number().int().min(0)

const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('reply'), status: z.int().min(200).max(599), headers, body: z.unknown() }),
  z.strictObject({
    kind: z.literal('rpcError'),
    code: z.int(),
    message: z.string(),
    data: z.string().exactOptional(),
    status: z.int().min(200).max(599).exactOptional(),
    headers,
  }),
  z.strictObject({ kind: z.literal('rpcResult'), result: z.unknown() }),
  z.strictObject({ kind: z.literal('forget') }),
  z.strictObject({ kind: z.literal('delay'), ms }),
  z.strictObject({ kind: z.literal('dropBefore') }),
  z.strictObject({ kind: z.literal('dropAfter') }),
  z.strictObject({ kind: z.literal('replyAfter'), status: z.int().min(200).max(599), headers, body: z.unknown() }),
  z.strictObject({ kind: z.literal('truncate'), bytes: z.int().min(0) }),
  z.strictObject({ kind: z.literal('bytes'), status: z.int().min(200).max(599), headers, base64: z.base64() }),
  z.strictObject({ kind: z.literal('flood'), bytes: z.int().min(0) }),
  z.strictObject({ kind: z.literal('drip'), part: z.enum(['headers', 'body']), ms: ms.min(1) }),
  z.strictObject({ kind: z.literal('batch'), as: z.enum(BATCH_SPOILT) }),
])
const faultSchema: z.ZodType<Fault> = z.strictObject({
  on: z.string(),
  skip: z.int().min(0).exactOptional(),
  times: z.int().positive().exactOptional(),
  effect: effectSchema,
})
const faultsBody = z.union([faultSchema, z.array(faultSchema)])

const KINDS = effectSchema.options.map(({ shape }) => shape.kind.value)

/** One fault, or a list. @throws {Error} with a sentence: which fault, which field, and what is wrong. */
export const parseFaults = (value: unknown): Fault[] =>
  [value].flat().map((item, index) => {
    const { data, error } = faultSchema.safeParse(item)
    if (data !== undefined) return data
    const [issue] = error.issues
    const field = issue?.path.join('.') || 'fault'
    const what =
      field === 'effect.kind'
        ? `must be one of ${KINDS.join(', ')}`
        : `is wrong: ${issue?.message.replace(/^Invalid input: /, '') ?? 'it has another form'}`
    throw new Error(`In fault ${index + 1}, the field ${field} ${what}.`)
  })

const amount = z.number().min(0).exactOptional()
const creditBody = z.strictObject({
  address: z.custom<Address>((value) => typeof value === 'string' && isAddress(value, { strict: false })),
  usd: amount,
  diem: amount,
  bundled: amount,
  earned: amount,
  x402: amount,
})

/** `/sandbox/…`, outside the API: the controls for a person who runs the sandbox from a shell. */
export function controlRoutes({ faults, accounts }: { faults: FaultScript; accounts: Accounts }): Routes {
  return {
    'POST /sandbox/faults'(call) {
      const added = [jsonBody(call, faultsBody)].flat()
      faults.add(...added)
      return { status: 200, body: { added: added.length } }
    },
    'DELETE /sandbox/faults'() {
      faults.clear()
      return { status: 200, body: { cleared: true } }
    },
    'POST /sandbox/credit'(call) {
      const { address, ...amounts } = jsonBody(call, creditBody)
      accounts.credit(address, amounts)
      return { status: 200, body: accounts.stateOf(address) }
    },
  }
}
