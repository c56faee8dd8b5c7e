import { createServer } from 'node:http'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { runMachine } from '../support/run-machine.ts'
import { describeInBrowser, useBrowser } from './page.ts'

const root = join(import.meta.dirname, '../..')

/** Like a page's bundler: a Node module is an error. */
async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

test('the machine’s entry can be bundled for a page without Node modules', async () => {
  expect(await bundled(`export * from './src/machine.ts'`)).toContain('fundingCheck')
})

describeInBrowser('a page', () => {
  const browser = useBrowser()

  test('runs the machine through the same states as Node', async () => {
    const script = await bundled(
      `import { onboardingMachine } from './src/machine.ts'
       import { runMachine } from './test/support/run-machine.ts'
       globalThis.ran = runMachine().then(({ path, end }) => ({ path, end, id: onboardingMachine.id }))`,
    )
    const server = createServer((request, response) => {
      const isPage = request.url === '/'
      response.setHeader('content-type', isPage ? 'text/html' : 'text/javascript')
      response.end(
        isPage ? '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/run.js"></script>' : script,
      )
    })
    onTestFinished(() => void server.close())
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
    const { page, errors } = await browser.open(`http://127.0.0.1:${port}/`)
    const ran = await page.evaluate(() => (globalThis as unknown as { ran: Promise<unknown> }).ran)
    const { path, end } = await runMachine()
    expect({ ran, errors }).toEqual({ ran: { path, end, id: 'onboarding' }, errors: [] })
    expect(path).toContain('mint.post')
  })
})
