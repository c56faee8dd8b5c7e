/**
 * Takes the pictures of the inspector that the README shows, `src/inspector/inspector-light.png` and `-dark.png`. With a
 * folder as its argument it takes, for a look, a running, a stopped and a finished run in three sizes and both themes.
 * Needs a Chromium; see `test/browser/chromium.ts`.
 */
import { dirname, join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import type { RunEvent } from '../src/driver/events.ts'
import { InvalidAddressError, NoStakedVvvError, TokenExpiredError } from '../src/errors/venice/all.ts'
import { createFeed } from '../src/inspector/feed.ts'
import { onboardingChart, show } from '../src/inspector/run.ts'
import { serveInspector } from '../src/inspector/server.ts'
import { findChromium, launch, NO_BROWSER } from '../test/browser/chromium.ts'
import { fakeClock } from '../test/support/fake-clock.ts'
import { type Script, scriptedEffects } from '../test/support/fakes.ts'
import { driveOn, memoryHost } from '../test/support/memory-host.ts'
import { ADDRESS } from '../test/support/samples.ts'

interface Scene {
  name: string
  script: Script
  /** The picture is taken here, on the way; at the end without it. */
  until?: (event: RunEvent) => boolean
}

const isWaitingToMint = (event: RunEvent): boolean =>
  event.type === 'transition' && event.to === 'mint.wait' && event.view.counters.lagWaits === 2

const SCENES: readonly [Scene, ...Scene[]] = [
  {
    name: 'running',
    script: {
      mintKey: [new TokenExpiredError(), new NoStakedVvvError(), new NoStakedVvvError(), new NoStakedVvvError()],
    },
    until: isWaitingToMint,
  },
  {
    name: 'stopped',
    script: { mintKey: [new TokenExpiredError(), new NoStakedVvvError(), new InvalidAddressError()] },
  },
  { name: 'finished', script: {} },
]
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
] as const

/** The run of a scene as if it went on now, so that its countdowns run. */
async function eventsOf({ script, until }: Scene): Promise<RunEvent[]> {
  const clock = fakeClock({ start: new Date().toISOString() })
  const host = memoryHost({ clock, crashAt: 2_000 })
  await driveOn(host, scriptedEffects({ script, clock }).effects)
  const events = host.events.filter(({ type }) => type !== 'progress')
  return until === undefined ? events : events.slice(0, events.findIndex(until) + 1)
}

interface Picture {
  scene: Scene
  size: { width: number; height: number }
  theme: 'light' | 'dark'
  path: string
}

async function take(browser: Browser, { scene, size, theme, path }: Picture): Promise<void> {
  const feed = createFeed({
    address: ADDRESS,
    chainId: 8453,
    explorer: 'https://basescan.org/tx/',
    command: 'venice-onboard run --network base',
  })
  feed.set({ driver: 'running' })
  for (const event of await eventsOf(scene)) show(feed, event)
  const server = await serveInspector(feed, onboardingChart)
  const page = await browser.newPage({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' })
  await page.goto(server.url)
  await page.getByText(`Step ${feed.count} of ${feed.count}`).waitFor()
  await page.screenshot({ path })
  await page.close()
  await server.close()
}

const found = findChromium()
if (found === null) throw new Error(NO_BROWSER)
const folder = process.argv[2]
const own = join(dirname(import.meta.dirname), 'src/inspector')
const browser = await launch(found)
for (const theme of ['light', 'dark'] as const) {
  if (folder === undefined) {
    await take(browser, { scene: SCENES[0], size: SIZES[0], theme, path: join(own, `inspector-${theme}.png`) })
    continue
  }
  for (const scene of SCENES) {
    for (const size of SIZES) {
      await take(browser, {
        scene,
        size,
        theme,
        path: join(resolve(folder), `${scene.name}-${theme}-${size.width}.png`),
      })
    }
  }
}
await browser.close()
