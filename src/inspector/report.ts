import type { Feed } from './feed.ts'
import { pageHtml } from './html.ts'
import type { SketchedMachine } from './layout/sketch.ts'

/** One run as one HTML file that opens without a network, with the same page as the live one. No side effects. */
export const reportHtml = (feed: Feed, chart: SketchedMachine, savedAt: string): string =>
  pageHtml({ chart, saved: feed.save(savedAt) }).html
