/** What Venice wants with a request. */
export type Access =
  /** Costs, and takes a key or a wallet. */
  | 'paid'
  /** Free, and takes no credential. */
  | 'open'

/**
 * The routes of Venice that OpenAI clients and media clients call. Keys, billing and payments are not among them: nobody
 * who has a token of the gateway gets at those.
 *
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-auth/SKILL.md (2026-10-02) and OpenAPI 20260821
 */
const ROUTES: Readonly<Record<string, Access>> = {
  'GET /models': 'open',
  'GET /models/traits': 'open',
  'GET /models/compatibility_mapping': 'open',
  'GET /image/styles': 'open',
  'POST /audio/quote': 'open',
  'POST /video/quote': 'open',
  ...Object.fromEntries(
    [
      '/chat/completions',
      '/responses',
      '/embeddings',
      '/decisions',
      '/images/generations',
      '/image/generate',
      '/image/upscale',
      '/image/edit',
      '/image/multi-edit',
      '/image/background-remove',
      '/audio/speech',
      '/audio/transcriptions',
      '/audio/voices',
      '/audio/queue',
      '/audio/retrieve',
      '/audio/complete',
      '/video/queue',
      '/video/retrieve',
      '/video/complete',
      '/augment/text-parser',
      '/augment/scrape',
      '/augment/search',
    ].map((path) => [`POST ${path}`, 'paid' as const]),
  ),
}

/** @param path - after the API URL, with a leading slash. @returns undefined for what is not served. */
export const accessOf = (method: string, path: string): Access | undefined =>
  Object.hasOwn(ROUTES, `${method} ${path}`) ? ROUTES[`${method} ${path}`] : undefined

/** Some method of `path` is served. */
export const hasPath = (path: string): boolean => Object.keys(ROUTES).some((route) => route.endsWith(` ${path}`))
