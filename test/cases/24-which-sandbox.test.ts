import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runCommands } from '../../src/cli/run-commands.ts'
import {
  lastSandboxWallet,
  readPointer,
  restorePointer,
  sandboxWallets,
  writePointer,
} from '../../src/sandbox/pointer.ts'

// Regression: issue 18, number 24 — `plan` and `doctor` changed the current sandbox, and `status` named --network base.
const walletOf = (digit: string) => `0x${digit.repeat(40)}`
const pointer = (digit: string) => ({ control: 'http://127.0.0.1:1', token: 'token', address: walletOf(digit) })

function folder(): string {
  const stateDir = mkdtempSync(join(tmpdir(), 'venice-onboard-test-'))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  mkdirSync(stateDir, { recursive: true })
  return stateDir
}

it.each([[['a']], [['a', 'b']], [['a', 'b', 'c', 'a']]])('the wallets of the sandboxes %j stay known', (begun) => {
  const stateDir = folder()
  for (const digit of begun) writePointer(stateDir, pointer(digit))
  expect(sandboxWallets(stateDir).toSorted()).toEqual([...new Set(begun)].map(walletOf).toSorted())
  expect(lastSandboxWallet(stateDir)).toBe(walletOf(begun.at(-1) ?? ''))
})

it.each(['a', 'b', 'c'])('the run of the wallet %s is resumed in its sandbox, and a run on Base on Base', (digit) => {
  const sandboxed = ['a', 'b', 'c'].map(walletOf)
  const commandOf = runCommands('venice-onboard status', { isOnBase: false, sandboxed })
  expect(commandOf({ chainId: 8453, address: walletOf(digit) as `0x${string}` })).toBe('venice-onboard run')
  const elsewhere = commandOf({ chainId: 8453, address: walletOf('d') as `0x${string}` })
  expect(elsewhere).toBe('venice-onboard run --network base')
})

it('a sandbox that was started only to read is replaced', () => {
  const stateDir = folder()
  writePointer(stateDir, pointer('a'))
  const before = readPointer(stateDir)
  writePointer(stateDir, pointer('b'))
  if (before !== null) restorePointer(stateDir, before)
  expect(lastSandboxWallet(stateDir)).toBe(walletOf('a'))
})

it.each([{ earlier: 'a' }, { earlier: [1] }, { earlier: {} }])('a pointer with %j is ignored', (changes) => {
  const stateDir = folder()
  restorePointer(stateDir, { ...pointer('a'), ...(changes as object) })
  expect(readPointer(stateDir)).toBeNull()
})
