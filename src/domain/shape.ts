/**
 * A check of plain JSON, for the record that every start reads. It is hand-written, because loading zod takes twice as
 * long as the rest of `status`.
 */
export type Shape = (value: unknown) => boolean

export const anything: Shape = () => true
export const text: Shape = (value) => typeof value === 'string'
export const integer: Shape = Number.isSafeInteger
export const number: Shape = Number.isFinite

export const matching =
  (pattern: RegExp): Shape =>
  (value) =>
    typeof value === 'string' && pattern.test(value)

export const oneOf =
  (...allowed: readonly unknown[]): Shape =>
  (value) =>
    allowed.includes(value)

export const atLeast =
  (least: number): Shape =>
  (value) =>
    integer(value) && Number(value) >= least

export const orNull =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value)

export const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value)

export const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape)

/** An object with at least `fields`, each of its shape. */
export const having =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(fields).every(([name, shape]) => shape((value as Record<string, unknown>)[name]))

/** An object in which `shape` fits each value, and `key` each name. */
export const entriesOf =
  (key: Shape, shape: Shape): Shape =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, each]) => key(name) && shape(each))

/** Has `fields`, each of its shape, and no others. */
export const exactly = (fields: Readonly<Record<string, Shape>>): Shape => {
  const has = having(fields)
  return (value) => has(value) && Object.keys(value as object).every((name) => Object.hasOwn(fields, name))
}
