import type { Json } from './step.ts'

/**
 * The difference between two plain values. `[0, value]` puts a value; `[1, changes, removed]` changes an object;
 * `[2, length, changes]` changes a list. Null: no difference.
 */
export type Patch =
  | null
  | readonly [0, Json]
  | readonly [1, Readonly<Record<string, Patch>>, readonly string[]]
  | readonly [2, number, Readonly<Record<string, Patch>>]

type JsonObject = Readonly<Record<string, Json>>

/** What turns `before` into `after`. Both must be plain JSON. */
export function diff(before: Json | undefined, after: Json): Patch {
  if (before === after) return null
  if (isList(before) && isList(after)) {
    const changes = changesOf(after.map((value, index) => [String(index), diff(before[index], value)]))
    return before.length === after.length && isEmpty(changes) ? null : [2, after.length, changes]
  }
  if (isObject(before) && isObject(after)) {
    const changes = changesOf(Object.keys(after).map((key) => [key, diff(own(before, key), after[key] as Json)]))
    const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key))
    return isEmpty(changes) && removed.length === 0 ? null : [1, changes, removed]
  }
  return [0, after]
}

/** `before` with `patch` applied. What did not change is shared with `before`, so that a long history stays small. */
export function apply(before: Json, patch: Patch): Json {
  if (patch === null) return before
  if (patch[0] === 0) return patch[1]
  if (patch[0] === 2) {
    const list = isList(before) ? before.slice(0, patch[1]) : []
    for (const [index, change] of Object.entries(patch[2]))
      list[Number(index)] = apply(list[Number(index)] ?? null, change)
    return list
  }
  const fields = new Map(isObject(before) ? Object.entries(before) : [])
  for (const key of patch[2]) fields.delete(key)
  for (const [key, change] of Object.entries(patch[1])) fields.set(key, apply(fields.get(key) ?? null, change))
  return Object.fromEntries(fields)
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value)
const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined
const isEmpty = (object: object): boolean => Object.keys(object).length === 0

const changesOf = (changes: readonly (readonly [string, Patch])[]): Record<string, Patch> =>
  Object.fromEntries(changes.filter(([, change]) => change !== null))
