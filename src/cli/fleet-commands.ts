import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { parseCreditFund } from '../domain/fund.ts'
import type { SeedFlags } from './commands/fleet/seed.ts'
import { type FleetFlags, fleetRequestOf, type SubmitFlags, submitRequestOf } from './fleet-request-of.ts'
import * as values from './option-values.ts'
import * as options from './options.ts'
import type { Program } from './program.ts'

const publicKey = values.checked(
  (text) => (/^publickeyv1_[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(text) ? text : null),
  'a public key of Restate, publickeyv1_…',
)
const identityKey = (text: string, keys: readonly string[] = []): string[] => [...keys, publicKey(text)]

const withRestate = (command: Command): Command =>
  options
    .withNetwork(command)
    .option(
      '--ingress-url <url>',
      "Restate's ingress (default: http://127.0.0.1:8080) [RESTATE_INGRESS_URL]",
      values.httpUrl,
    )
    .option(
      '--admin-url <url>',
      "Restate's admin API (default: http://127.0.0.1:9070) [RESTATE_ADMIN_URL]",
      values.httpUrl,
    )

const withKeys = (command: Command): Command =>
  command
    .option('--seed <file>', "encrypted seed of `fleet seed`; account i is m/44'/60'/0'/0/i")
    .option('--keystores <dir>', 'folder of V3 keystores under one password')
    .addOption(new Option('--password-file <file>', 'password of the seed or of the keystores').env('ETH_PASSWORD'))

const withRates = (command: Command): Command =>
  command
    .option('--concurrency <n>', 'active wallets per worker (default: 200)', values.many)
    .option('--rpc-rate <n>', 'requests per second to the RPC, all workers together', values.many)
    .option('--venice-rate <n>', 'requests per second to Venice, all workers together', values.many)

/** As in `run`, of a treasury that stakes for many. */
const withTreasuryKey = (command: Command): Command =>
  command
    .option('--sponsor-private-key-file <file>', "file that holds the treasury's key; or set SPONSOR_PRIVATE_KEY")
    .option('--sponsor-keystore <file>', "the treasury's encrypted V3 keystore")
    .option('--sponsor-account <name>', "the treasury's keystore in Foundry's folder")
    .option('--sponsor-password-file <file>', "password of the treasury's keystore")

const withFleetSink = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--save-key <where>',
        'env-file:F or file:F with {address} in it, or exec:CMD, which finds it in VENICE_ONBOARD_ADDRESS; repeatable (default: env-file:keys/{address}.env)',
      ).argParser((where, places: string[] | undefined) => [...(places ?? []), where]),
    )
    .option('--replace-key', 'replace keys that are in those places and are of other runs')

/** What the wallets are for, and the credit that each shall have. */
const withCredit = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--credential <kind>',
        'key: each wallet mints a key (default); wallet: it pays for calls itself, with x402 credit',
      ).choices(['key', 'wallet']),
    )
    .addOption(
      new Option('--fund <way>', 'none, or x402:USD, the credit that each wallet shall have').argParser(
        values.checked(parseCreditFund, 'none, or such as x402:5'),
      ),
    )

/** `0-999`, or one index. */
const range = values.checked((text) => {
  const [, from, to = from] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  return from === undefined || last < first || last >= 2 ** 31 ? null : { from: first, to: last }
}, 'a range of accounts such as 0-999')

