/** The operating system's word for what went wrong, e.g. `ENOSPC`; undefined when `error` is not from it. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}

/** The fact line of a failed system call: code, meaning, path. File contents are never in it. */
export function errnoFacts(error: unknown): string[] {
  return error instanceof Error && errnoOf(error) !== undefined ? [error.message] : []
}
