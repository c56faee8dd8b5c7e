import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { beforeEach, describe, expect, test } from 'vitest'
import { type CliRun, runCli, startCli } from '../support/cli.ts'
import { type Journey, newFolder, useSandbox } from '../support/sandbox.ts'
import { asJournal, historyOf } from './history.ts'

describe('inspect without a run', () => {
  test.each<[name: string, words: string[], code: string]>([
    ['ends as status does', ['inspect'], 'run/none'],
    ['with a report does too', ['inspect', '--report', 'out.html'], 'run/none'],
    ['with a missing journal does too', ['inspect', '--journal', 'no.ndjson'], 'run/no-journal'],
    [
      'with a report of an empty journal does too',
      ['inspect', '--report', 'out.html', '--journal', 'empty.ndjson'],
      'run/none',
    ],
    ['with a missing folder does too', ['inspect', '--report', 'no/out.html', '--journal', 'good.ndjson'], 'cli/usage'],
  ])('%s', async (_, words, code) => {
    const cwd = newFolder()
    writeFileSync(join(cwd, 'empty.ndjson'), '')
    writeFileSync(join(cwd, 'good.ndjson'), asJournal(await historyOf()))
    const run = await runCli([...words, '--json'], { cwd })
    expect(run.code).toBe(2)
    expect(run.json.failure).toMatchObject({ code, hint: expect.stringMatching(/./) })
  })

  test('with an untrusted record does too', async () => {
    const cwd = newFolder()
    const folder = join(cwd, '.venice-onboard', `8453-0x${'ab'.repeat(20)}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'run.json'), '{}')
    expect((await runCli(['inspect', '--json'], { cwd })).json.failure?.code).toBe('store/corrupt')
  })
})

describe('a recorded run', () => {
  const lab = useSandbox()
  let journey: Journey
  beforeEach(async () => {
    journey = await lab.begin()
    await journey.run()
  })
  const offline = (words: readonly string[]): Promise<CliRun> => runCli(words, { cwd: journey.cwd })

  test('is written as one private file that names no key and is small enough to send', async () => {
    const run = await offline(['inspect', '--report', 'out.html', '--json'])
    expect(run.json).toMatchObject({ schemaVersion: 1, steps: 11, report: join(journey.cwd, 'out.html') })
    const file = join(journey.cwd, 'out.html')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(file).size).toBeLessThan(400_000)
    expect(readFileSync(file, 'utf8')).not.toContain(journey.storedKey())
  })

  test('links to an explorer only for a network that has one', async () => {
    const reports = ['sandbox', 'base'].map(async (network) => {
      await offline(['inspect', '--network', network, '--report', `${network}.html`])
      return readFileSync(join(journey.cwd, `${network}.html`), 'utf8').includes(
        '"explorer":"https://basescan.org/tx/"',
      )
    })
    expect(await Promise.all(reports)).toEqual([false, true])
  })

  test('names the next command, with its run locator', async () => {
    const place = join(journey.cwd, '.venice-onboard')
    await offline(['inspect', '--network', 'sandbox', '--state-dir', place, '--report', 'out.html'])
    const html = readFileSync(join(journey.cwd, 'out.html'), 'utf8')
    const { command } = JSON.parse(/"next":(\{"command":[^}]*\})/.exec(html)?.[1] ?? '{}')
    expect(command).toBe(`venice-onboard fund options --network sandbox --state-dir ${place}`)
    expect(html).toContain(`"command":"venice-onboard run --network sandbox --state-dir ${place}"`)
    expect(html).toMatch(/"minedAfterMs":(\[0,)?\d/)
  })

  test('is served until the command is stopped, which is not a failure', async () => {
    const running = startCli(['inspect', '--json'], { cwd: journey.cwd })
    const { url } = JSON.parse(await running.line((line) => line.startsWith('{')))
    const stream = await fetch(url.replace('/?', '/events?'))
    const run = await running.kill('SIGINT')
    expect(run.code).toBe(0)
    expect(await stream.text()).toContain('event: end')
  })

  test('is exported with its path marked', async () => {
    const [scxml, dot, json] = await Promise.all(
      ['scxml', 'dot', 'json'].map((format) => offline(['export', format, '--run'])),
    )
    new SaxesParser({ xmlns: true }).write(scxml?.stdout ?? '').close()
    expect(scxml?.stdout).toMatch(/id="unfunded"[^>]*chart:visited="true"[^>]*chart:current="true"/)
    expect(dot?.stdout).toMatch(/"mint\.post" \[.*fillcolor="#dcfce7"/)
    expect(JSON.parse(json?.stdout ?? '').meta.run.path).toContain('mint.post')
  })
})

test('the inspection of a run ends with the run', async () => {
  const cwd = newFolder()
  const run = await runCli(['run', '--inspect', '--block-time', '0', '--json'], { cwd })
  expect(run.code).toBe(0)
  expect(run.stderr).toMatch(/http:\/\/127\.0\.0\.1:\d+\/\?token=/)
  expect(run.stdout).not.toContain('token=')
})
