import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { createRedactor } from '../domain/redact.ts'
import { isPrivateKeyLike } from '../domain/secret-forms.ts'
import { shellWord } from '../domain/shell-word.ts'
import { VERSION } from '../domain/version.ts'
import { AddressUnusableError, SecretInArgumentError, UsageError } from '../errors/cli.ts'
import { addAgentCommands } from './agent-commands.ts'
import { addCompletion } from './completion.ts'
import { processContext } from './environment.ts'
import { EXIT_CODES } from './exit-codes.ts'
import type { Flags } from './flags.ts'
import { addFleetCommands } from './fleet-commands.ts'
import { addFundCommands } from './fund-commands.ts'
import { runHelp, withHelp } from './help.ts'
import { addKeyCommands } from './key-commands.ts'
import { withKeyName } from './key-name.ts'
import * as values from './option-values.ts'
import * as options from './options.ts'
import { createOutput, type Output, type OutputOptions, showError } from './output.ts'
import { requestOf } from './request-of.ts'
import { findSecret, KEY_VARIABLES } from './secret-arguments.ts'
import { isPlainEnd, throwUsageErrors, withOwnHelp } from './usage.ts'

const context = processContext()

/** What to type to go on: the words of this run, which never hold a secret. */
const commandLine = (): string => ['venice-onboard', ...process.argv.slice(2).map(shellWord)].join(' ')

/**
 * Runs a command: its options, its output, its exit code. Commands are loaded when they are called, so that `--help`
 * loads no chain code.
 */
const action =
  <F>(load: () => Promise<(flags: F, output: Output) => Promise<number>>) =>
  async (_: unknown, command: Command): Promise<void> => {
    const flags = command.optsWithGlobals<F & OutputOptions>()
    const output = createOutput(flags, context, commandLine())
    try {
      await checkAddress(flags as { address?: unknown })
      process.exitCode = await (await load())(flags, output)
    } catch (error) {
      const { add, scrub } = createRedactor()
      for (const name of KEY_VARIABLES) add(context.env[name] ?? '')
      // Where a hash may stand, a key may have been typed; endpoints quote what they were asked about.
      for (const word of process.argv.slice(2)) if (isPrivateKeyLike(word)) add(word)
      process.exitCode = showError(withOwnHelp(error, command), output, { scrub })
    }
  }

/** Before any request: an address with a typo would be asked about, or staked for. */
async function checkAddress(flags: { address?: unknown }): Promise<void> {
  if (typeof flags.address !== 'string' || flags.address === flags.address.toLowerCase()) return
  const { checkedAddress } = await import('../adapters/checksum.ts')
  const address = checkedAddress(flags.address)
  if (address === null) throw new AddressUnusableError()
  flags.address = address
}

const asked = (flags: Flags) => requestOf(flags, context)

const pathOf = (file: string | undefined) => (file === undefined ? undefined : resolve(context.cwd, file))

