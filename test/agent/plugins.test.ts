import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { VERSION } from '../../src/domain/version.ts'

const root = process.cwd()
const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(join(root, path), 'utf8'))
const npm = read('package.json')

/** A path inside the plugin that is there. */
const inside = z
  .string()
  .regex(/^\.\/(?!.*\.\.)/)
  .refine((path) => existsSync(join(root, path)), 'nothing is there')
const author = z.strictObject({ name: z.string().min(1), email: z.email().optional() })
const servers = z.record(
  z.string(),
  z.strictObject({ command: z.string(), args: z.array(z.string()), env: z.record(z.string(), z.string()).optional() }),
)
const about = {
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  version: z.string(),
  description: z.string().min(1),
  author,
  license: z.string(),
  keywords: z.array(z.string()),
  skills: inside,
  mcpServers: servers,
}

/**
 * The parts of each published schema that our files use, in words of our own; no other field is allowed.
 *
 * @see https://www.schemastore.org/claude-code-plugin-manifest.json
 * @see https://www.schemastore.org/claude-code-marketplace.json
 * @see https://github.com/openai/codex/blob/main/codex-rs/core-plugins/src/manifest.rs
 * @see https://github.com/cursor/plugins/blob/main/schemas/plugin.schema.json (all checked 2026-12-01)
 */
const MANIFESTS = {
  '.claude-plugin/plugin.json': z.strictObject({ $schema: z.url(), ...about }),
  '.claude-plugin/marketplace.json': z.strictObject({
    $schema: z.url(),
    name: about.name,
    owner: author,
    description: z.string(),
    plugins: z.array(
      z.strictObject({
        name: about.name,
        source: inside,
        version: z.string(),
        description: z.string(),
        category: z.string(),
      }),
    ),
  }),
  '.codex-plugin/plugin.json': z.strictObject({
    ...about,
    interface: z.strictObject({
      displayName: z.string(),
      shortDescription: z.string(),
      developerName: z.string(),
      category: z.string(),
      capabilities: z.array(z.string()),
      defaultPrompt: z.array(z.string().min(1).max(128)).max(3),
    }),
  }),
  '.cursor-plugin/plugin.json': z.strictObject({ ...about, displayName: z.string() }),
}

/** @see https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json (checked 2026-12-01) */
const SERVER = z.strictObject({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
  name: z.string().regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  packages: z.array(
    z.strictObject({
      registryType: z.literal('npm'),
      identifier: z.literal('venice-onboard'),
      version: z.string().regex(/^\d+\.\d+\.\d+$/),
      runtimeHint: z.literal('npx'),
      transport: z.strictObject({ type: z.literal('stdio') }),
      packageArguments: z.array(z.strictObject({ type: z.literal('positional'), value: z.string() })),
      environmentVariables: z.array(
        z.strictObject({
          name: z.string(),
          description: z.string(),
          isSecret: z.boolean().optional(),
          format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
          choices: z.array(z.string()).optional(),
          default: z.string().optional(),
        }),
      ),
    }),
  ),
})

describe.each(Object.entries(MANIFESTS))('%s', (path, schema) => {
  test('is as its host’s schema says, and of this version', () => {
    const manifest = read(path)
    expect(schema.safeParse(manifest).error?.issues ?? []).toEqual([])
    const [entry] = (manifest.plugins as Record<string, unknown>[] | undefined) ?? [manifest]
    expect(entry).toMatchObject({ name: npm.name, version: npm.version })
  })

  test('starts the pinned command, and nothing else', () => {
    const { mcpServers, plugins } = read(path)
    if (plugins !== undefined) return
    expect(mcpServers).toEqual({
      'venice-onboard': { command: 'npx', args: ['-y', `venice-onboard@${VERSION}`, 'mcp'] },
    })
  })
})

describe('server.json', () => {
  const server = read('server.json')

  test('is as the schema of the MCP registry says', () => {
    expect(SERVER.safeParse(server).error?.issues ?? []).toEqual([])
  })

  test('names the package, which names it', () => {
    expect(server).toMatchObject({ name: npm.mcpName, version: VERSION })
    const { packages } = SERVER.parse(server)
    expect(packages).toEqual([expect.objectContaining({ identifier: npm.name, version: VERSION })])
    expect(packages[0]?.packageArguments).toEqual([{ type: 'positional', value: 'mcp' }])
  })

  test('marks the key as a secret, and gives no default on Base', () => {
    const variables = SERVER.parse(server).packages[0]?.environmentVariables ?? []
    const key = variables.find(({ name }) => name === 'WALLET_PRIVATE_KEY')
    expect(key).toMatchObject({ isSecret: true })
    expect(variables.filter((one) => one.default !== undefined).map(({ name }) => name)).toEqual([
      'VENICE_ONBOARD_NETWORK',
    ])
  })
})

test('the skill names this version of the command alone', () => {
  const skill = readFileSync(join(root, 'skills/venice-onboard/SKILL.md'), 'utf8')
  expect(new Set([...skill.matchAll(/venice-onboard@(\S+?)[`\s]/g)].map(([, version]) => version))).toEqual(
    new Set([VERSION]),
  )
})
