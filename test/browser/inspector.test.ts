import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { InvalidAddressError, NoStakedVvvError, TokenExpiredError } from '../../src/errors/venice/all.ts'
import { asJournal, historyOf } from '../inspector/history.ts'
import { isAt, runCli, startCli } from '../support/cli.ts'
import { CHALLENGE, newFolder, useSandbox } from '../support/sandbox.ts'
import { describeInBrowser, reading, useBrowser } from './page.ts'

const TROUBLE = { mintKey: [new TokenExpiredError(), new NoStakedVvvError(), new InvalidAddressError()] }

/** `inspect` of a journal alone, until the test ends. */
async function inspectJournal(text: string) {
  const cwd = newFolder()
  const journal = join(cwd, 'journal.ndjson')
  writeFileSync(journal, text)
  const running = startCli(['inspect', '--journal', journal], { cwd })
  const url = await running.line((line) => line.startsWith('http://'))
  return { url, journal, running }
}

describeInBrowser('the page of a live run', () => {
  const lab = useSandbox({ blockTimeMs: 500 })
  const browser = useBrowser()

  test('follows it to its end, and stays after the process has ended', async () => {
    const journey = await lab.begin()
    const running = journey.start(['--inspect'])
    const url = (await running.line((line) => line.includes('http://127.0.0.1'))).split(' ').at(-1) ?? ''
    const { page, errors, requests } = await browser.open(url)
    const { sentence, link, stages } = reading(page)
    const run = await running.done
    expect(run.code).toBe(0)
    await page.getByText('The process has ended').waitFor()
    expect(await sentence()).toBe('The key is minted and stored. It cannot spend yet.')
    expect(await link()).toContain('ended')
    expect(await stages()).toEqual(expect.arrayContaining(['approve ✓', 'stake ✓', 'mint ✓', 'unfunded ✓', 'funded']))
    expect(await page.locator('.transaction .status').allInnerTexts()).toEqual(['✓ mined', '✓ mined'])
    expect(errors).toEqual([])
    expect(
      requests.filter((address) => !address.startsWith(new URL(url).origin) && !address.startsWith('data:')),
    ).toEqual([])
  })

  test('is the same for a second viewer, for one that reloads, and from another process', async () => {
    lab.fault(CHALLENGE, { kind: 'reply', status: 503, body: { error: 'busy' } }, { times: 2 })
    const journey = await lab.begin()
    const running = journey.start()
    await running.event(isAt('checkBalance.wait'))
    const watching = startCli(['inspect', '--json'], { cwd: journey.cwd })
    const { url } = JSON.parse(await watching.line((line) => line.startsWith('{')))
    const [first, second] = [await browser.open(url), await browser.open(url)]
    await first.page.reload()
    await running.done
    const pages = [reading(first.page), reading(second.page)]
    for (const { page } of [first, second]) await page.getByText('The key is minted and stored. It cannot').waitFor()
    const [a, b] = await Promise.all(pages.map(async ({ stages, where }) => [await where(), ...(await stages())]))
    expect(a).toEqual(b)
    expect(a).toContain('checkBalance ↻ 2  ✓')
  })

  test('says that a run is paused when no process runs it, and live again when one does', async () => {
    const journey = await lab.begin()
    await lab.sandbox.chain.setBlockTime(undefined)
    const running = journey.start()
    await running.event(isAt('awaitConfirmation.watch'))
    const watching = startCli(['inspect'], { cwd: journey.cwd })
    const { page } = await browser.open(await watching.line((line) => line.startsWith('http://')))
    await running.kill('SIGKILL')
    await page.getByText('Paused', { exact: true }).waitFor()
    expect(await reading(page).sentence()).toContain('no process runs now')
    expect(await page.locator('.command code').first().innerText()).toMatch(/^venice-onboard run/)
    expect(await page.locator('.tile:visible').count()).toBe(0)
    await lab.sandbox.chain.setBlockTime(0)
    await journey.run()
    await page.getByText('Finished', { exact: true }).waitFor()
    expect(await page.locator('.timeline').innerText()).toContain('another process continues')
  })
})

