import { expect, test } from 'vitest'
import { createFeed } from '../../src/inspector/feed.ts'
import { EMPTY_VIEW, type Step } from '../../src/inspector/model/step.ts'
import { reportHtml } from '../../src/inspector/report.ts'
import { onboardingChart } from '../../src/inspector/run.ts'
import { serveInspector } from '../../src/inspector/server.ts'
import { describeInBrowser, reading, useBrowser } from './page.ts'

const COUNT = 5_000

/** A run that repeats the same step: two transitions per try. */
function retries(count: number): Step[] {
  const at = (index: number) => new Date(Date.UTC(2026, 10, 23) + index * 1_000).toISOString()
  const failure = { code: 'rpc/unreachable', message: 'The RPC endpoint does not answer.', hint: 'Wait.' }
  return Array.from({ length: count }, (_, index): Step => {
    const [from, to] =
      index % 2 === 0 ? ['checkBalance.wait', 'checkBalance.read'] : ['checkBalance.read', 'checkBalance.wait']
    return {
      kind: 'transition',
      revision: index + 1,
      pass: 1,
      at: at(index),
      from: index === 0 ? [] : [from],
      to: [to],
      cause: index % 2 === 0 ? 'xstate.done.actor.sleepUntil' : 'xstate.error.actor.readWalletState',
      failure: index === 0 ? null : failure,
      view: {
        ...EMPTY_VIEW,
        counters: { retries: Math.ceil(index / 2) },
        wakeAt: index % 2 === 0 ? null : at(index + 1),
      },
    }
  })
}

describeInBrowser(`a run of ${COUNT} transitions`, () => {
  const browser = useBrowser()

  test('draws only what is in sight at each step, with the page under 50 MB', { timeout: 120_000 }, async () => {
    const feed = createFeed()
    for (const step of retries(COUNT)) feed.push(step)
    const server = await serveInspector(feed, onboardingChart)
    const { page, errors } = await browser.open(server.url)
    await reading(page).at(COUNT, COUNT)
    expect(await page.locator('.machine .box .mark').allTextContents()).toContain(`↻ ${COUNT / 2}  ●`)

    // From one end to the other and back, one jump per frame.
    const most = Number(
      await page.evaluate(`(async () => {
      const slider = document.querySelector('input[type=range]')
      let added = 0
      const sizeOf = (node) => 1 + (node.querySelectorAll?.('*').length ?? 0)
      const count = (changes) => {
        for (const { addedNodes } of changes) for (const node of addedNodes) added += sizeOf(node)
      }
      const observer = new MutationObserver(count)
      observer.observe(document.body, { childList: true, subtree: true })
      let most = 0
      for (let turn = 0; turn < 60; turn += 1) {
        added = 0
        slider.value = String(Math.round(${COUNT - 1} * Math.abs(1 - turn / 30)))
        slider.dispatchEvent(new Event('input'))
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
        count(observer.takeRecords())
        most = Math.max(most, added)
      }
      observer.disconnect()
      return most
    })()`),
    )
    // A jump draws what is in sight, however long the run is.
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(300)

    const session = await page.context().newCDPSession(page)
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    expect(usedSize).toBeLessThan(50_000_000)
    expect(await page.locator('.timeline .row').count()).toBeLessThan(60)
    console.info(`heap ${Math.round(usedSize / 1e5) / 10} MB, at most ${most} nodes added by a jump`)
    expect(errors).toEqual([])
    await server.close()
  })

  test('grows while it is open, and the viewer stays at the same step', async () => {
    const feed = createFeed()
    const steps = retries(COUNT)
    for (const step of steps.slice(0, 1_000)) feed.push(step)
    const server = await serveInspector(feed, onboardingChart)
    const { page } = await browser.open(server.url)
    await reading(page).at(1_000, 1_000)
    await page.keyboard.press('Home')
    for (const step of steps.slice(1_000)) feed.push(step)
    await reading(page).at(1, COUNT)
    await page.keyboard.press('End')
    await reading(page).at(COUNT, COUNT)
    await server.close()
  })

  test('still makes a report small enough to send', () => {
    const feed = createFeed()
    for (const step of retries(COUNT)) feed.push(step)
    expect(Buffer.byteLength(reportHtml(feed, onboardingChart, '2026-11-23T00:00:00.000Z'))).toBeLessThan(2_000_000)
  })
})
