import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

/** Of `ä`. @see `printf 'ä' | sha256sum` */
const HASH = '33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc'

test.each(['with Node', 'without Node'])('the hash %s is that of the UTF-8 bytes', async (where) => {
  if (where === 'without Node') vi.stubGlobal('process', undefined)
  const { sha256 } = await import('../../src/domain/sha256.ts')
  expect(await sha256('ä')).toBe(HASH)
})
