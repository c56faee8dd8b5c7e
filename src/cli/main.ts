#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander'
import { VERSION } from '../version.ts'
import { processContext } from './environment.ts'
import * as options from './options.ts'
import { createOutput, type Output, showError } from './output.ts'

const context = processContext()

/** What to type to go on: the words of this run, which never hold a secret. */
const commandLine = (): string => ['venice-onboard', ...process.argv.slice(2).map(quoted)].join(' ')
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/**
 * Runs a command: its options, its output, its exit code. Commands are loaded when they are called, so that `--help`
 * loads no chain code.
 */
const action =
  <F>(load: () => Promise<(flags: F, output: Output) => Promise<number>>) =>
  async (_: unknown, command: Command): Promise<void> => {
    const flags = command.optsWithGlobals<F & options.OutputFlags>()
    const output = createOutput(flags, context)
    try {
      process.exitCode = await (await load())(flags, output)
    } catch (error) {
      const { createRedactor } = await import('../domain/redact.ts')
      const { add, scrub } = createRedactor()
      if (context.env.WALLET_PRIVATE_KEY) add(context.env.WALLET_PRIVATE_KEY)
      process.exitCode = showError(error, output, { scrub })
    }
  }

type Flags = options.Flags

function build(): Command {
  const program = options
    .withOutput(new Command('venice-onboard'))
    .description('From a wallet with VVV on Base to a working Venice.ai API key, resumably.')
    .version(VERSION)
    .showHelpAfterError('(see venice-onboard --help)')
    .exitOverride()

  const add = (name: string, description: string) =>
    options.withOutput(program.command(name).description(description)).exitOverride()

  const run = add('run', 'begin or continue the run of this wallet')
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withRequest,
    options.withBudget,
    options.withSink,
    options.withRunning,
    options.withBlockTime,
  ])
    extend(run)
  run.action(
    action<Flags>(async () => {
      const { run: command } = await import('./commands/run.ts')
      return (flags, output) => command(flags, output, context, commandLine())
    }),
  )

  const plan = add('plan', 'show what run would do; signs nothing')
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withRequest,
    options.withBudget,
    options.withBlockTime,
  ])
    extend(plan)
  plan.option('--address <address>', 'plan for this wallet, without its key')
  plan.action(
    action<Flags>(async () => {
      const { plan: command } = await import('./commands/plan.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )

  const status = add('status', 'show what is recorded, and with --live what the chain says')
  options.withNetwork(status)
  status.option('--address <address>', 'only the run of this wallet').option('--live', 'look at the chain as well')
  status.action(
    action<Flags & { live?: boolean }>(async () => {
      const { status: command } = await import('./commands/status.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )

  const doctor = add('doctor', 'check every precondition, and say how to mend what fails')
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withRequest,
    options.withSink,
    options.withBlockTime,
  ])
    extend(doctor)
  doctor.action(
    action<Flags>(async () => {
      const { doctor: command } = await import('./commands/doctor.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )

  const sandbox = add('sandbox', 'serve a local chain and a local Venice until stopped')
  options.withBlockTime(options.withStateDir(sandbox))
  sandbox
    .addOption(new Option('--challenge <form>', "form of Venice's challenge").choices(['jwt', 'siwe']).default('jwt'))
    .addOption(new Option('--latency <duration>', 'added to every request').argParser(options.duration))
    .addOption(new Option('--token-life <duration>', 'life of a challenge').argParser(options.duration))
    .addOption(new Option('--wallets <n>', 'funded wallets to make').argParser(options.count).default(1))
    .option('--faults <file>', 'JSON file of scripted faults')
    .addOption(new Option('--background').hideHelp())
  sandbox.action(
    action<import('./commands/sandbox.ts').SandboxFlags>(async () => {
      const { sandbox: command } = await import('./commands/sandbox.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )

  const exporting = add('export', 'write the machine, or a run with its path marked, in another form')
  options.withStateDir(exporting)
  exporting
    .argument('<format>', 'mermaid or json')
    .addOption(new Option('--detail <level>', 'stages or full').choices(['stages', 'full']).default('full'))
    .option('--run', 'mark the path of the run in --state-dir')
    .option('--address <address>', 'the run of this wallet')
  exporting.action((format: string, flags: unknown, command: Command) =>
    action<import('./commands/export.ts').ExportFlags>(async () => {
      const { exportMachine } = await import('./commands/export.ts')
      return (given, output) => exportMachine(format, given, output, context)
    })(flags, command),
  )

  const wipe = add('wipe', 'put a finished or abandoned run aside')
  options.withStateDir(wipe)
  wipe.option('--address <address>', 'the run of this wallet').option('--force', 'also with transactions in flight')
  wipe.action(
    action<Flags & { force?: boolean }>(async () => {
      const { wipe: command } = await import('./commands/wipe.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )
  return program
}

// A reader that goes away, such as `head`, is no error.
for (const stream of [context.stdout, context.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  await build().parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // commander's own exits: help and version are 0, everything else is a usage error.
  process.exitCode = error.exitCode === 0 ? 0 : 2
}
