/** Variables that name a proxy, in both of their spellings. */
const NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()])

/**
 * A sentence if proxies are set that this process does not use; null if none are set, or Node uses them. Their values,
 * which may hold a password, are not shown.
 *
 * @see https://nodejs.org/api/cli.html#node_use_env_proxy1 (Node 22.21 and 24)
 */
export function unusedProxies(
  env: Readonly<Record<string, string | undefined>>,
  { node }: { node: string },
): string | null {
  const set = NAMES.filter((name) => (env[name] ?? '').trim() !== '')
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const canUse = major >= 24 || (major === 22 && minor >= 21)
  if (set.length === 0 || (canUse && env.NODE_USE_ENV_PROXY === '1')) return null
  const how = canUse
    ? 'set NODE_USE_ENV_PROXY=1 to use the proxy'
    : 'use Node 24 with NODE_USE_ENV_PROXY=1 to use the proxy'
  return `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set but not used. Requests go out directly; ${how}.`
}
