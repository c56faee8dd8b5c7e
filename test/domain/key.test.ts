import { describe, expect, it } from 'vitest'
import { labelOf, MAX_DESCRIPTION_LENGTH } from '../../src/domain/key.ts'

const MARKER = 'abcdef123456'

describe('the label of a key', () => {
  it('is the description and the marker', () => {
    expect(labelOf({ type: 'INFERENCE', description: 'my agent' }, MARKER)).toBe(`my agent ${MARKER}`)
    expect(labelOf({ type: 'INFERENCE' }, MARKER)).toBe(`venice-onboard ${MARKER}`)
  })

  it('is never longer than Venice allows, and keeps the whole marker', () => {
    for (let length = 0; length <= 200; length += 1) {
      const label = labelOf({ type: 'INFERENCE', description: 'w'.repeat(length) }, MARKER)
      expect(label.length).toBeLessThanOrEqual(MAX_DESCRIPTION_LENGTH)
      expect(label.endsWith(` ${MARKER}`)).toBe(true)
    }
  })
})
