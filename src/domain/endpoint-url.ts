/** The RPC endpoint that is named and not a URL: Venice's own. */
export const VENICE_RPC = 'venice'

/** The URL that `text` is; null when it is none. */
function urlOf(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

/**
 * The host is this machine: 127.0.0.0/8, ::1 or localhost. `URL` has brought every spelling of an address into one form.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6890#section-2.2.2
 */
export const isLoopback = ({ hostname }: Pick<URL, 'hostname'>): boolean =>
  /^(?:localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)

/** What is sent there, keys and signatures included, can be read and changed on the way. */
export function isClearText(text: string): boolean {
  const url = urlOf(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'ws:') && !isLoopback(url)
}

/** A URL that a JSON-RPC endpoint may have. */
export const isRpcUrl = (text: string): boolean => /^(?:https?|wss?):$/.test(urlOf(text)?.protocol ?? '')

export const isHttpUrl = (text: string): boolean => /^https?:$/.test(urlOf(text)?.protocol ?? '')

/** The URL holds a user name or a password. */
export function hasCredentials(text: string): boolean {
  const url = urlOf(text)
  return url !== null && (url.username !== '' || url.password !== '')
}

/** Without the slashes at its end. In one pass: a pattern such as `/\/+$/` takes quadratic time on a text full of slashes. */
export function withoutEndSlashes(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}
