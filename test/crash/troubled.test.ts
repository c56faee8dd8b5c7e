import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CliRun, startCli } from '../support/cli.ts'
import { envelopeIn, runDirectoryOf } from '../support/records.ts'
import { type Journey, type SandboxUnderTest, useSandbox } from '../support/sandbox.ts'
import { account } from './account.ts'
import { TROUBLES, type Trouble, trouble } from './troubles.ts'

const CRASH_AT = [new URL('crash-at.mjs', import.meta.url).pathname]
/** Every `STEP`-th point of a scenario is tried; 1 tries them all, which takes many minutes. Default: one point. */
const STEP = process.env.VENICE_ONBOARD_CRASH_STEP
/** No scenario has fewer. */
const FEWEST_POINTS = 42
/** The second process of a point dies early, while it resumes what the first one left. */
const SECOND_WITHIN = 12

// Two at a time, because a fault of the chain affects all its wallets.
const LABS = [useSandbox(), useSandbox()]

/** The points to try; they differ by scenario. */
function* pointsOf(index: number): Generator<number> {
  if (STEP === undefined) {
    yield 1 + ((index * 7) % FEWEST_POINTS)
    return
  }
  for (let point = 1; ; point += Number(STEP)) yield point
}

/** Kills the run at `point`, and the next one soon. */
async function killed(lab: SandboxUnderTest, scenario: Trouble, point: number) {
  const journey = await lab.begin()
  const urls = await scenario.endpoints?.(lab)
  const { args = [] } = scenario
  const run = (crashAt?: number): Promise<CliRun> => {
    const rest = crashAt === undefined ? {} : { preload: CRASH_AT, env: { CRASH_AT: String(crashAt) } }
    if (urls === undefined) return journey.run(args, rest)
    const ends = urls.flatMap((url) => ['--rpc-url', url])
    const words = ['run', '--network', 'base', ...ends, '--api-url', lab.sandbox.apiUrl, '--yes', '--ndjson', ...args]
    const env = { WALLET_PRIVATE_KEY: journey.privateKey, ...rest.env }
    return startCli(words, { cwd: journey.cwd, ...rest, env }).done
  }
  const recorded = new Set<string>()
  const end = await trouble(lab, journey, scenario)
  try {
    let last = await run(point)
    const isKilled = last.signal !== null
    for (const crashAt of [1 + (point % SECOND_WITHIN), undefined]) {
      for (const hash of hashesIn(journey)) recorded.add(hash)
      if (last.signal !== null) last = await run(crashAt)
    }
    return { isKilled, point, ...(await verdict(lab, journey, scenario, { last, recorded })) }
  } finally {
    await end()
  }
}

const hashesIn = (journey: Journey): string[] =>
  existsSync(join(runDirectoryOf(journey), 'run.json'))
    ? envelopeIn(journey).snapshot.context.record.attempts.map(({ hash }) => hash)
    : []

async function verdict(
  lab: SandboxUnderTest,
  journey: Journey,
  { own = 0 }: Trouble,
  { last, recorded }: { last: CliRun; recorded: ReadonlySet<string> },
) {
  const accounted = await account(lab, journey, last)
  const { transactions = [] } = last.json
  const mined = (purpose: string) =>
    transactions.filter((made) => made.purpose === purpose && made.status === 'mined').length
  const inBlocks = transactions.filter(({ status }) => status === 'mined' || status === 'reverted').length
  const { code, allowance, sVvv, isStoredAtVenice, isReported, unaccounted } = accounted
  return {
    // Only a violation has more details.
    ...(code !== 0 && { failure: last.json.failure, path: last.stdout.slice(-2_000) }),
    code,
    sVvv,
    allowance,
    stakesMined: mined('stake'),
    isApprovedOnce: mined('approve') <= 1,
    isAllOnChainRecorded: accounted.transactions - own === inBlocks,
    forgotten: [...recorded].filter((hash) => !transactions.some((made) => made.hash === hash)),
    isStoredAtVenice,
    isReported,
    unaccounted,
  }
}

const AS_IT_MUST_BE = {
  code: 0,
  sVvv: 10n ** 18n,
  allowance: 0n,
  stakesMined: 1,
  isApprovedOnce: true,
  isAllOnChainRecorded: true,
  forgotten: [],
  isStoredAtVenice: true,
  isReported: true,
  unaccounted: [],
}

test.each(TROUBLES.map((scenario, index) => [scenario.name, scenario, index] as const))(
  'two kills at any point while transactions are %s: the same command makes one stake and one stored key',
  async (_, scenario, index) => {
    const points = pointsOf(index)
    const results: Awaited<ReturnType<typeof killed>>[] = []
    const worker = async (lab: SandboxUnderTest) => {
      for (let next = points.next(); !next.done; next = points.next()) {
        const result = await killed(lab, scenario, next.value)
        results.push(result)
        // A run that ends has no more points: all have been tried.
        if (!result.isKilled) return
      }
    }
    await Promise.all(LABS.map(worker))
    expect(results.filter(({ isKilled }) => isKilled).length).toBeGreaterThan(
      STEP === undefined ? 0 : 30 / Number(STEP),
    )
    expect(results).toEqual(results.map(({ isKilled, point }) => ({ isKilled, point, ...AS_IT_MUST_BE })))
  },
  3_600_000,
)
