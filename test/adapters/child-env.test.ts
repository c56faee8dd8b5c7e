import { describe, expect, test } from 'vitest'
import { childEnv, signerEnv, takeSecrets } from '../../src/adapters/child-env.ts'

const KEY = `0x${'Ab'.repeat(32)}`
const VENICE_KEY = 'VENICE_ADMIN_KEY_canary-0123456789'
const OURS = { WALLET_PRIVATE_KEY: KEY, SPONSOR_PRIVATE_KEY: KEY, ETH_PASSWORD: '/secret', VENICE_API_KEY: VENICE_KEY }
const HARMLESS = { PATH: '/bin', HOME: '/root', GH_TOKEN: 'gh_1', AWS_SECRET_ACCESS_KEY: 'aws', EMPTY: '' }

describe('the environment of a child process', () => {
  test.each([
    ['the same key under another name', { OTHER: KEY }],
    ['the same key without 0x, in lower case', { OTHER: KEY.slice(2).toLowerCase() }],
    ['a command line with the key in it', { LAST_COMMAND: `cast send --private-key ${KEY}` }],
    ['the API key under another name', { OPENAI_API_KEY: VENICE_KEY }],
  ])('never holds %s', (_, extra) => {
    for (const given of [childEnv, signerEnv]) expect(given({ ...HARMLESS, ...OURS, ...extra })).toEqual(HARMLESS)
  })

  test.each([
    ['DEPLOYER_PRIVATE_KEY', 'x'],
    ['MNEMONIC', 'test test'],
    ['SEED_PHRASE', 'test test'],
    ['ANYTHING', `0x${'cd'.repeat(32)}`],
  ])('holds no wallet key (%s), unless the child signs', (name, value) => {
    expect(childEnv({ ...HARMLESS, [name]: value })).toEqual(HARMLESS)
    expect(signerEnv({ ...HARMLESS, [name]: value })).toEqual({ ...HARMLESS, [name]: value })
  })

  test('is unchanged without secrets', () => {
    expect(childEnv(HARMLESS)).toEqual(HARMLESS)
  })
})

test('secrets are removed from the environment, and their values are kept for the process', () => {
  const env: Record<string, string | undefined> = { ...HARMLESS, ...OURS, COPY: KEY }
  expect(takeSecrets(env)).toEqual({ ...HARMLESS, ...OURS, COPY: KEY })
  expect(env).toEqual(HARMLESS)
})
