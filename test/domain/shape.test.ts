import { expect, it } from 'vitest'
import {
  anything,
  atLeast,
  having,
  integer,
  listOf,
  matching,
  number,
  oneOf,
  orNull,
  type Shape,
  text,
} from '../../src/domain/shape.ts'

const NOT_A_NUMBER: readonly unknown[] = ['1', null, undefined, Number.NaN, Number.POSITIVE_INFINITY]

it.each<[name: string, shape: Shape, fit: readonly unknown[], unfit: readonly unknown[]]>([
  ['anything', anything, [null, undefined, 0, {}], []],
  ['text', text, ['', 'a'], [1, null, undefined, ['a']]],
  ['a number', number, [0, -1, 1.5], NOT_A_NUMBER],
  ['an integer', integer, [0, -1], [1.5, 2 ** 53, ...NOT_A_NUMBER]],
  ['an integer of at least 1', atLeast(1), [1, 2], [0, 1.5, ...NOT_A_NUMBER]],
  ['text that matches', matching(/^\d+$/), ['1'], ['', 'a', 1, null, ['1']]],
  ['one of several values', oneOf('a', 'b'), ['a', 'b'], ['c', null, undefined]],
  ['text or null', orNull(text), ['a', null], [undefined, 1]],
  ['a list of text', listOf(text), [[], ['a']], [['a', 1], null, 'a', { 0: 'a', length: 1 }]],
  [
    'an object with fields',
    having({ a: text }),
    [{ a: '' }, { a: '', b: 1 }],
    [{}, { a: 1 }, null, [], 'a', undefined],
  ],
  ['any object', having({}), [{}, { a: 1 }], [null, [], 'a', 1, undefined]],
])('%s is recognised, and other values are rejected', (_, shape, fit, unfit) => {
  expect(fit.filter((value) => !shape(value))).toEqual([])
  expect(unfit.filter(shape)).toEqual([])
})
