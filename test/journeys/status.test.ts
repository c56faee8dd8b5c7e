import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isAt, runCli } from '../support/cli.ts'
import { runDirectoryOf } from '../support/records.ts'
import { type Journey, newFolder, useSandbox } from '../support/sandbox.ts'
import { openTreasury } from '../support/treasury.ts'

const lab = useSandbox()
const recordOf = (journey: Journey) => join(runDirectoryOf(journey), 'run.json')

test('an unreadable record hides no other record, and is listed with the command that helps', async () => {
  const [broken, whole] = [await lab.begin(), await lab.begin()]
  await broken.run()
  await whole.run(['--state-dir', join(broken.cwd, '.venice-onboard')])
  writeFileSync(recordOf(broken), '{')
  const status = await broken.command(['status', '--json'])
  expect(status.code).toBe(78)
  expect(status.json).toMatchObject({
    runs: [{ address: whole.address, outcome: 'unfunded' }],
    unreadable: [
      {
        address: broken.address.toLowerCase(),
        failure: { code: 'store/corrupt', hint: expect.stringContaining('wipe') },
      },
    ],
  })
  const text = await broken.command(['status'])
  expect(text.stdout).toContain('[store/corrupt]')
})

test('a treasury is listed next to the runs, even before the run that it stakes for has begun', async () => {
  const [journey, treasury, cwd] = [await lab.begin({}), await openTreasury(lab), newFolder()]
  await lab.sandbox.chain.setBlockTime(undefined)
  const running = journey.start(['--sponsor'], { cwd, env: treasury.env })
  await running.event(isAt('awaitConfirmation.watch'))
  await running.kill('SIGKILL')
  const sponsor = {
    address: treasury.address,
    outcome: 'paused',
    transactions: [{ status: 'sent' }, { status: 'sent' }],
  }
  const before = await runCli(['status', '--json'], { cwd })
  expect(before).toMatchObject({ code: 0, json: { runs: [], treasuries: [sponsor] } })

  await lab.sandbox.chain.setBlockTime(0)
  expect((await journey.run(['--sponsor'], { cwd, env: treasury.env })).code).toBe(0)
  const after = await runCli(['status'], { cwd })
  expect(after.stdout).toMatch(new RegExp(`^${treasury.address.toLowerCase()} on chain 8453, as sponsor: done`, 'm'))
  expect(after.stdout).toMatch(new RegExp(`^${journey.address.toLowerCase()} on chain 8453: unfunded`, 'm'))
})

test('the next command of a run and of its status is about that run in its current state', async () => {
  const journey = await lab.begin()
  const run = await journey.run(['--state-dir', 'there'])
  const status = await runCli(['status', '--json', '--state-dir', 'there'], { cwd: journey.cwd })
  const commands = [run.json.nextAction?.command, status.json.runs[0].nextAction.command]
  expect(commands).toEqual([expect.stringContaining('fund options'), expect.stringContaining('fund options')])
  for (const command of commands) {
    const env = { BASE_RPC_URL: lab.sandbox.rpcUrl, VENICE_API_URL: lab.sandbox.apiUrl }
    const next = await runCli([...command.split(' ').slice(1), '--json'], { cwd: journey.cwd, env })
    expect(next).toMatchObject({ code: 0, json: { address: journey.address } })
  }
})
