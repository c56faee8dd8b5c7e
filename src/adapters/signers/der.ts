/** Tags of DER. @see https://www.itu.int/rec/T-REC-X.690 section 8 */
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OBJECT_IDENTIFIER = 0x06
export const SEQUENCE = 0x30

export interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

/** The sequence of elements in `bytes`, or null if they are not DER. */
export function elementsIn(bytes: Uint8Array): Element[] | null {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1] ?? 0
    // Above 0x80 it counts the bytes of the length. Two of them are enough for any key.
    const count = first > 0x80 ? first - 0x80 : 0
    if (first === 0x80 || count > 2) return null
    const start = at + 2 + count
    const length = count === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
    at = start + length
    if (start > bytes.length || at > bytes.length) return null
    elements.push({ tag, content: bytes.subarray(start, at) })
  }
  return elements
}
