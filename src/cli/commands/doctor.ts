import type { Address } from '../../domain/addresses.ts'
import { type Envelope, recordOf, requestOf } from '../../driver/envelope.ts'
import { NoRunError } from '../../errors/run.ts'
import { type Check, checkAll } from '../../operations/checks.ts'
import { withDefaults } from '../../operations/wanted.ts'
import type { CliContext } from '../environment.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { unusedProxies } from '../proxies.ts'
import { findRun, readRun } from '../records.ts'
import type { Request } from '../request.ts'
import { wireToRead } from '../wiring.ts'

/** `doctor`: every precondition, and the fix for each failure. Signs nothing. */
export async function doctor(request: Request, output: Output, context: CliContext): Promise<number> {
  const { ports, redactor, stateDir, end } = await wireToRead(request, context, output)
  const { stakeAmount, key, credential, fund } = withDefaults(request.wanted, null)
  const envelope = await envelopeFor(stateDir, ports.signer.address)
  const checks: Check[] = await checkAll(ports, {
    stakeAmount: BigInt(stakeAmount),
    credential,
    fund,
    record: envelope && recordOf(envelope),
    request: envelope === null ? key : requestOf(envelope).key,
    scrub: redactor.scrub,
  }).finally(end)
  const proxies = request.network === 'base' ? unusedProxies(context.env, process.versions) : null
  if (proxies !== null) checks.push({ name: 'proxy', status: 'warn', detail: proxies, fix: null })
  const failed = checks.find(({ status }) => status === 'fail')
  output.result(
    {
      ok: failed === undefined,
      checks: checks.map(({ name, status, detail, fix }) => ({ name, status, detail, fix })),
    },
    checks.map((check) => checkText(check, output)).join('\n'),
  )
  return failed === undefined ? 0 : EXIT_CODES[failed.exit ?? 'unexpected']
}

/** The record of this wallet's run, or null. */
async function envelopeFor(stateDir: string, address: Address): Promise<Envelope | null> {
  try {
    return await readRun(await findRun(stateDir, address))
  } catch (error) {
    if (error instanceof NoRunError) return null
    throw error
  }
}

const MARKS = { ok: ['green', '✔'], warn: ['yellow', '!'], fail: ['red', '✖'], skip: ['dim', '–'] } as const

function checkText({ name, status, detail, fix }: Check, { style, say }: Output): string {
  const [colour, mark] = MARKS[status]
  const line = `${style(colour, mark)} ${name.padEnd(18)}${say(detail)}`
  return fix === null ? line : `${line}\n  ${' '.repeat(18)}${style('cyan', '→')} ${say(fix)}`
}
