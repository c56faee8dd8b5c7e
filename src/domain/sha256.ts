/** SHA-256 of the UTF-8 bytes of `text`, as 64 hex digits. Web Crypto, so that it runs wherever the driver does. */
export async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
