import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examplesIn, runExamples } from '../../scripts/readme-examples.ts'
import { onboard } from '../../src/index.ts'
import { useTestSandbox } from '../library/lab.ts'
import { runCli } from '../support/cli.ts'

const lab = useTestSandbox()
const root = process.cwd()
const skill = readFileSync(join(root, 'skills/venice-onboard/SKILL.md'), 'utf8')

/** Every command in a sentence or in an unmarked block, in order. */
const commandsIn = (markdown: string): string[] => {
  const unmarked = markdown.replace(/^<!-- run -->\n```sh\n[\s\S]*?^```$/gm, '')
  return [...unmarked.matchAll(/`(venice-onboard [^`]+)`|^(venice-onboard .+)$/gm)].map(
    ([, inline, line]) => inline ?? line ?? '',
  )
}

describe('the skill', () => {
  test('states its name and when to use it', () => {
    const [, front = ''] = /^---\n([\s\S]*?)\n---\n/.exec(skill) ?? []
    expect(front).toMatch(/^name: venice-onboard$/m)
    const description = /^description: (.+)$/m.exec(front)?.[1] ?? ''
    // The format's limit. @see https://agentskills.io/specification
    expect(description.length).toBeGreaterThan(40)
    expect(description.length).toBeLessThanOrEqual(1024)
    expect(description).not.toMatch(/[<>]|: /)
  })

  test('has examples that work', () => {
    const examples = examplesIn(skill)
    expect(examples).toHaveLength(2)
    expect(runExamples(root, examples)).toBeNull()
    // From the sources, module by module.
  }, 300_000)

  test('names commands that do what it says, in its order', async () => {
    const { wallet, folder, options } = await lab.begin()
    const { rpcUrl, apiUrl } = options.network
    const env = {
      WALLET_PRIVATE_KEY: wallet.privateKey,
      VENICE_ONBOARD_NETWORK: 'base',
      BASE_RPC_URL: rpcUrl,
      VENICE_API_URL: apiUrl,
    }
    const values: Record<string, string> = {}
    const ends: [string, number | null][] = []
    for (const command of commandsIn(skill)) {
      if (command === 'venice-onboard mcp') continue
      if (/--require-funded/.test(command)) lab.sandbox.credit(wallet.address, { usd: 5 })
      if (/LAST6/.test(command)) values.LAST6 = await anotherKey(wallet.privateKey, folder)
      const words = command.split(' ').slice(1)
      const given = words.map((word) => values[word] ?? word)
      const ran = await runCli(given, { cwd: folder, env })
      ends.push([words.filter((word) => /^[a-z]+$/.test(word)).join(' '), ran.code])
      const { planDigest } = ran.json
      if (typeof planDigest === 'string') values.DIGEST = planDigest
    }
    expect(ends).toEqual([
      ['doctor', 0],
      ['plan', 0],
      ['run', 0],
      ['status', 0],
      ['run', 0],
      ['keys rotate', 0],
      ['keys list', 0],
      ['keys revoke', 0],
    ])
    expect(lab.sandbox.keys(wallet.address)).toHaveLength(1)
  }, 180_000)

  /** Another key of the same account, as if from another machine. */
  async function anotherKey(signer: string, folder: string): Promise<string> {
    const { network } = lab.sandbox
    const other = { signer, network, sink: `file:${join(folder, 'other')}`, stateDir: join(folder, 'others') }
    return (await onboard(other)).key?.last6 ?? ''
  }
})
