import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import { unseal } from '../../src/driver/envelope.ts'
import type { CliRun } from '../support/cli.ts'
import { type Journey, newFolder, useSandbox } from '../support/sandbox.ts'
import { canTrace, countsIn, injecting, type SyscallFault, tracing } from '../support/strace.ts'
import { ACCOUNTED, account, inPairs } from './account.ts'

/** Every `STEP`-th call of each kind is tried; 1 tries them all, which takes some minutes. */
const STEP = Number(process.env.VENICE_ONBOARD_CRASH_STEP ?? 9)

const FAULTS = [
  { call: 'fsync', effect: 'error=EIO' },
  { call: 'rename', effect: 'error=ENOSPC' },
  { call: 'link', effect: 'error=EPERM' },
  { call: 'mkdir', effect: 'error=EROFS' },
  { call: 'rename', effect: 'signal=SIGKILL' },
  { call: 'fsync', effect: 'signal=SIGKILL' },
]

const lab = useSandbox()
const withTrace = canTrace ? test : test.skip
if (!canTrace) console.warn('Skipped: system calls that fail, for want of an strace that may trace.')

/** Every `STEP`-th call of each kind, with another start per kind, so that a sample covers many parts of the run. */
async function sample(): Promise<SyscallFault[]> {
  const log = join(newFolder(), 'trace')
  const journey = await lab.begin()
  const { code } = await journey.run([], { under: tracing([...new Set(FAULTS.map(({ call }) => call))], log) })
  expect(code).toBe(0)
  const counts = countsIn(log)
  return FAULTS.flatMap((fault, index) => {
    const all = Array.from({ length: counts.get(fault.call) ?? 0 }, (_, before) => ({ ...fault, nth: before + 1 }))
    return all.filter(({ nth }) => nth % STEP === index % Math.min(STEP, all.length))
  })
}

/** The files and the output after a call has failed or the process was killed at it. */
async function leftBy({ code, signal, stderr, json }: CliRun, { cwd, address }: Journey) {
  const directory = join(cwd, '.venice-onboard', `${BASE_CHAIN_ID}-${address.toLowerCase()}`)
  const names = filesIn(directory)
  for (const name of names.filter((found) => /^run\.json(\.prev)?$/.test(found))) {
    await unseal(readFileSync(join(directory, name), 'utf8'), name, { chainId: BASE_CHAIN_ID, address })
  }
  return {
    isEnded: signal === 'SIGKILL' || code === 0 || code === 78,
    saysWhatToDo: signal === 'SIGKILL' || code === 0 || (json.failure?.hint ?? '').length > 20,
    isRecoverable: json.recoverable ?? signal === 'SIGKILL',
    litter: signal === 'SIGKILL' ? [] : litterIn(names),
    isDefect: /store\/corrupt|\bunexpected\b|at file:/.test(stderr),
  }
}
const LEFT = { isEnded: true, saysWhatToDo: true, isRecoverable: true, litter: [], isDefect: false }

const filesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
const litterIn = (names: readonly string[]): string[] => names.filter((name) => name.endsWith('.tmp'))

withTrace(
  'the record is whole and the same command succeeds after any system call fails or is the last one',
  async () => {
    const faults = await sample()
    const outcomes = await inPairs(faults, async (fault) => {
      const journey = await lab.begin()
      const log = join(newFolder(), 'trace')
      const faulty = await journey.run([], { under: injecting(fault, log) })
      const left = await leftBy(faulty, journey)
      const ended = await account(lab, journey, await journey.run())
      return {
        fault,
        isInjected: /INJECTED|killed by SIGKILL/.test(readFileSync(log, 'utf8')),
        ...left,
        ...ended,
        litterAfterwards: litterIn(filesIn(journey.cwd)),
      }
    })
    expect(outcomes.length).toBeGreaterThan(60 / STEP)
    expect(outcomes).toEqual(
      outcomes.map(({ fault }) => ({ fault, isInjected: true, ...LEFT, ...ACCOUNTED, litterAfterwards: [] })),
    )
  },
  600_000,
)
