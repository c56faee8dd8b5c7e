/**
 * Bundles the script and the style of each page of the inspector, of a run and of a gateway, into a file of
 * `src/inspector/generated`, so that the pages work from the sources and from an installed package, neither of which has a
 * bundler. `--check` writes nothing and exits 1 when a file is not what the sources say.
 */
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { type Generated, publish } from './generated.ts'

const root = dirname(import.meta.dirname)

/** The files this script writes, as they are to be. esbuild is pinned: the same sources make the same bytes. */
const pageFiles = (): Promise<Generated[]> =>
  Promise.all([
    pageFile('page.json', { script: 'main.ts', style: 'style.css' }),
    pageFile('gateway.json', { script: 'gateway.ts', style: 'gateway.css' }),
  ])

async function pageFile(name: string, sources: { script: string; style: string }): Promise<Generated> {
  const [script, style] = await Promise.all([bundle(sources.script), bundle(sources.style)])
  return { path: `src/inspector/generated/${name}`, text: `${JSON.stringify({ script, style }, null, 1)}\n` }
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join('src/inspector/page', entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'error',
  })
  const text = outputFiles[0]?.text.trim() ?? ''
  // Neither may end the element it is put in.
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${entry} holds a tag that would end its element.`)
  return text
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = publish(root, await pageFiles(), process.argv)
}