/** Adds `fleet` and its commands. */
export function addFleetCommands(program: Command, { action, context }: Omit<Program, 'commandLine'>): void {
  const fleet = program.command('fleet').description('onboard many wallets on Restate; see docs/fleet.md')
  const add = (name: string, description: string) => options.withOutput(fleet.command(name).description(description))

  const serve = add('serve', 'run a worker for submitted wallets, until stopped')
  for (const extend of [withRestate, withKeys, withFleetSink, options.withBudget, withRates]) extend(serve)
  withTreasuryKey(serve.option('--sponsor', 'also stake from a treasury for the lists of `fleet sponsor`'))
    .addOption(options.confirmationsOption())
    .option('--fleet-max-vvv <vvv>', 'most VVV to stake for all wallets together', values.amount)
    .option('--fleet-max-gas-eth <eth>', 'most ETH for the gas of all wallets together', values.amount)
    .option('--fleet-max-usd <usd>', 'most dollars to pay for credit of all wallets together', values.dollars)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <n>', 'port to listen on (default: a free one)', values.port)
    .option('--advertise <url>', 'URL by which Restate reaches this worker, if another', values.httpUrl)
    .option(
      '--identity-key <key>',
      'public key of the Restate that may call, publickeyv1_…; repeatable (default: of fleet-identity.pem in the state directory)',
      identityKey,
    )
    .option('--allow-admin-keys', 'also mint keys of type ADMIN if an order asks for one')
    .option('--allow-any-restate', 'serve without an identity key, on loopback only')
  serve.action(
    action<FleetFlags>(async () => {
      const { serve: command } = await import('./commands/fleet/serve.ts')
      return (flags, output) => command(fleetRequestOf(flags, context), output, context)
    }),
  )

  const submit = add('submit', 'submit wallets; a wallet is never started twice')
  submit.argument('[list]', 'CSV with a header, or JSON lines; - for stdin')
  for (const extend of [withRestate, withKeys, options.withRequest, withCredit]) extend(submit)
  submit
    .option('--hd <range>', 'accounts of the seed, e.g. 0-999', range)
    .addOption(
      new Option('--wait-for-funds <duration>', 'wait for the wallets, then for the keys, to be funded').argParser(
        values.duration,
      ),
    )
    .option('--require-funded', 'ask Venice again about keys that cannot pay')
    .option('--prove', 'make one smallest paid call with each key')
    .option('--dry-run', 'check the list, and show what would be submitted')
    .option('-y, --yes', 'submit without asking')
  submit.action((list: string | undefined, flags: unknown, command: Command) =>
    action<SubmitFlags>(async () => {
      const { submit: submitCommand } = await import('./commands/fleet/submit.ts')
      return (given, output) => submitCommand(list, submitRequestOf(given, context), output, context)
    })(flags, command),
  )

  const sponsor = add('sponsor', 'make a treasury stake for wallets, which then need no ETH and no VVV')
  sponsor.argument('[list]', 'CSV with a header, or JSON lines; - for stdin')
  for (const extend of [withRestate, withKeys, options.withRequest, withTreasuryKey]) extend(sponsor)
  sponsor
    .option('--hd <range>', 'these accounts of the seed, e.g. 0-999', range)
    .option('--treasury <address>', 'address of the treasury, if only the workers hold its key', values.address)
    .option('--submit', 'submit each wallet once its stake is there')
    .option('--max-vvv <vvv>', 'most VVV to stake for this list', values.amount)
    .option('--max-gas-eth <eth>', 'most ETH for the gas of this list', values.amount)
    .addOption(
      new Option('--wait-for-funds <duration>', 'wait for the treasury to be funded').argParser(values.duration),
    )
    .option('--dry-run', 'check the list, and show what would be staked')
    .option('-y, --yes', 'stake without asking')
  sponsor.action((list: string | undefined, flags: unknown, command: Command) =>
    action<SubmitFlags & { submit?: boolean }>(async () => {
      const { sponsor: sponsorCommand } = await import('./commands/fleet/sponsor.ts')
      return ({ submit: submits = false, ...given }, output) =>
        sponsorCommand(list, { ...submitRequestOf(given, context), submits }, output, context)
    })(flags, command),
  )

  const status = add('status', 'show the state of the fleet, or of one wallet')
  withRestate(status)
    .option('--address <address>', 'only this wallet')
    .option('--follow', 'follow until no run is active; exit with 1 if wallets failed, 3 if some wait')
  status.action(
    action<FleetFlags & { follow?: boolean }>(async () => {
      const { status: command } = await import('./commands/fleet/status.ts')
      return ({ follow: follows = false, ...flags }, output) =>
        command({ ...fleetRequestOf(flags, context), follows }, output, context)
    }),
  )

  const retry = add('retry', 'start another pass of failed wallets, from their records')
  withRestate(retry)
    .option('--address <address>', 'only this wallet')
    .option('--code <code>', 'only wallets that failed with this code; repeatable', (code, codes: string[] = []) => [
      ...codes,
      code,
    ])
  retry.action(
    action<FleetFlags & { code?: string[] }>(async () => {
      const { retry: command } = await import('./commands/fleet/retry.ts')
      return ({ code: codes = [], ...flags }, output) => command({ ...fleetRequestOf(flags, context), codes }, output)
    }),
  )

  const reclaim = add('reclaim', 'find and delete keys whose mint reply was lost; then mint where none is held')
  withRestate(reclaim)
    .option('--address <address>', 'only this wallet')
    .option('--dry-run', 'only count them')
    .option('-y, --yes', 'delete without asking')
  reclaim.action(
    action<FleetFlags & { dryRun?: boolean }>(async () => {
      const { reclaim: command } = await import('./commands/fleet/reclaim.ts')
      return ({ dryRun: isDryRun = false, ...flags }, output) =>
        command({ ...fleetRequestOf(flags, context), isDryRun }, output)
    }),
  )

  const inspect = add('inspect', 'show a live or finished run of one wallet in a browser')
  withRestate(inspect)
    .requiredOption('--address <address>', 'the wallet')
    .option('--report <file>', 'write the run to one HTML file that opens without a network, then exit')
  inspect.action(
    action<FleetFlags & { report?: string }>(async () => {
      const { inspect: command } = await import('./commands/fleet/inspect.ts')
      return ({ report, ...flags }, output) => {
        const path = report === undefined ? undefined : resolve(context.cwd, report)
        return command({ ...fleetRequestOf(flags, context), report: path }, output)
      }
    }),
  )

  const seed = add('seed', 'make an encrypted seed for the wallets of a fleet')
  seed
    .argument('<file>', 'file to write; it must not exist')
    .option('--password-file <file>', 'file with the password')
    .option('--import', 'read the words from stdin instead of making new ones')
  seed.action((file: string, flags: unknown, command: Command) =>
    action<SeedFlags>(async () => {
      const { seed: seedCommand } = await import('./commands/fleet/seed.ts')
      return (given, output) => seedCommand(file, given, output, context)
    })(flags, command),
  )

  const dev = add('dev', 'run Restate from npm, a sandbox with wallets, and a worker')
  for (const extend of [
    options.withStateDir,
    options.withRequest,
    withCredit,
    withFleetSink,
    withRates,
    options.withBlockTime,
  ])
    extend(dev)
  dev
    .addOption(new Option('--wallets <n>', 'funded wallets to make').argParser(values.many).default(10))
    .option('--sponsor', 'make them empty, and let a treasury stake for them')
    .option('--onboard', 'submit them all, show the progress, then exit')
    .option('--port <n>', 'port of the worker (default: a free one)', values.port)
    .option('--ingress-port <n>', "port of Restate's ingress (default: a free one)", values.port)
    .option('--admin-port <n>', "port of Restate's admin API (default: a free one)", values.port)
  dev.action(
    action<FleetFlags & { wallets: number; onboard?: boolean; ingressPort?: number; adminPort?: number }>(async () => {
      const { dev: command } = await import('./commands/fleet/dev.ts')
      return ({ wallets, onboard: onboards = false, ingressPort, adminPort, ...flags }, output) => {
        const request = fleetRequestOf({ ...flags, network: 'sandbox' }, context)
        return command({ ...request, wallets, onboards, ingressPort, adminPort }, output, context)
      }
    }),
  )
}
