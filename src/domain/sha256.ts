/**
 * Node's own SHA-256 answers at once. Web Crypto exists wherever the driver runs, but hands the work to a thread and
 * waits.
 */
const node = globalThis.process?.getBuiltinModule?.('node:crypto')

/** SHA-256 of the UTF-8 bytes of `text`, as 64 hex digits. */
export async function sha256(text: string): Promise<string> {
  if (node !== undefined) return node.createHash('sha256').update(text).digest('hex')
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** HMAC-SHA-256 of the UTF-8 bytes of `text` under those of `secret`, as 64 hex digits. @see RFC 2104 */
export async function hmacSha256(secret: string, text: string): Promise<string> {
  if (node !== undefined) return node.createHmac('sha256', secret).update(text).digest('hex')
  const encoded = (words: string) => new TextEncoder().encode(words)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoded(secret), algorithm, false, ['sign'])
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoded(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
