import { type Command, Option } from 'commander'
import { parseFund } from '../domain/fund.ts'
import { parseLimit } from '../domain/key-limit.ts'
import { OWNED_ACCOUNTS } from '../domain/owned-account.ts'
import {
  address,
  amount,
  checked,
  collectUrls,
  count,
  description,
  digest,
  dollars,
  duration,
  expiry,
  httpUrl,
  port,
  positiveAmount,
} from './option-values.ts'

/** Headings of `--help`, in their order. A command's own options stand before them. */
export const HEADINGS = [
  'Network and records:',
  'Signing key:',
  'Smart account:',
  'Sponsor:',
  'Stake and key:',
  'Where the key goes:',
  'Paying for calls:',
  'Budget:',
  'Waiting and approval:',
  'Approval:',
  'Watching the run:',
  'Sandbox:',
  'Output:',
] as const

/** Adds options under a heading of `--help`; what is added later stands where it stood before. */
const under =
  (heading: (typeof HEADINGS)[number], add: (command: Command) => Command) =>
  (command: Command): Command => {
    const before = command.optionsGroup()
    return add(command.optionsGroup(heading)).optionsGroup(before)
  }

export const withStateDir = under('Network and records:', (command) =>
  command.addOption(
    new Option('--state-dir <dir>', 'where runs are recorded')
      .env('VENICE_ONBOARD_STATE_DIR')
      .default('.venice-onboard'),
  ),
)

export const withNetwork = under('Network and records:', (command) =>
  withStateDir(command)
    .addOption(
      new Option('--network <name>', 'sandbox (local, no real funds) or base (chain id 8453)')
        .choices(['sandbox', 'base'])
        .env('VENICE_ONBOARD_NETWORK')
        .default('sandbox'),
    )
    .addOption(
      new Option(
        '--rpc-url <url>',
        "JSON-RPC endpoint of Base, or `venice` for Venice's paid one; repeatable, in order of preference; a ws(s) URL only announces blocks [BASE_RPC_URL]",
      ).argParser(collectUrls),
    )
    .addOption(new Option('--api-url <url>', "Venice's API").argParser(httpUrl).env('VENICE_API_URL'))
    .addOption(
      new Option(
        '--accept-implementation <address>',
        'accept this implementation of the staking contract instead of the one of record',
      ).argParser(address),
    )
    .option(
      '--allow-insecure-http',
      'allow http:// and ws:// endpoints on other machines; anyone between can read keys',
    ),
)

export const withSigner = under('Signing key:', (command) =>
  withSmartAccount(command)
    .option('--private-key-file <file>', 'file that holds the key; or set WALLET_PRIVATE_KEY')
    .addOption(new Option('--keystore <file>', 'encrypted V3 keystore').env('ETH_KEYSTORE'))
    .addOption(new Option('--account <name>', "keystore in Foundry's folder").env('ETH_KEYSTORE_ACCOUNT'))
    .addOption(new Option('--password-file <file>', 'password of the keystore').env('ETH_PASSWORD'))
    .option('--signer <exec:command>', 'command that signs: reads JSON on stdin, answers in hex on stdout'),
)

/** A wallet that acts through user operations, and who mints in its place. A key is never a flag's value. */
const withSmartAccount = under('Smart account:', (command) =>
  command
    .addOption(
      new Option('--smart-account <kind>', "the wallet is the key's smart account: coinbase").choices(OWNED_ACCOUNTS),
    )
    .addOption(new Option('--bundler-url <url>', 'takes its user operations [BUNDLER_URL]').argParser(httpUrl))
    .addOption(
      new Option(
        '--paymaster-url <url>',
        'pays their gas (ERC-7677); otherwise the account does [PAYMASTER_URL]',
      ).argParser(httpUrl),
    )
    .addOption(
      new Option(
        '--mint-as <address>',
        "EOA that it stakes for and that mints the key, or `owner`: where Venice takes no contract's signature",
      ).argParser((text) => (text === 'owner' ? text : address(text))),
    )
    .option('--mint-as-private-key-file <file>', 'file that holds the key of that EOA; or set MINT_AS_PRIVATE_KEY'),
)

/** Of another wallet that stakes for this one. Its key is never a flag's value. */
export const withSponsor = under('Sponsor:', (command) =>
  command
    .option('--sponsor', 'another wallet stakes for this one, which then needs no ETH and no VVV')
    .option('--sponsor-private-key-file <file>', "file that holds the sponsor's key; or set SPONSOR_PRIVATE_KEY")
    .option('--sponsor-keystore <file>', "the sponsor's encrypted V3 keystore")
    .option('--sponsor-account <name>', "the sponsor's keystore in Foundry's folder")
    .option('--sponsor-password-file <file>', "password of the sponsor's keystore"),
)

export const withRequest = under('Stake and key:', (command) =>
  withKey(
    command.addOption(
      new Option(
        '--stake <vvv>',
        'sVVV that the wallet is to hold; only what is missing is staked (default: 1)',
      ).argParser(positiveAmount),
    ),
  ),
)

/** What a key is to be like. */
export const withKey = under('Stake and key:', (command) =>
  command
    .addOption(new Option('--key-type <type>', 'type of key (default: INFERENCE)').choices(['INFERENCE', 'ADMIN']))
    .addOption(new Option('--description <text>', 'name of the key at Venice').argParser(description))
    .addOption(new Option('--expires-at <date>', 'when the key expires (default: never)').argParser(expiry))
    .addOption(
      new Option('--limit <amounts>', 'spending limit of the key, e.g. usd=5,diem=1').argParser(
        checked(parseLimit, 'such as usd=5,diem=1'),
      ),
    )
    .addOption(
      new Option('--limit-period <period>', 'when the limit resets (default: EPOCH)').choices([
        'EPOCH',
        'MONTH',
        'LIFETIME',
      ]),
    )
    .addOption(
      new Option('--model-privacy <level>', 'models the key may use (default: ALL)').choices([
        'ALL',
        'PRIVATE_TEXT',
        'PRIVATE_ONLY',
      ]),
    ),
)

