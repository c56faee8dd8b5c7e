import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useTestSandbox } from '../library/lab.ts'
import { type Packed, pack } from './consumer.ts'
import { walletEnvironment } from './wallet-environment.ts'

const root = dirname(dirname(import.meta.dirname))
const lab = useTestSandbox()
let packed: Packed

// This compiles the whole program, and then its users' programs.
const MINUTES = 60_000
beforeAll(async () => {
  packed = await pack()
}, 8 * MINUTES)
afterAll(() => packed.dispose())

/** Code that names none of our types, and exports its values. */
const PROGRAM = `
import { createRun, createTools, onboard, onboardingMachine } from 'venice-onboard'
import type { RunResult, SignatureRequest, Tool } from 'venice-onboard'
import { agentKitActions } from 'venice-onboard/agentkit'
import { aiSdkTools } from 'venice-onboard/ai-sdk'
import { createMachineParts } from 'venice-onboard/core'
import { elizaPlugin } from 'venice-onboard/eliza'
import { langchainTools } from 'venice-onboard/langchain'
import { openAiAgentsTools } from 'venice-onboard/openai-agents'
import { startSandbox, type TestSandbox } from 'venice-onboard/testing'

export const sandbox = (): Promise<TestSandbox> => startSandbox({ wallets: 1 })
export const options = {
  signer: process.env.WALLET_PRIVATE_KEY ?? '',
  network: { rpcUrl: process.env.BASE_RPC_URL ?? '', apiUrl: process.env.VENICE_API_URL ?? '' },
  sink: 'env-file:.env',
  approve: (request: SignatureRequest) => request.purpose !== 'unknown',
}
export const once = (): Promise<RunResult> => onboard(options)
export const held = () => createRun(options)
export const toolkit = createTools(options)
export const lists = {
  tools: toolkit.tools satisfies readonly Tool[],
  agentKit: agentKitActions(toolkit),
  aiSdk: aiSdkTools(toolkit),
  eliza: elizaPlugin(toolkit),
  langchain: langchainTools(toolkit, (run) => run),
  openAi: openAiAgentsTools(toolkit, (made) => made),
}
export async function machine() {
  const { actors, input } = await createMachineParts(options)
  return { machine: onboardingMachine.provide({ actors }), input }
}
`

/** A program with AgentKit, whose provider signs every field. */
const AGENTKIT = `
import { privateKeyToAccount } from 'viem/accounts'
import { onboardAgentKit } from './agentkit.js'

const account = privateKeyToAccount(process.env.WALLET_PRIVATE_KEY as \`0x\${string}\`)
const provider = {
  getAddress: () => account.address as string,
  getName: () => 'cdp_evm_wallet_provider',
  getNetwork: () => ({ protocolFamily: 'evm', chainId: '8453' }),
  signMessage: (message: string) => account.signMessage({ message }),
  signTransaction: account.signTransaction,
  sendTransaction: () => Promise.reject(new Error('It is not asked to.')),
}
console.log(await onboardAgentKit(provider))
`

