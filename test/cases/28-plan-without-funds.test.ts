import { parseEther } from 'viem'
import { expect, test } from 'vitest'
import { useSandbox } from '../support/sandbox.ts'

// Regression: issue 18, number 28 — `plan` with an empty wallet showed a full plan, and did not say what was missing.
const lab = useSandbox()
const VVV = parseEther('1')

test.each([
  ['nothing', {}, { vvv: `${VVV}`, eth: expect.not.stringMatching(/^0$/) }, /^missing {2}1 VVV, 0\.\d+ ETH/m],
  ['no VVV', { eth: VVV }, { vvv: `${VVV}`, eth: '0' }, /^missing {2}1 VVV, 0 ETH/m],
  ['no ETH', { vvv: VVV }, { vvv: '0', eth: expect.not.stringMatching(/^0$/) }, /^missing {2}0 VVV, 0\.\d+ ETH/m],
  ['half the VVV', { eth: VVV, vvv: VVV / 2n }, { vvv: `${VVV / 2n}`, eth: '0' }, /^missing {2}0\.5 VVV, 0 ETH/m],
])('a plan for a wallet with %s shows what it holds and what is missing', async (_, funds, missing, text) => {
  const journey = await lab.begin(funds)
  const words = ['plan', '--address', journey.address]
  const data = await journey.command([...words, '--json'])
  expect(data).toMatchObject({ code: 0, json: { missing, planDigest: expect.any(String) } })
  const shown = await journey.command(words)
  expect(shown.stdout).toMatch(text)
  expect(shown.stdout).toMatch(/^wallet {3}holds /m)
})

test('a plan for a wallet with enough shows nothing missing', async () => {
  const journey = await lab.begin()
  const { stdout } = await journey.command(['plan', '--address', journey.address])
  expect(stdout).toMatch(/^wallet {3}holds /m)
  expect(stdout).not.toContain('missing')
})
