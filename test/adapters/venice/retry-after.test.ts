import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '../../../src/adapters/venice/retry-after.ts'
import { NOW_MS } from './scripted-server.ts'

const DAY_MS = 86_400_000
const inTenSeconds = NOW_MS + 10_000

describe('retryAfterMs', () => {
  it.each([
    ['seconds', { 'retry-after': '30' }, 30_000],
    ['a date', { 'retry-after': new Date(inTenSeconds).toUTCString() }, 10_000],
    ['a date that has passed', { 'retry-after': new Date(NOW_MS - 5_000).toUTCString() }, 0],
    ['more than an epoch', { 'retry-after': '99999999999' }, DAY_MS],
    ['a reset in Unix milliseconds', { 'x-ratelimit-resets': String(inTenSeconds) }, 10_000],
    ['a reset in Unix seconds', { 'x-ratelimit-reset': String(inTenSeconds / 1_000) }, 10_000],
    ['a reset as a duration', { 'x-ratelimit-reset-requests': '12' }, 12_000],
    ['both headers', { 'retry-after': '3', 'x-ratelimit-reset': '60' }, 3_000],
    ['words, then a reset', { 'retry-after': 'soon', 'x-ratelimit-reset': '60' }, 60_000],
  ])('reads %s', (_, headers, wait) => {
    expect(retryAfterMs(new Headers(headers), NOW_MS)).toBe(wait)
  })

  it.each([[{}], [{ 'retry-after': 'soon' }], [{ 'x-ratelimit-reset': '' }], [{ 'x-ratelimit-reset': 'NaN' }]])(
    'returns nothing for %o',
    (headers) => {
      expect(retryAfterMs(new Headers(headers), NOW_MS)).toBeUndefined()
    },
  )
})