describe('the package', () => {
  test('contains only the program, its types and its skill', () => {
    const others = packed.files.filter((path) => !/^dist\/.+\.(js|d\.ts|json)$|^skills\/.+\/SKILL\.md$/.test(path))
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'dist/cli/THIRD-PARTY-NOTICES.txt', 'package.json'])
    expect(packed.files.filter((path) => /\btest\b/.test(path.replace('dist/src/testing', '')))).toEqual([])
  })

  test.each(['nodenext', 'bundler'] as const)(
    'has no type traps under %s',
    async (moduleResolution) => {
      const consumer = packed.consumer()
      consumer.write('index.ts', PROGRAM)
      expect(await consumer.compile(['index.ts'], { moduleResolution })).toBe('')
    },
    20 * MINUTES,
  )

  test(
    'runs with only its own dependencies',
    async () => {
      const { wallet, options } = await lab.begin()
      const consumer = packed.consumer()
      const entries = [
        '',
        '/core',
        '/testing',
        '/machine',
        '/stores',
        '/mcp',
        '/ai-sdk',
        '/langchain',
        '/openai-agents',
        '/agentkit',
        '/eliza',
        '/inspector',
      ]
      consumer.write(
        'index.js',
        [
          `for (const entry of ${JSON.stringify(entries)}) await import('venice-onboard' + entry)`,
          `import { onboard } from 'venice-onboard'`,
          `const network = ${JSON.stringify(options.network)}`,
          `const { outcome, failure } = await onboard({ signer: '${wallet.privateKey}', network, sink: 'env-file:.env' })`,
          'console.log(outcome, failure?.code ?? null, failure?.message ?? null)',
        ].join('\n'),
      )
      expect(await consumer.node(['index.js'])).toEqual({ code: 0, stdout: 'unfunded null null\n', stderr: '' })
      const [key] = lab.sandbox.keys(wallet.address)
      expect(readFileSync(join(consumer.folder, '.env'), 'utf8').replace(/^#.*\n/, '')).toBe(
        `VENICE_API_KEY=${key?.apiKey}\n`,
      )

      const bin = 'node_modules/venice-onboard/dist/cli/venice-onboard.js'
      expect((await consumer.node([bin, '--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
      // stdin is empty, so the client has gone at once.
      const served = await consumer.node([bin, 'mcp'])
      expect([served.code, served.stdout]).toEqual([0, ''])
      expect(served.stderr).toContain('Serving MCP on stdin and stdout.')

      // A server of one's own needs the package.
      const own = `import { serveMcp } from 'venice-onboard/mcp'
        await serveMcp({ tools: [] }).catch(({ code, hint }) => console.log(code, hint))`
      consumer.write('mcp.js', own)
      const { stdout } = await consumer.node(['mcp.js'])
      expect(stdout).toContain('mcp/package-missing')
      expect(stdout).toContain('npm install @modelcontextprotocol/server')
    },
    20 * MINUTES,
  )
})

describe('the examples', () => {
  const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'))
  const hosts = ['ai', '@langchain/core', '@openai/agents-core', '@modelcontextprotocol/server']
  const telemetry = ['@opentelemetry/api', '@opentelemetry/sdk-trace-base']
  const sandboxed = ['jose', '@foundry-rs/anvil-linux-amd64']

  test(
    'compile and run against the package',
    async () => {
      const consumer = packed.consumer([...hosts, ...telemetry, ...sandboxed])
      for (const name of names) consumer.write(name, readFileSync(join(root, 'examples', name), 'utf8'))
      expect(await consumer.compile(names, { moduleResolution: 'nodenext', emits: true })).toBe('')
      const ran: Record<string, string> = {}
      for (const name of names) {
        const { wallet, options } = await lab.begin()
        const { rpcUrl, apiUrl } = options.network
        const env = { WALLET_PRIVATE_KEY: wallet.privateKey, BASE_RPC_URL: rpcUrl, VENICE_API_URL: apiUrl }
        const { code, stdout, stderr } = await consumer.node([name.replace('.ts', '.js')], env)
        ran[name] = code === 0 && stderr === '' ? (stdout.trimEnd().split('\n').at(-1) ?? '') : `${code}: ${stderr}`
      }
      expect(ran).toEqual({
        'agentkit.ts': '10',
        'ai-sdk.ts': '10',
        'compose.ts': 'unfunded',
        'control.ts': 'unfunded',
        'eliza.ts': '10',
        'langchain.ts': '10 10',
        'mcp-server.ts': '10',
        'openai-agents.ts': '10',
        'otel.ts': 'venice_onboard.run',
        'testing.ts': 'unfunded 1',
      })
    },
    20 * MINUTES,
  )

  test(
    'pay for calls as the wallet, from each client',
    async () => {
      const consumer = packed.consumer([
        'openai',
        'ai',
        '@ai-sdk/openai-compatible',
        '@langchain/core',
        '@langchain/openai',
      ])
      const folder = join(root, 'examples', 'paying')
      const files = readdirSync(folder)
      for (const name of files) consumer.write(name, readFileSync(join(folder, name), 'utf8'))
      expect(await consumer.compile(files, { moduleResolution: 'nodenext', emits: true })).toBe('')
      const ran: Record<string, string> = {}
      for (const name of files) {
        const { wallet, options } = await lab.begin({})
        lab.sandbox.credit(wallet.address, { x402: 1 })
        const env = { WALLET_PRIVATE_KEY: wallet.privateKey, VENICE_API_URL: options.network.apiUrl }
        const { stdout, stderr } = await consumer.node([name.replace('.ts', '.js')], env)
        ran[name] = `${stdout.trim()}${stderr}`
      }
      expect(ran).toEqual({
        'ai-sdk.ts': 'You said: Hello',
        'langchain.ts': 'You said: Hello',
        'openai.ts': 'You said: Hello',
      })
    },
    20 * MINUTES,
  )

  test(
    'onboard every kind of wallet',
    async () => {
      const consumer = packed.consumer(['ethers'])
      const folder = join(root, 'examples', 'wallets')
      for (const name of readdirSync(folder)) consumer.write(name, readFileSync(join(folder, name), 'utf8'))
      consumer.write('agentkit-main.ts', AGENTKIT)
      const files = [...readdirSync(folder), 'agentkit-main.ts']
      expect(await consumer.compile(files, { moduleResolution: 'nodenext', emits: true })).toBe('')
      const ran: Record<string, string> = {}
      for (const name of files.filter((file) => file !== 'agentkit.ts')) {
        const place = await lab.begin()
        const env = await walletEnvironment(place, { sandbox: lab.sandbox, folder: consumer.folder })
        const { stdout, stderr } = await consumer.node([name.replace('.ts', '.js')], env)
        ran[name] = `${stdout.trim()}${stderr}`
      }
      expect(ran).toEqual(Object.fromEntries(Object.keys(ran).map((name) => [name, 'unfunded'])))
      expect(Object.keys(ran)).toHaveLength(10)
    },
    20 * MINUTES,
  )

  test('have at most fifteen lines', () => {
    const long = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      // Of the heavy hosts, the file that a user would write.
      .filter((name) => !name.startsWith('hosts') || name.endsWith('agent.ts'))
      // A worker is a whole program: a store, a lock and a sink on one platform.
      .filter((name) => !name.startsWith('worker'))
      .map((name) => [
        name,
        readFileSync(join(root, 'examples', name), 'utf8')
          .split('\n')
          .filter(Boolean).length,
      ])
    expect(long.filter(([, lines]) => Number(lines) > 15)).toEqual([])
  })
})
