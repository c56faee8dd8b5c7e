import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { UNLIMITED } from '../support/payments.ts'
import { useSandbox } from '../support/sandbox.ts'
import { describeInBrowser, useBrowser } from './page.ts'

const PROMPT = 'a prompt that nobody may see'

describeInBrowser('the page of a gateway', () => {
  const lab = useSandbox(UNLIMITED)
  const browser = useBrowser()

  /** A gateway with a page, and calls through it. */
  async function begin(words: readonly string[]) {
    const journey = await lab.begin({ usdc: 20_000_000n })
    const running = journey.startCommand(['gateway', '--inspect', '--json', ...words])
    const { url, tokenFile } = JSON.parse(await running.line((line) => line.startsWith('{')))
    const watched = (await running.line((line) => line.startsWith('Watch it at'))).split(' ').at(-1) ?? ''
    const token = readFileSync(tokenFile, 'utf8').trim()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const call = async (model = 'qwen3-4b') => {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: PROMPT }] })
      const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body })
      await response.text()
      return response.status
    }
    return { journey, running, url, watched, token, call }
  }
  const figure = (page: Page, name: string) =>
    page.locator('.figure', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) })
  const REFILL = ['--refill-to', '5', '--refill-below', '1', '--max-usd', '12', '--max-usd-per-day', '7']

  test('shows credit, cost per minute, calls, refills and what is left of the budget, as they come', async () => {
    const { journey, running, url, watched, token, call } = await begin(REFILL)
    const { page, errors, requests } = await browser.open(watched)
    await page.getByText('● Live').waitFor()
    expect(await page.locator('.none').first().innerText()).toBe('No call yet.')
    expect([await call(), await call('no-such-model')]).toEqual([200, 404])
    await page.locator('.calls tbody tr').nth(1).waitFor()
    expect(await page.locator('.calls .model').allInnerTexts()).toEqual(['no-such-model', 'qwen3-4b'])
    expect(await page.locator('.calls .status').allInnerTexts()).toEqual(['✕ 404', '✓ 200'])
    expect(await page.locator('.calls .cost').last().innerText()).toMatch(/^\$0\.0\d+$/)
    expect(await page.locator('h1').innerText()).toMatch(/^\$[45]\.\d\d of credit\.$/)
    expect(await page.locator('.refills').innerText()).toContain('The credit was refilled.')
    await page.getByText('$2.00 within 24 hours').waitFor()
    expect(await figure(page, 'Budget left').locator('.value').innerText()).toBe('$7.00')
    expect(await figure(page, 'Calls').innerText()).toContain('1 failed')
    expect(await page.locator('.minute:not([height="0"])').count()).toBe(1)

    // Over what a day allows: the page says so.
    lab.sandbox.venice.credit(journey.address, { x402: -lab.sandbox.venice.accountOf(journey.address).x402 })
    expect(await call()).toBe(402)
    await page.getByText('Not refilled', { exact: true }).waitFor()
    expect(await page.locator('.refills').innerText()).toContain('policy/budget-exceeded')
    await running.kill('SIGTERM')
    await page.getByText('The gateway has ended').waitFor()
    const html = await page.content()
    for (const secret of [PROMPT, token, journey.privateKey.slice(2)]) expect(html).not.toContain(secret)
    expect(html).toContain(url)
    expect(errors).toEqual([])
    expect(requests.filter((address) => !address.startsWith(new URL(watched).origin))).toEqual([])
  })

  test.each([
    [390, 'light'],
    [390, 'dark'],
    [1024, 'light'],
    [1440, 'dark'],
  ] as const)('fits %i px, %s, with nothing cut off', async (width, colorScheme) => {
    const { watched, call } = await begin(REFILL)
    for (let calls = 0; calls < 3; calls += 1)
      await call(calls === 1 ? 'a-model-with-a-very-long-name-that-is-not-there' : undefined)
    const { page, errors } = await browser.open(watched, { viewport: { width, height: 844 }, colorScheme })
    await page.locator('.calls tbody tr').nth(2).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    const outside = await page
      .locator('.calls td, .figure .value, .refills li, h1')
      .evaluateAll((cells, right) => cells.filter((cell) => cell.getBoundingClientRect().right > right).length, width)
    expect(outside).toBe(0)
    const folder = process.env.VENICE_ONBOARD_SCREENSHOTS
    if (folder !== undefined)
      await page.screenshot({ path: `${folder}/gateway-${width}-${colorScheme}.png`, fullPage: true })
    expect(errors).toEqual([])
  })

  test('of one that refills nothing shows the credit all the same, and says when it is out of it', async () => {
    const { journey, watched, call } = await begin([])
    lab.sandbox.venice.credit(journey.address, { x402: 0.05 })
    const { page } = await browser.open(watched)
    expect(await call()).toBe(402)
    await page.getByText('Out of credit', { exact: true }).waitFor()
    expect(await figure(page, 'Refill').innerText()).toContain('off')
    expect(await page.locator('.card').last().innerText()).toContain('--refill-to')
  })

  test('is nobody’s without its token', async () => {
    const { watched, token } = await begin([])
    const { origin } = new URL(watched)
    const tried = [`${origin}/`, `${origin}/events`, `${origin}/?token=${token}`, `${origin}/events?token=${token}`]
    expect(await Promise.all(tried.map(async (address) => (await fetch(address)).status))).toEqual([404, 404, 404, 404])
  })
})
