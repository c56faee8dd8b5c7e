import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src/driver/events.ts'
import { type CliRun, eventsOf } from '../support/cli.ts'
import { filesUnder, leaksIn } from '../support/leaks.ts'
import { CHALLENGE, type Journey, type SandboxUnderTest } from '../support/sandbox.ts'
import { runHere } from './program.ts'
import { type Lasting, ofVenice, type Passing, type Row, requestsTo } from './rows.ts'
import type { Wire } from './wire.ts'

const PRINTABLE = /^[^\p{C}]*$/u
/** The JSON escapes of the characters that PRINTABLE excludes, and of a carriage return. */
const ESCAPED = /\\(?:[bfr]|u00[0189]|u007f|u20[026])/i

/** Runs every row against the real sandbox: once with a temporary failure, once with a permanent one. */
export function checkRows(lab: SandboxUnderTest, wire: Wire, rows: readonly Row[]): void {
  const named = (wanted: 'lasts' | 'passes') =>
    rows.filter((row) => row[wanted] !== undefined).map((row) => [row.code, row.when, row] as const)

  if (named('passes').length > 0) {
    describe('the run recovers from a temporary failure, and does nothing twice', () => {
      test.each(named('passes'))('%s: %s', async (_, __, row) => {
        const { run, journey } = await play(lab, row, 1)
        expectPassed(lab, row, row.passes as Passing, run)
        await expectSound(journey, run, wire)
        expect(await journey.onChain()).toMatchObject({ transactions: 2, allowance: 0n, sVvv: 10n ** 18n })
        expect(journey.keys()).toHaveLength(row.passes?.keys ?? 1)
        expect(journey.storedKey()).not.toBeNull()
      })
    })
  }
  if (named('lasts').length > 0) {
    describe('a permanent failure ends the run as documented', () => {
      test.each(named('lasts'))('%s: %s', async (_, __, row) => {
        const { run, journey } = await play(lab, row, Number.POSITIVE_INFINITY)
        await expectEnded(lab, row, row.lasts as Lasting, run, journey)
        await expectSound(journey, run, wire)
      })
    })
  }
}

async function play(lab: SandboxUnderTest, row: Row, times: number): Promise<{ run: CliRun; journey: Journey }> {
  const { sandbox } = lab
  if (row.form !== undefined) sandbox.venice.setChallenge(row.form)
  const journey = await lab.begin(row.funds)
  const scene = { sandbox, journey, fault: lab.fault }
  if (row.on !== undefined && row.effect !== undefined) lab.fault(row.on, row.effect, { times, skip: row.skip ?? 0 })
  try {
    await row.arrange?.(scene)
    return { run: await runHere(sandbox, journey, row.flags?.(sandbox)), journey }
  } finally {
    await row.restore?.(scene)
  }
}

function expectPassed(
  lab: SandboxUnderTest,
  row: Row,
  { back, tries, outcome = 'unfunded' }: Passing,
  run: CliRun,
): void {
  const events = eventsOf(run) as RunEvent[]
  const failed = events.find((event) => event.type === 'transition' && event.cause.startsWith('xstate.error.'))
  expect({ exit: run.code, outcome: run.json.outcome, failure: run.json.failure }).toEqual({
    exit: 0,
    outcome,
    failure: null,
  })
  expect(failed).toMatchObject({ to: back })
  if (tries !== undefined) expect(requestsTo(lab.sandbox, row.on)).toBe(tries)
}

async function expectEnded(
  lab: SandboxUnderTest,
  row: Row,
  { exit, code = row.code, tries, transactions, keys = 0, state = 'failed', cause }: Lasting,
  run: CliRun,
  journey: Journey,
): Promise<void> {
  expect({ exit: run.code, code: run.json.failure?.code ?? null, state: run.json.state ?? 'failed' }).toEqual({
    exit,
    code,
    state,
  })
  if (tries === 'several') expect(requestsTo(lab.sandbox, row.on)).toBeGreaterThan(1)
  else if (tries !== undefined) expect(requestsTo(lab.sandbox, row.on)).toBe(tries)
  if (cause !== undefined) {
    expect(run.json).toMatchObject({
      funding: { cause, reason: expect.stringMatching(/^[A-Z].*\.$/), next: expect.stringMatching(/^[A-Z].*\.$/) },
      nextAction: { command: expect.stringMatching(/^venice-onboard /), reason: run.json.funding?.reason },
    })
  }
  const chain = await journey.onChain()
  expect(chain.transactions).toBe(transactions ?? (ofVenice(row) && row.on !== CHALLENGE ? 2 : 0))
  expect(chain.sVvv).toBeLessThanOrEqual(10n ** 18n)
  expect(journey.keys()).toHaveLength(keys)
  if (state === 'failed') {
    const stops = { outcome: 'failed', failure: { hint: expect.stringMatching(/\.$/) } }
    expect(run.json).toMatchObject(stops)
  }
}

/**
 * No secret is in any file or output, and nothing that a terminal would execute, neither directly nor after
 * the JSON around it is parsed.
 */
async function expectSound({ cwd, privateKey }: Journey, { stdout, stderr }: CliRun, wire: Wire): Promise<void> {
  expect(leaksIn(cwd, { stdout, stderr }, wire.secrets(privateKey))).toEqual([])
  const files = filesUnder(cwd).map(({ text }) => Buffer.from(text, 'latin1').toString('utf8'))
  for (const line of [stdout, stderr, ...files].flatMap((text) => text.split('\n'))) {
    expect(line).toMatch(PRINTABLE)
    expect(line).not.toMatch(ESCAPED)
  }
  expect({}).not.toHaveProperty('polluted')
}
