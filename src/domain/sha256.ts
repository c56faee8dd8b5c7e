/** Node's own answers at once; Web Crypto, which is there wherever the driver runs, lets a thread do it and waits. */
const node = globalThis.process?.getBuiltinModule?.('node:crypto')

/** SHA-256 of the UTF-8 bytes of `text`, as 64 hex digits. */
export async function sha256(text: string): Promise<string> {
  if (node !== undefined) return node.createHash('sha256').update(text).digest('hex')
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
