/**
 * Compiles the sandbox's contracts into `src/sandbox/contracts/artifacts.json`: creation bytecode by contract name.
 * `--check` writes nothing and exits 1, naming what differs, when the file is not what the sources compile to.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

interface Compiler {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string
}
interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[]
  contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>
}

const require = createRequire(import.meta.url)
const folder = new URL('../src/sandbox/contracts/', import.meta.url)
const artifacts = new URL('artifacts.json', folder)
const proxy = '@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol'

const readImport = (path: string) => ({ contents: readFileSync(require.resolve(path), 'utf8') })

function compile(): Record<string, string> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sol'))
    .sort()
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries([
      ...files.map((file) => [file, { content: readFileSync(new URL(file, folder), 'utf8') }]),
      [proxy, { content: readImport(proxy).contents }],
    ]),
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'paris',
      metadata: { appendCBOR: false, bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
    },
  }
  const solc = require('solc') as Compiler // ships no types
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as CompilerOutput
  const problems = output.errors ?? []
  if (problems.length > 0) throw new Error(problems.map((problem) => problem.formattedMessage).join('\n'))
  return Object.fromEntries(
    [...files, proxy]
      .flatMap((file) => Object.entries(output.contracts[file] ?? {}))
      .filter(([, contract]) => contract.evm.bytecode.object !== '')
      .map(([name, contract]) => [name, `0x${contract.evm.bytecode.object}`]),
  )
}

const compiled = compile()
if (process.argv.includes('--check')) {
  const written = JSON.parse(readFileSync(artifacts, 'utf8')) as Record<string, string>
  const names = new Set([...Object.keys(compiled), ...Object.keys(written)])
  const different = [...names].filter((name) => compiled[name] !== written[name])
  for (const name of different) console.error(`${name} differs from its source: run scripts/compile-contracts.ts`)
  process.exitCode = different.length > 0 ? 1 : 0
} else {
  writeFileSync(artifacts, `${JSON.stringify(compiled, null, 2)}\n`)
}
