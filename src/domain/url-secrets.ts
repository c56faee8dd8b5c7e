/** Shorter parts are path words such as `v2`. Redacting them would remove half of a text. */
const MIN_PART_LENGTH = 8

/** The part of a URL that may be shown. Providers put keys in the rest. */
export function originOf(url: string): string {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}`
  } catch {
    return 'an unreadable URL'
  }
}

/**
 * The parts of `url` that a redactor must hide: the URL itself, user and password, and each part of path and query that
 * is long enough for a key, in each spelling in which a server may echo it. Nothing for a bare origin.
 */
export function secretsOf(url: string): string[] {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return []
  }
  const { username, password, pathname, search, searchParams, hash } = parsed
  const userInfo = [username, password, `${username}:${password}`].filter((text) => text !== '' && text !== ':')
  const parts = [...pathname.split('/'), ...searchParams.values(), hash.slice(1)]
  const long = [...parts, pathname + search].filter((text) => text.length >= MIN_PART_LENGTH)
  if (userInfo.length === 0 && long.length === 0) return []
  const basic = username === '' ? [] : [basicCredentials(parsed)]
  const all = [url, parsed.href, ...userInfo, ...basic, ...long]
  return [...new Set(all.flatMap((text) => [text, decoded(text), encodeURIComponent(decoded(text))]))]
}

/** The credentials of `user:password@` as HTTP sends them. @see https://www.rfc-editor.org/rfc/rfc7617 */
export const basicCredentials = ({ username, password }: Pick<URL, 'username' | 'password'>): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`)))

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
