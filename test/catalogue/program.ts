import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { run as runCommand } from '../../src/cli/commands/run.ts'
import type { CliContext } from '../../src/cli/environment.ts'
import type { Flags } from '../../src/cli/flags.ts'
import { createOutput, showError } from '../../src/cli/output.ts'
import { requestOf } from '../../src/cli/request-of.ts'
import { createRedactor } from '../../src/domain/redact.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { type CliRun, eventsOf } from '../support/cli.ts'
import type { Journey } from '../support/sandbox.ts'

/** `run --yes --ndjson -v` in this process, so with the test file's clock. */
export async function runHere(sandbox: Sandbox, journey: Journey, flags: Partial<Flags> = {}): Promise<CliRun> {
  const { cwd, privateKey } = journey
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const printed = Promise.all([text(stdout), text(stderr)])
  // Only the parts of a stream that a command uses when there is no terminal.
  const streams = { stdout, stderr, stdin } as unknown as Pick<CliContext, 'stdout' | 'stderr' | 'stdin'>
  const env = { WALLET_PRIVATE_KEY: privateKey }
  const context: CliContext = { ...streams, env, cwd, homeDir: cwd, program: [] }
  const output = createOutput(
    { ndjson: true, verbose: true, color: false, input: false },
    context,
    'venice-onboard run',
  )
  const given: Flags = {
    network: 'base',
    rpcUrl: [sandbox.rpcUrl],
    apiUrl: sandbox.apiUrl,
    stateDir: '.venice-onboard',
    confirmations: 1,
    yes: true,
    ...flags,
  }
  const { add, scrub } = createRedactor()
  add(privateKey)
  const asked = requestOf(given, context)
  const code = await runCommand(asked, output, context, { command: 'venice-onboard run' }).catch((error: unknown) =>
    showError(error, output, { scrub }),
  )
  stdout.end()
  stderr.end()
  const [out, err] = await printed
  const run = { code, signal: null, stdout: out, stderr: err }
  return { ...run, json: { ...eventsOf(run).at(-1) } as CliRun['json'] }
}
