import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventsOf, isAt, runCli, startCli } from '../support/cli.ts'
import { descendantsOf, processesWith, waitForEnd } from '../support/processes.ts'
import { sandboxFolder } from '../support/sandbox.ts'

const RUN = ['run', '--ndjson', '--block-time', '200ms']

test('a killed run in its own sandbox finds the sandbox again, and leaves no process', async () => {
  const cwd = sandboxFolder()
  const running = startCli(RUN, { cwd })
  await running.event(isAt('stake.broadcast'))
  const sandboxes = processesWith(cwd).filter((pid) => pid !== running.pid)
  const left = [...sandboxes, ...sandboxes.flatMap(descendantsOf)]
  await running.kill('SIGKILL')
  expect(sandboxes).toHaveLength(1)
  expect(processesWith(cwd)).toEqual(sandboxes)

  const finished = await runCli(RUN, { cwd })
  expect(finished.code).toBe(0)
  expect(finished.json).toMatchObject({
    outcome: 'unfunded',
    transactions: [
      { purpose: 'approve', nonce: 0, status: 'mined' },
      { purpose: 'stake', nonce: 1, status: 'mined' },
    ],
  })
  await waitForEnd(left)
})

test('a run in its own sandbox leaves a key that only its owner can read, and can be shown later', async () => {
  const cwd = sandboxFolder()
  const first = await runCli(RUN, { cwd })
  expect(first.code).toBe(0)
  expect(first.json.key?.sink).toMatch(/^file:/)
  const [directory = ''] = readdirSync(join(cwd, '.venice-onboard')).filter((name) => name.startsWith('8453-'))
  const modes = (path: string) => (statSync(join(cwd, '.venice-onboard', path)).mode & 0o777).toString(8)
  expect(['', directory, `${directory}/run.json`, `${directory}/api-key`, 'sandbox.json'].map(modes)).toEqual([
    '700',
    '700',
    '600',
    '600',
    '600',
  ])

  const again = await runCli(RUN, { cwd })
  expect(again.code).toBe(0)
  expect(again.json.runId).toBe(first.json.runId)
  expect(eventsOf(again).filter(({ type }) => type === 'transition')).toEqual([])
  expect(processesWith(cwd)).toEqual([])
})
