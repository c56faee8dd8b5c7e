import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

/** A browser that can be started. */
export interface FoundBrowser {
  path: string
  env: Record<string, string>
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const PACKAGE = fileURLToPath(new URL('../../node_modules/@sparticuz/chromium', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/venice-onboard/chromium', import.meta.url))

/** When this environment variable is set, tests fail that would otherwise be skipped. */
export const isRequired = process.env.VENICE_ONBOARD_BROWSER === 'required'

/** The message when there is none. */
export const NO_BROWSER =
  'No Chromium was found: set VENICE_ONBOARD_CHROMIUM to one, or install a package that has it (Debian: chromium). The tests of the page in a browser are left out.'

/** A Chromium: the named one, one on PATH, or the one in an npm package for Linux on x64. */
export function findChromium(): FoundBrowser | null {
  const named = process.env.VENICE_ONBOARD_CHROMIUM
  if (named !== undefined) return { path: named, env: {} }
  const folders = (process.env.PATH ?? '').split(delimiter)
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable)
  return onPath === undefined ? packagedChromium() : { path: onPath, env: {} }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The browser of `@sparticuz/chromium`, with the libraries and fonts that a small system lacks. */
function packagedChromium(): FoundBrowser | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  if (!existsSync(CACHE) && !unpack()) return null
  const path = join(CACHE, 'chromium')
  const own = { LD_LIBRARY_PATH: join(CACHE, 'al2023', 'lib'), FONTCONFIG_PATH: join(CACHE, 'fonts') }
  return { path, env: needsLibraries(path) ? own : {} }
}

/** Unpacks it once. Test files run concurrently: each unpacks its own copy, and the first copy stays. */
function unpack(): boolean {
  if (!existsSync(PACKAGE)) return false
  const folder = `${CACHE}-${process.pid}`
  mkdirSync(folder, { recursive: true })
  // It unpacks into the temporary folder, and unpacks the libraries only when it detects AWS Lambda.
  const env = { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' }
  const script = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())"
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, stdio: 'ignore' })
  try {
    renameSync(folder, CACHE)
  } catch (error) {
    rmSync(folder, { recursive: true })
    if (!existsSync(CACHE)) throw error
  }
  return true
}

function needsLibraries(path: string): boolean {
  try {
    return execFileSync('ldd', [path], { encoding: 'utf8' }).includes('not found')
  } catch {
    return true
  }
}

/** Starts `found` without its own sandbox, because containers offer none; it loads only this project's pages. */
export const launch = ({ path, env }: FoundBrowser): Promise<Browser> =>
  chromium.launch({
    executablePath: path,
    env: { ...definedOf(process.env), ...env },
    args: ['--headless=shell', '--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'],
  })

const definedOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
