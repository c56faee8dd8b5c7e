import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a file is to contain, all of it. */
export interface Generated {
  /** From the root of the repository. */
  path: string
  text: string
}

/**
 * `path` with each block between `<!-- name:start -->` and `<!-- name:end -->` replaced; blocks it does not have are left
 * out. Nothing when there is no such file.
 */
export function withBlocks(root: string, path: string, blocks: Readonly<Record<string, string>>): Generated[] {
  if (!existsSync(join(root, path))) return []
  const before = readFileSync(join(root, path), 'utf8')
  const text = Object.entries(blocks).reduce((result, [name, content]) => {
    const block = new RegExp(String.raw`(<!-- ${name}:start -->\n)[\s\S]*?(<!-- ${name}:end -->)`)
    return result.replace(block, (_, start: string, end: string) => `${start}\n${content.trim()}\n\n${end}`)
  }, before)
  return [{ path, text }]
}

/**
 * Writes what has changed; with `--check` among `options` only names it.
 *
 * @returns the exit code: 1 when a check found a file that is not what it is to be.
 */
export function publish(root: string, files: readonly Generated[], options: readonly string[]): number {
  const drifted = files.filter(
    ({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
  )
  if (options.includes('--check')) {
    for (const { path } of drifted) console.error(`${path} is not what the sources say: run npm run generate`)
    return drifted.length > 0 ? 1 : 0
  }
  for (const { path, text } of drifted) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return 0
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ')
