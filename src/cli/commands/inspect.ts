import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { replaceFile } from '../../adapters/atomic-file.ts'
import type { Envelope } from '../../driver/envelope.ts'
import { UsageError } from '../../errors/cli.ts'
import { JournalUnreadableError, NoRunError } from '../../errors/run.ts'
import { createFeed, type Feed } from '../../inspector/feed.ts'
import { type Followed, follow, readInto } from '../../inspector/follow.ts'
import type { About } from '../../inspector/model/step.ts'
import { reportHtml } from '../../inspector/report.ts'
import { onboardingChart } from '../../inspector/run.ts'
import { serveInspector } from '../../inspector/server.ts'
import { sandboxWallets } from '../../sandbox/pointer.ts'
import { aboutWallet, followedOf } from '../inspecting.ts'
import type { Output } from '../output.ts'
import { findRuns, readRun } from '../records.ts'
import type { Request } from '../request.ts'
import { runCommands } from '../run-commands.ts'

/** Absolute paths. @property journal - read in place of a run. */
export type InspectRequest = Request & { report: string | undefined; journal: string | undefined }

interface Subject {
  about: Partial<About>
  followed: Followed
}

/** `inspect`: serves a page that shows a run of any process, until stopped; `--report` writes it as one file. Changes nothing. */
export async function inspect(request: InspectRequest, output: Output, typed: string): Promise<number> {
  const { about, followed } = request.journal === undefined ? await recorded(request, typed) : foreign(request.journal)
  const feed = createFeed({ ...about, source: 'record' })
  const source: Source = {
    where: followed.journal,
    read: () => readInto(feed, followed),
    follow: () => follow(feed, followed),
  }
  return request.report === undefined ? serve(feed, source, output) : report(feed, source, request.report, output)
}

/** Where the steps of a run come from. */
export interface Source {
  /** For people. */
  where: string
  /** Reads all there is, once. */
  read(): Promise<void>
  /** Keeps reading new steps. */
  follow(): Promise<{ close(): void }>
}

/** Shows `feed` on a page until stopped. */
export async function serve(feed: Feed, source: Source, output: Output): Promise<number> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const following = await source.follow()
  const server = await serveInspector(feed, onboardingChart)
  // The server does not keep the process alive: within `run` it ends with the run.
  const alive = setInterval(() => {}, 2 ** 30)
  try {
    output.result({ url: server.url, journal: source.where }, server.url)
    output.note('Open this page in a browser on this machine. It changes nothing. Stop it with Ctrl-C.')
    await stopped
    return 0
  } finally {
    clearInterval(alive)
    following.close()
    await server.close()
  }
}

/** Writes `feed` as one HTML file. @param path - absolute. */
export async function report(feed: Feed, source: Source, path: string, output: Output): Promise<number> {
  await source.read()
  if (feed.count === 0) throw new NoRunError(source.where)
  const html = reportHtml(feed, onboardingChart, new Date().toISOString())
  try {
    replaceFile(path, html)
  } catch (error) {
    throw new UsageError(
      `${path} cannot be written: ${(error as Error).message}`,
      'Give a file in a folder that you can write to.',
    )
  }
  const facts = { report: path, steps: feed.count, bytes: Buffer.byteLength(html) }
  output.result(facts, `${path} shows the ${feed.count} steps of the run. It opens without a network.`)
  return 0
}

/** The run in `--state-dir`; of several runs, the one written last. */
async function recorded(request: InspectRequest, typed: string): Promise<Subject> {
  const runs = await findRuns(request.stateDir, request.address)
  const read = await Promise.all(runs.map(async (run) => ({ run, envelope: await readRun(run) })))
  const [latest] = read.sort((a, b) => b.envelope.writtenAt.localeCompare(a.envelope.writtenAt))
  if (latest === undefined) throw new NoRunError(request.stateDir)
  const isPublic = request.network === 'base'
  const sandboxed = sandboxWallets(request.stateDir)
  const command = runCommands(typed, { isOnBase: isPublic, sandboxed })(latest.run)
  return { about: aboutOf(latest.envelope, { isPublic, command }), followed: followedOf(latest.run, command) }
}

const aboutOf = (
  { runId, address, chainId }: Envelope,
  { isPublic, command }: { isPublic: boolean; command: string },
): Partial<About> => ({ runId, ...aboutWallet({ address, chainId, isPublic, command }) })

/** A journal on its own, perhaps from another machine. */
function foreign(journal: string): Subject {
  if (!existsSync(journal)) throw new JournalUnreadableError(journal)
  return { about: { title: 'Journal' }, followed: { journal, readRecord: null, isDriven: null } }
}