describeInBrowser('the page of a recorded run', () => {
  const browser = useBrowser()

  test('shows the past: chart, context and attempts as they were', async () => {
    const { url } = await inspectJournal(asJournal(await historyOf()))
    const { page, errors } = await browser.open(url)
    const { at, badge, stages } = reading(page)
    await at(11, 11)
    await page.keyboard.press('Home')
    await at(1, 11)
    expect(await badge()).toContain('Earlier')
    expect(await stages()).toContain('checkBalance ●')
    expect(await page.locator('.transaction').count()).toBe(0)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await at(3, 11)
    expect(await stages()).toEqual(expect.arrayContaining(['checkBalance ✓', 'approve ●', 'stake']))
    expect(await page.locator('.transaction .status').allInnerTexts()).toEqual([
      '◌ signed, not sent',
      '◌ signed, not sent',
    ])
    expect(await page.locator('.changes').innerText()).toContain('transactions.0.hash')
    await page.keyboard.press(' ')
    await at(11, 11)
    expect(await badge()).toContain('Finished')
    expect(errors).toEqual([])
  })

  test('shows where and why a run has stopped, how often an edge was taken, and what to do', async () => {
    const { url } = await inspectJournal(asJournal(await historyOf(TROUBLE)))
    const { page } = await browser.open(url)
    const { sentence, stages } = reading(page)
    await page.getByText('Stopped', { exact: true }).waitFor()
    expect(await sentence()).toContain('It stopped.')
    expect(await page.locator('.next').first().innerText()).not.toBe('')
    expect(await stages()).toEqual(expect.arrayContaining(['failed ✕', 'mint ↻ 1  ✕']))
    expect(await page.locator('.machine .label.lit').allTextContents()).toContainEqual(expect.stringContaining('×2'))
  })

  test('says that nothing has happened yet, and shows the first steps when they come', async () => {
    const { url, journal } = await inspectJournal('')
    const { page } = await browser.open(url)
    await page.getByText('Nothing has happened yet.').waitFor()
    const [first, second, ...rest] = asJournal(await historyOf()).split(/(?<=\n)/)
    appendFileSync(journal, `${first}${second?.slice(0, 40)}`)
    await reading(page).at(1, 1)
    appendFileSync(journal, `${second?.slice(40)}not json\n${rest.join('')}`)
    await reading(page).at(11, 11)
  })

  test('does not move the viewed step when new steps come', async () => {
    const { url, journal } = await inspectJournal('')
    const { page } = await browser.open(url)
    await page.getByText('Nothing has happened yet.').waitFor()
    const places = () =>
      page
        .locator('.scrubber, .clocks, .card, .badge, h1')
        .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect()).map(({ x, y }) => [x, y]))
    const before = await places()
    appendFileSync(journal, asJournal(await historyOf()))
    await reading(page).at(11, 11)
    expect(await places()).toEqual(before)
  })

  test('is drawn in light and dark colours', async () => {
    const { url } = await inspectJournal(asJournal(await historyOf()))
    const [light, dark] = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const { page } = await browser.open(url, { colorScheme })
        await reading(page).at(11, 11)
        const luminance = await page.evaluate(
          'getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((sum, part) => sum + Number(part), 0)',
        )
        return { luminance: Number(luminance), picture: await page.screenshot() }
      }),
    )
    expect(light?.luminance).toBeGreaterThan(600)
    expect(dark?.luminance).toBeLessThan(150)
    // A page without a chart or without text would be a much smaller picture.
    for (const { picture } of [light, dark].filter((shot) => shot !== undefined))
      expect(picture.length).toBeGreaterThan(50_000)
  })

  test('is readable without colour, on a narrow screen, and with the keyboard', async () => {
    const { url } = await inspectJournal(asJournal(await historyOf(TROUBLE)))
    const { page } = await browser.open(url, { viewport: { width: 360, height: 740 } })
    await page.getByText('Stopped', { exact: true }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('t')
    const theme = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const [dark] = [await theme()]
    await page.keyboard.press('t')
    expect(await theme()).not.toBe(dark)
    expect(await page.getByRole('slider').getAttribute('aria-valuetext')).toContain('step 18 of 18, failed')
  })

  test('works with the keyboard alone: stages open, rows come in order', async () => {
    const { url } = await inspectJournal(asJournal(await historyOf()))
    const { page } = await browser.open(url)
    const { at } = reading(page)
    await at(11, 11)
    await page.keyboard.press('Home')
    await at(1, 11)
    for (const [key, stage] of [
      [' ', 'mint'],
      ['Enter', 'sign'],
    ] as const) {
      await page.getByRole('button', { name: new RegExp(`^${stage}, `) }).focus()
      await page.keyboard.press(key)
      await page.getByText(`Inside ${stage}`, { exact: true }).waitFor()
    }
    await at(1, 11)
    expect(await page.locator('[role=img] [role=button]').count()).toBe(0)
    await page.locator('.row[aria-selected=true]').focus()
    for (const index of [2, 3, 4]) {
      await page.keyboard.press('ArrowDown')
      await at(index, 11)
      await page.locator(`.row:focus[aria-posinset="${index}"]`).waitFor()
    }
  })

  test.each([1440, 1024])('fits its chart into the frame at %i px, and can enlarge it', async (width) => {
    const { url } = await inspectJournal(asJournal(await historyOf(TROUBLE)))
    const { page } = await browser.open(url, { viewport: { width, height: 900 } })
    await page.getByText('Stopped', { exact: true }).waitFor()
    const outside = () =>
      page.evaluate(`(() => {
        const frame = document.querySelector('.machine .frame-stage').getBoundingClientRect()
        return [...document.querySelectorAll('.machine .box')].filter((box) => {
          const { left, right, top, bottom } = box.getBoundingClientRect()
          return left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1
        }).length
      })()`)
    expect(await outside()).toBe(0)
    const larger = page.locator('.machine').getByRole('button', { name: 'Larger' })
    for (let press = 0; press < 4; press += 1) await larger.click()
    expect(await outside()).toBeGreaterThan(0)
    await page.keyboard.press('0')
    expect(await outside()).toBe(0)
  })

  test('shows a list of stages instead of the chart on a phone', async () => {
    const { url } = await inspectJournal(asJournal(await historyOf(TROUBLE)))
    const { page } = await browser.open(url, { viewport: { width: 390, height: 844 } })
    await page.getByText('Stopped', { exact: true }).waitFor()
    expect(await page.locator('.machine').isVisible()).toBe(false)
    expect(await page.locator('.stages li').allInnerTexts()).toContainEqual(
      expect.stringMatching(/✕\s+mint\s+\d times · /),
    )
  })

  test('opens as a report without a network, and shows the past there too', async () => {
    const cwd = newFolder()
    writeFileSync(join(cwd, 'journal.ndjson'), asJournal(await historyOf(TROUBLE)))
    const written = await runCli(['inspect', '--report', 'out.html', '--journal', 'journal.ndjson', '--json'], { cwd })
    expect(written.code).toBe(0)
    const file = join(cwd, 'out.html')
    expect(readFileSync(file).length).toBeLessThan(400_000)
    const { page, errors, requests } = await browser.open(pathToFileURL(file).href, { offline: true })
    const { at, link, stages } = reading(page)
    await at(18, 18)
    expect(await link()).toContain('Saved report')
    expect(await page.locator('.tile:visible').count()).toBe(0)
    await page.getByRole('slider').fill('2')
    await at(3, 18)
    expect(await stages()).toContain('approve ●')
    expect(errors).toEqual([])
    expect(requests.filter((address) => !/^(file|data):/.test(address))).toEqual([])
  })
})
