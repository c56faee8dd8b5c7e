import { RpcRequestError } from 'viem'
import { type Abilities, OPTIONAL_METHODS, type OptionalMethod } from './capabilities.ts'
import { isBusy } from './rpc-errors.ts'

/** One JSON-RPC call. */
export interface RpcCall {
  method: string
  params?: unknown
}

export type Outcome = { result: unknown } | { error: Error }

/** -32602, invalid params: not transient, and no revert, so that callers take what they do without. */
const INVALID_PARAMS = -32_602
const METHOD_NOT_FOUND = -32_601

const paramsOf = ({ params }: RpcCall): readonly unknown[] => (Array.isArray(params) ? params : [])

const isOptional = (method: string): method is OptionalMethod =>
  (OPTIONAL_METHODS as readonly string[]).includes(method)

/** The newest block is asked for, and its timestamp tells how far the node is. */
export const asksForHead = (call: RpcCall): boolean =>
  call.method === 'eth_getBlockByNumber' && paramsOf(call)[0] === 'latest'

const asksForPending = (call: RpcCall): boolean => paramsOf(call).includes('pending')

/** `eth_call` and `eth_estimateGas` take a state override as their third parameter. */
function overridesState(call: RpcCall): boolean {
  const override = paramsOf(call)[2]
  return (call.method === 'eth_call' || call.method === 'eth_estimateGas') && typeof override === 'object'
}

/** Of a call that only hints: its caller has a substitute that costs less than asking another endpoint. */
export const isHint = (call: RpcCall): boolean => isOptional(call.method) || asksForPending(call)

/** Of a call that an endpoint may refuse although it is well. */
export const isSpecial = (call: RpcCall): boolean => isHint(call) || overridesState(call)

/** Why an endpoint need not be asked, or null. */
export function knownLack(call: RpcCall, { methods, pending, stateOverride }: Abilities): Error | null {
  const lack = (code: number, message: string) =>
    new RpcRequestError({ body: { method: call.method }, error: { code, message }, url: '' })
  if (isOptional(call.method) && methods?.[call.method] === false)
    return lack(METHOD_NOT_FOUND, `${call.method} is not supported`)
  if (asksForPending(call) && pending === false) return lack(METHOD_NOT_FOUND, 'the tag pending is not supported')
  if (overridesState(call) && stateOverride === false) return lack(INVALID_PARAMS, 'a state override is not supported')
  return null
}

/**
 * Remembers in `abilities` what the outcome of a call tells about its endpoint.
 *
 * @returns the outcome, a refusal as one that names what the endpoint lacks.
 */
export function learn(call: RpcCall, outcome: Outcome, abilities: Abilities): Outcome {
  const isGood = 'result' in outcome && outcome.result !== null
  const isRefused = 'error' in outcome ? !isBusy(outcome.error) : outcome.result === null
  if (isOptional(call.method) && call.method !== 'eth_sendRawTransactionSync') {
    if (isGood || isRefused) abilities.methods = { ...abilities.methods, [call.method]: isGood }
  } else if (asksForPending(call)) {
    if (isGood || isRefused) abilities.pending = isGood
  } else if (overridesState(call)) {
    if (isGood) abilities.stateOverride = true
    else if (isRefused && 'error' in outcome && !isRevert(outcome.error)) {
      abilities.stateOverride = false
      return { error: knownLack(call, abilities) ?? outcome.error }
    }
  }
  return outcome
}

/** The call ran, and came to nothing: another endpoint would say the same. */
export const isRevert = (error: Error): boolean =>
  (error instanceof RpcRequestError && error.code === 3) || /revert|insufficient funds/i.test(error.message)