function build(): Command {
  const program = options
    .withOutput(withHelp(new Command('venice-onboard'), context))
    .description('From a wallet with VVV on Base to a working Venice.ai API key, resumably.')
    .version(VERSION)

  const add = (name: string, description: string) => options.withOutput(program.command(name).description(description))

  const run = add('run', 'start or resume the run of this wallet')
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withSponsor,
    options.withRequest,
    options.withBudget,
    options.withFund,
    options.withSink,
    options.withRunning,
    options.withInsight,
    options.withBlockTime,
  ])
    extend(run)
  run.addHelpText('after', runHelp(context.env))
  run.action(
    action<Flags>(async () => async (flags, output) => {
      const request = asked(flags)
      const { headStart } = await import('./head-start.ts')
      const { fetch, end } = await headStart(request)
      try {
        const { run: command } = await import('./commands/run.ts')
        return await command(request, output, context, { command: commandLine(), fetch })
      } finally {
        end()
      }
    }),
  )

  const plan = add('plan', 'show what `run` would do; signs nothing')
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withSponsor,
    options.withRequest,
    options.withBudget,
    options.withFund,
    options.withSink,
    options.withBlockTime,
  ])
    extend(plan)
  plan.option('--address <address>', 'plan for this wallet, without its key')
  plan.action(
    action<Flags>(async () => {
      const { plan: command } = await import('./commands/plan.ts')
      return (flags, output) => command(asked(flags), output, context)
    }),
  )

  const status = add('status', 'show what is recorded, and with --live what the chain shows')
  for (const extend of [options.withNetwork, options.withSigner]) extend(status)
  status
    .option('--address <address>', 'only the run of this wallet')
    .option('--live', 'read the chain as well, and the credit of a wallet that pays by itself')
  status.action(
    action<Flags & { live?: boolean }>(async () => {
      const { status: command } = await import('./commands/status.ts')
      return (flags, output) =>
        command({ ...asked(flags), isLive: flags.live === true }, output, context, commandLine())
    }),
  )

  const doctor = add('doctor', 'check every precondition, and name the fix for each failure')
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withRequest,
    options.withFund,
    options.withSink,
    options.withBlockTime,
  ])
    extend(doctor)
  doctor.action(
    action<Flags>(async () => {
      const { doctor: command } = await import('./commands/doctor.ts')
      return (flags, output) => command(asked(flags), output, context)
    }),
  )

  const keys = program.command('keys').description('list, rotate, revoke and reclaim keys at Venice')
  const reclaim = options.withOutput(
    keys.command('reclaim').description('find and delete keys whose mint reply was lost'),
  )
  for (const extend of [options.withNetwork, options.withSigner, options.withSink]) extend(reclaim)
  reclaim
    .option('--address <address>', 'the run of this wallet')
    .option('--with-admin-key', 'mint a temporary ADMIN key for this, and delete it afterwards')
    .option('--dry-run', 'only list them')
    .option('-y, --yes', 'delete without asking')
  reclaim.action(
    action<Flags & { withAdminKey?: boolean; dryRun?: boolean }>(async () => {
      const { reclaim: command } = await import('./commands/keys.ts')
      return ({ withAdminKey = false, dryRun: isDryRun = false, ...flags }, output) =>
        command({ ...asked(flags), withAdminKey, isDryRun }, output, context)
    }),
  )

  addKeyCommands(keys, { action, context, commandLine })
  addFleetCommands(program, { action, context })

  const fund = program.command('fund').description('make the key or the wallet able to pay for calls')
  addFundCommands(fund, { action, context, commandLine })

  const sandbox = add('sandbox', 'serve a local chain and a local Venice until stopped')
  options.withBlockTime(options.withStateDir(sandbox))
  sandbox
    .addOption(new Option('--challenge <form>', "form of Venice's challenge").choices(['jwt', 'siwe']).default('jwt'))
    .addOption(new Option('--latency <duration>', 'delay of every request').argParser(values.duration))
    .addOption(new Option('--token-life <duration>', 'life of a challenge').argParser(values.duration))
    .addOption(new Option('--wallets <n>', 'funded wallets to make').argParser(values.count).default(1))
    .option('--faults <file>', 'JSON file of scripted faults')
    .addOption(
      new Option(
        '--endpoint <profile>',
        'add an RPC endpoint that behaves like a provider: drpc, alchemy, public, lagging, no-batch, …; repeatable; an unknown name lists them all',
      ).argParser((name: string, names: string[] = []) => [...names, name]),
    )
    .addOption(new Option('--background').hideHelp())
    .addOption(new Option('--treasury').hideHelp())
  sandbox.action(
    action<import('./commands/sandbox.ts').SandboxFlags>(async () => {
      const { sandbox: command } = await import('./commands/sandbox.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )

  const inspect = add('inspect', 'show a live or finished run in a browser')
  options.withNetwork(inspect)
  inspect
    .option('--address <address>', 'the run of this wallet')
    .option('--report <file>', 'write the run to one HTML file that opens without a network, then exit')
    .option('--journal <file>', 'read this journal file, e.g. of another machine, instead of a run in --state-dir')
  inspect.action(
    action<Flags & { report?: string; journal?: string }>(async () => {
      const { inspect: command } = await import('./commands/inspect.ts')
      return ({ report, journal, ...flags }, output) =>
        command({ ...asked(flags), report: pathOf(report), journal: pathOf(journal) }, output, commandLine())
    }),
  )

  const exporting = add('export', 'print the machine, or a run with its path marked, as a diagram or data')
  options.withStateDir(exporting)
  exporting
    .argument('<format>', 'mermaid, json, scxml or dot')
    .addOption(new Option('--detail <level>', 'stages or full').choices(['stages', 'full']).default('full'))
    .option('--run', 'mark the path of the run in --state-dir')
    .option('--address <address>', 'the run of this wallet')
  exporting.action((format: string, flags: unknown, command: Command) =>
    action<Flags & { detail: 'stages' | 'full'; run?: boolean }>(async () => {
      const { exportMachine } = await import('./commands/export.ts')
      return ({ detail, run: marksRun = false, ...given }, output) =>
        exportMachine(format, { ...asked(given), detail, marksRun }, output)
    })(flags, command),
  )

  const adopt = add('adopt', 'record an approve or a stake that this wallet sent elsewhere')
  for (const extend of [options.withNetwork, options.withSigner, options.withRequest]) extend(adopt)
  adopt.argument('<hash>', 'hash of an approve for the staking contract, or of a stake')
  adopt.option('--address <address>', 'the wallet, without its key')
  adopt.action((hash: string, flags: unknown, command: Command) =>
    action<Flags>(async () => {
      const { adopt: adoptCommand } = await import('./commands/adopt.ts')
      return (given, output) => adoptCommand(hash, asked(given), output, context)
    })(flags, command),
  )

  const revoke = add('revoke-allowance', 'set the allowance of the staking contract to 0')
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withBudget,
    options.withWatching,
    options.withBlockTime,
  ])
    extend(revoke)
  revoke.option('-y, --yes', 'sign without asking')
  revoke.action(
    action<Flags>(async () => {
      const { revoke: command } = await import('./commands/revoke-allowance.ts')
      return (flags, output) => command(asked(flags), output, context)
    }),
  )

  addAgentCommands(program, { action, context })

  const wipe = add('wipe', 'archive a finished or abandoned run')
  options.withStateDir(wipe)
  wipe
    .option('--address <address>', 'the run of this wallet')
    .option('--sponsor', 'archive the record of this wallet as a sponsor, not its own run')
    .option('--force', 'archive it even with transactions in flight')
  wipe.action(
    action<Flags & { force?: boolean }>(async () => {
      const { wipe: command } = await import('./commands/wipe.ts')
      return ({ force = false, ...flags }, output) => command({ ...asked(flags), isForced: force }, output)
    }),
  )
  return program
}

/** Runs the command of this process. Side effects: its output and its exit code. */
export async function main(): Promise<void> {
  // A reader that goes away, such as `head`, is no error.
  for (const stream of [context.stdout, context.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }

  try {
    const secret = findSecret(process.argv.slice(2), context.env)
    if (secret !== null) throw new SecretInArgumentError(secret)
    const program = build()
    await addCompletion(program, process.argv[2])
    throwUsageErrors(program)
    await program.parseAsync(withKeyName(process.argv.slice(2), program), { from: 'user' })
  } catch (error) {
    if (error instanceof SecretInArgumentError || error instanceof UsageError) {
      // Nothing else of the words is shown. With a secret in them, commander, which quotes them, has not seen them.
      const has = (flag: string) => process.argv.includes(flag)
      const flags = { json: has('--json'), ndjson: has('--ndjson'), color: !has('--no-color'), input: false }
      process.exitCode = showError(error, createOutput(flags, context, 'venice-onboard'), { scrub: (text) => text })
    } else if (!isPlainEnd(error)) throw error
    // Help and version that were asked for end with 0; help in the place of a command does not.
    else process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.usage
  }
}
