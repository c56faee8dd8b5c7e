import { RpcRequestError } from 'viem'
import { type Abilities, OPTIONAL_METHODS, type OptionalMethod } from './capabilities.ts'
import { isBusy } from './rpc-errors.ts'

/** One JSON-RPC call. */
export interface RpcCall {
  method: string
  params?: unknown
}

export type Outcome = { result: unknown } | { error: Error }

/** -32602, invalid params: neither transient nor a revert, so callers use their substitute. */
const INVALID_PARAMS = -32_602
const METHOD_NOT_FOUND = -32_601

const paramsOf = ({ params }: RpcCall): readonly unknown[] => (Array.isArray(params) ? params : [])

const isOptional = (method: string): method is OptionalMethod =>
  (OPTIONAL_METHODS as readonly string[]).includes(method)

/** The call asks for the newest block, whose timestamp shows how far the node is. */
export const asksForHead = (call: RpcCall): boolean =>
  call.method === 'eth_getBlockByNumber' && paramsOf(call)[0] === 'latest'

const asksForPending = (call: RpcCall): boolean => paramsOf(call).includes('pending')

/** `eth_call` and `eth_estimateGas` take a state override as their third parameter. */
function overridesState(call: RpcCall): boolean {
  const override = paramsOf(call)[2]
  return (call.method === 'eth_call' || call.method === 'eth_estimateGas') && typeof override === 'object'
}

/** A call whose answer is only a hint: the caller has a substitute that costs less than asking another endpoint. */
export const isHint = (call: RpcCall): boolean => isOptional(call.method) || asksForPending(call)

/** A call that a healthy endpoint may refuse. */
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
 * Notes in `abilities` what the outcome of a call shows about its endpoint.
 *
 * @returns the outcome; a refusal then names what the endpoint lacks.
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

/** The call ran and reverted. Another endpoint would answer the same. */
export const isRevert = (error: Error): boolean =>
  (error instanceof RpcRequestError && error.code === 3) || /revert|insufficient funds/i.test(error.message)
