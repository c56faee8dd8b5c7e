import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Where secrets belong: the sinks, and the file of a password. */
const SECRET_FILES = ['.env', 'password.txt', 'backup', 'api-key']

/** Every other file under `folder`, with its mode; directories end in a slash. */
export function filesUnder(folder: string): { path: string; mode: string; text: string }[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    const mode = (statSync(path).mode & 0o777).toString(8)
    if (entry.isDirectory()) return [{ path: `${path}/`, mode, text: '' }]
    return SECRET_FILES.includes(entry.name) ? [] : [{ path, mode, text: readFileSync(path, 'latin1') }]
  })
}

/**
 * Where a secret is found, or a part of it like in a truncated error message: in a file under `folder`, or
 * in one of the other `texts`, by name.
 */
export function leaksIn(
  folder: string,
  texts: Readonly<Record<string, string>>,
  secrets: ReadonlyMap<string, string>,
): string[] {
  const files = filesUnder(folder).map(({ path, text }) => [path, text] as const)
  return [...files, ...Object.entries(texts)].flatMap(([where, text]) =>
    [...secrets].flatMap(([what, secret]) => (holdsPartOf(secret, text) ? [`${what} in ${where}`] : [])),
  )
}

function holdsPartOf(secret: string, text: string): boolean {
  const stretch = Math.min(16, secret.length)
  const lower = text.toLowerCase()
  const starts = Array.from({ length: Math.floor(secret.length / stretch) }, (_, index) => index * stretch)
  // `VENICE_INFERENCE_KEY_` and a token's header are not secret.
  const known = /^(venice_|eyj)/i
  return starts
    .map((start) => secret.slice(start, start + stretch).toLowerCase())
    .some((part) => !known.test(part) && lower.includes(part))
}
