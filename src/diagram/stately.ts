import type { AnyStateMachine } from 'xstate'
import { nameOf, type Reference } from './graph.ts'

export type JsonObject = { [key: string]: Json }
export type Json = null | boolean | number | string | Json[] | JsonObject

/** Writes one part of a machine's config as plain data. */
type Writer = (part: unknown) => Json

/**
 * The chart of `machine` as a config that Stately imports and `createMachine` takes. Guards, actions and actors are in it
 * by name: what they do, and context, inputs and outputs, are for `machine.provide` and the code around it.
 */
export function toStatelyConfig(machine: AnyStateMachine): JsonObject {
  // A machine's config is an object, and so is what is written of it.
  return state(machine.config) as JsonObject
}

const data: Writer = (part) => JSON.parse(JSON.stringify(part)) as Json

/** A name, with its parameters where they are data and not computed. */
const reference: Writer = (part) => {
  const type = nameOf(part as Reference)
  const params = typeof part === 'object' && part !== null && 'params' in part ? part.params : undefined
  return params === undefined || typeof params === 'function' ? type : { type, params: data(params) }
}

/** Writes the keys that `writers` names and drops the others. */
const object =
  (writers: Readonly<Record<string, Writer>>): Writer =>
  (part) =>
    typeof part !== 'object' || part === null
      ? data(part)
      : Object.fromEntries(
          Object.entries(part).flatMap(([key, value]) => {
            const write = Object.hasOwn(writers, key) ? writers[key] : undefined
            return write === undefined || value === undefined ? [] : [[key, write(value)]]
          }),
        )

const oneOrMany =
  (write: Writer): Writer =>
  (part) =>
    Array.isArray(part) ? part.map(write) : write(part)

const byName =
  (write: Writer): Writer =>
  (part) =>
    Object.fromEntries(Object.entries(part as object).map(([name, value]) => [name, write(value)]))

const transitions = oneOrMany(
  object({
    target: data,
    guard: reference,
    actions: oneOrMany(reference),
    reenter: data,
    description: data,
    meta: data,
  }),
)

const invoke = object({
  id: data,
  src: reference,
  onDone: transitions,
  onError: transitions,
  onSnapshot: transitions,
})

const state: Writer = object({
  id: data,
  type: data,
  history: data,
  target: data,
  description: data,
  tags: data,
  meta: data,
  initial: data,
  entry: oneOrMany(reference),
  exit: oneOrMany(reference),
  invoke: oneOrMany(invoke),
  on: byName(transitions),
  after: byName(transitions),
  always: transitions,
  onDone: transitions,
  states: byName((part) => state(part)),
})