export const withBudget = under('Budget:', (command) =>
  command
    .addOption(new Option('--max-vvv <vvv>', 'most VVV to stake').argParser(amount))
    .addOption(new Option('--max-gas-eth <eth>', 'most ETH for gas and data fees').argParser(amount))
    .addOption(
      new Option(
        '--max-usd <usd>',
        'most dollars for --prove (default: 0.01), for --fund x402 and --rpc-url venice (default: no limit)',
      ).argParser(dollars),
    ),
)

/** What the host of a model says yes to beforehand. */
export const withToolApproval = under('Approval:', (command) =>
  command
    .option('-y, --yes', 'sign without asking, within the budget')
    .addOption(new Option('--plan-digest <hex>', 'approve the plan with this digest').argParser(digest))
    .option('--allow-admin-keys', 'let the model mint ADMIN keys'),
)

/** What the run is for, and how to pay for calls. */
export const withFund = under('Paying for calls:', (command) =>
  command
    .addOption(
      new Option(
        '--credential <kind>',
        'key: a minted key pays for calls (default); wallet: the wallet itself pays, with x402 credit and without a key',
      ).choices(['key', 'wallet']),
    )
    .addOption(
      new Option(
        '--fund <way>',
        'none, diem:AMOUNT (staked, for the key), or x402:USD (credit of the wallet, which the key cannot spend)',
      ).argParser(checked(parseFund, 'none, or such as diem:0.1 or x402:5')),
    ),
)

export const withSink = under('Where the key goes:', (command) =>
  command
    .addOption(
      new Option(
        '--save-key <where>',
        "env-file:F, file:F, exec:CMD or venice-cli; repeatable to add fallbacks; the last is a file in the run's directory (default: env-file:.env)",
      ).argParser((where, places: string[] | undefined) => [...(places ?? []), where]),
    )
    .option('--replace-key', 'replace a key that is stored there and is not of this run'),
)

/** Base makes five blocks a second: what counts blocks says little without the seconds. */
export const confirmationsOption = (): Option =>
  new Option('--confirmations <n>', 'blocks to wait for, including the first; Base makes five a second')
    .argParser(count)
    .default(1)

export const withWatching = under('Waiting and approval:', (command) =>
  command
    .addOption(confirmationsOption())
    .addOption(new Option('--timeout <duration>', 'pause the run after this time').argParser(duration)),
)

export const withRunning = under('Waiting and approval:', (command) =>
  withWatching(command)
    .addOption(
      new Option('--wait-for-funds <duration>', 'wait for the wallet, then for the key, to be funded').argParser(
        duration,
      ),
    )
    .option('--require-funded', 'exit with 4 when the key cannot pay')
    .option('--prove', 'make one smallest paid call, a fraction of a cent')
    .option('-y, --yes', 'sign without asking')
    .addOption(new Option('--plan-digest <hex>', 'sign only the plan with this digest').argParser(digest)),
)

export const withInsight = under('Watching the run:', (command) =>
  command
    .option('--inspect', 'serve a live page of the run; prints its address')
    .option(
      '--metrics-file <file>',
      "write the run's metrics to this file, in Prometheus text format for node_exporter",
    )
    .option('--trace <file>', 'write a time line of requests, writes and waits, to open in Perfetto or a browser'),
)

/** How calls are served and paid. Names and defaults are those of `GatewayFlags`. */
export const withGateway = (command: Command): Command =>
  command
    .addOption(
      new Option('--credential <kind>', "wallet (its x402 credit) or key (the stored one, and its account's balance)")
        .choices(['wallet', 'key'])
        .default('wallet'),
    )
    .option('--address <address>', 'with --credential key, the run of this wallet')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .addOption(new Option('--port <n>', 'port to listen on; 0 takes a free one').argParser(port).default(0))
    .option(
      '--token-file <file>',
      "file with the token that callers bring; made if missing (default: in the run's directory)",
    )
    .addOption(
      new Option('--refill-to <usd>', 'credit the wallet shall have after a refill (default: no refill)').argParser(
        dollars,
      ),
    )
    .addOption(
      new Option('--refill-below <usd>', 'credit under which it is refilled')
        .argParser(dollars)
        .default(1_000_000n, '1'),
    )
    .addOption(
      new Option('--max-usd <usd>', 'most dollars that all refills of this wallet may cost').argParser(dollars),
    )
    .addOption(
      new Option('--max-usd-per-day <usd>', 'most dollars that refills may cost within 24 hours').argParser(dollars),
    )
    .option('--inspect', 'serve a live page of credit, calls and refills; prints its address')

export const withBlockTime = under('Sandbox:', (command) =>
  command.addOption(
    new Option('--block-time <duration>', "time between the sandbox's blocks; 0 mines at once")
      .argParser((text) => {
        duration(text)
        return text
      })
      .default('200ms'),
  ),
)

export const withOutput = under('Output:', (command) =>
  command
    .option('--json', 'one JSON object on stdout')
    .option('--ndjson', 'one JSON event per line on stdout, the last of type result')
    .option('-q, --quiet', 'no progress on stderr')
    .option('-v, --verbose', 'every step on stderr')
    .option('--no-color', 'no colours')
    .option('--no-input', 'never ask questions'),
)
