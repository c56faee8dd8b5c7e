import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { findChromium, isRequired, launch, NO_BROWSER } from './chromium.ts'

const found = findChromium()
if (found === null && !isRequired) console.warn(NO_BROWSER)

/** A suite that needs a browser; skipped with a message when there is none and none is required. */
export const describeInBrowser = found === null && !isRequired ? describe.skip : describe

export interface Look {
  page: Page
  /** Everything the page logged as an error, refusals of its Content-Security-Policy included. */
  errors: string[]
  /** Every address that the page requested. */
  requests: string[]
}

/** A browser for the tests of one file. */
export function useBrowser(): { open(url: string, options?: BrowserContextOptions): Promise<Look> } {
  let browser: Browser | undefined
  beforeAll(async () => {
    if (found === null) throw new Error(NO_BROWSER)
    browser = await launch(found)
  })
  afterAll(() => browser?.close())
  return {
    async open(url, options = {}) {
      if (browser === undefined) throw new Error('The browser runs only within tests.')
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        reducedMotion: 'reduce',
        ...options,
      })
      onTestFinished(() => context.close())
      const page = await context.newPage()
      const [errors, requests]: [string[], string[]] = [[], []]
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text())
      })
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('request', (request) => requests.push(request.url()))
      await page.goto(url)
      return { page, errors, requests }
    },
  }
}

/** The texts that a viewer reads on the page. */
export const reading = (page: Page) => ({
  badge: () => page.locator('.badge').innerText(),
  sentence: () => page.locator('h1').innerText(),
  where: () => page.locator('.where').innerText(),
  link: () => page.locator('.link').innerText(),
  /** Names of the stages with a sign, e.g. `mint ●`. */
  stages: () =>
    page
      .locator('.machine .box')
      .evaluateAll((boxes) =>
        boxes.map((box) =>
          `${box.querySelector('.title')?.textContent ?? ''} ${box.querySelector('.mark')?.textContent ?? ''}`.trim(),
        ),
      ),
  /** Resolves when the page shows step `index` of `count`. */
  at: (index: number, count: number) => page.getByText(`Step ${index} of ${count}`, { exact: true }).waitFor(),
})
