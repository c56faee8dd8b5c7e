/** The name of Venice's own RPC endpoint, used in place of a URL. */
export const VENICE_RPC = 'venice'

/** `text` as a URL; null if it is not one. */
function urlOf(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

/**
 * The host is this machine: 127.0.0.0/8, ::1 or localhost. `URL` has normalised the spelling of the address.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6890#section-2.2.2
 */
export const isLoopback = ({ hostname }: Pick<URL, 'hostname'>): boolean =>
  /^(?:localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)

/** Others can read and change what is sent there, keys and signatures included. */
export function isClearText(text: string): boolean {
  const url = urlOf(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'ws:') && !isLoopback(url)
}

/** A valid URL of a JSON-RPC endpoint. */
export const isRpcUrl = (text: string): boolean => /^(?:https?|wss?):$/.test(urlOf(text)?.protocol ?? '')

export const isHttpUrl = (text: string): boolean => /^https?:$/.test(urlOf(text)?.protocol ?? '')

/** The URL holds a user name or a password. */
export function hasCredentials(text: string): boolean {
  const url = urlOf(text)
  return url !== null && (url.username !== '' || url.password !== '')
}

/**
 * Removes the slashes at the end, in one pass. A pattern such as `/\/+$/` takes quadratic time on a text full of
 * slashes.
 */
export function withoutEndSlashes(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}
