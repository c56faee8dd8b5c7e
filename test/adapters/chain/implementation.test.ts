import { describe, expect, test } from 'vitest'
import { ADDRESSES, type Address } from '../../../src/domain/addresses.ts'
import type { StakingForm } from '../../../src/sandbox/contracts/deploy.ts'
import { VVV } from '../../support/samples.ts'
import { FUNDS, useChain } from './lab.ts'
import { openScripted } from './replica.ts'

const { lab, open } = useChain()

/** Upgrades the proxy, and returns the new implementation. */
async function upgradeTo(form: StakingForm): Promise<Address> {
  const { chain } = lab.sandbox
  await chain.useStaking(form)
  const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
  return `0x${(await chain.public.getStorageAt({ address: ADDRESSES.staking, slot }))?.slice(-40)}`
}

describe('the known implementation', () => {
  test('is named with the hash of its code, and a simulated stake credits the wallet', async () => {
    const { survey } = await open()
    expect(await survey()).toMatchObject({
      implementation: ADDRESSES.stakingImplementation,
      implementationHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      stakeSimulation: 'credited',
    })
  })

  test('is simulated for a wallet that has no VVV yet', async () => {
    const { survey } = await open({ eth: VVV })
    expect(await survey()).toMatchObject({ drafts: [], stakeSimulation: 'credited' })
  })

  test.each(['diverting', 'noOp'] as const)('with other code that is %s is caught by a simulation', async (form) => {
    const { survey } = await open()
    await lab.sandbox.chain.useStaking(form, { inPlace: true })
    await expect(survey()).rejects.toMatchObject({
      code: 'chain/stake-not-credited-in-simulation',
      exit: 'refused',
      facts: expect.arrayContaining([expect.stringContaining('expected 1000000000000000000')]),
    })
  })
})

describe('another implementation', () => {
  test('is refused, whatever it does', async () => {
    const { survey } = await open()
    const found = await upgradeTo('noOp')
    await expect(survey()).rejects.toMatchObject({
      code: 'chain/implementation-unknown',
      exit: 'refused',
      facts: expect.arrayContaining([expect.stringContaining(ADDRESSES.stakingImplementation)]),
    })
    const { chain, address } = await open(FUNDS, undefined, { acceptImplementation: ADDRESSES.vvv })
    await expect(chain.survey({ address, stakeAmount: VVV, open: [] })).rejects.toThrow(new RegExp(found, 'i'))
  })

  test('must credit the wallet in a simulation even when accepted', async () => {
    const diverting = await upgradeTo('diverting')
    const { survey } = await open(FUNDS, undefined, { acceptImplementation: diverting })
    await expect(survey()).rejects.toMatchObject({ code: 'chain/stake-not-credited-in-simulation' })
  })

  test('is used once it is accepted and does', async () => {
    await upgradeTo('noOp')
    const { chain } = lab.sandbox
    const good = await chain.public.getCode({ address: ADDRESSES.stakingImplementation })
    const upgraded = await upgradeTo('noOp')
    await chain.test.setCode({ address: upgraded, bytecode: good ?? '0x' })
    const { survey } = await open(FUNDS, undefined, {
      acceptImplementation: upgraded.toUpperCase().replace('0X', '0x') as Address,
    })
    expect(await survey()).toMatchObject({ stakeSimulation: 'credited', drafts: [{}, {}] })
  })

  test('is refused even when accepted if no endpoint can simulate', async () => {
    const upgraded = await upgradeTo('diverting')
    const url = await openScripted(lab.sandbox.chain.nodeUrl, (request, node) =>
      request.method === 'eth_call' && request.params.length > 2
        ? { error: { code: -32602, message: 'too many arguments' } }
        : node(request),
    )
    const { survey } = await open(FUNDS, [url], { acceptImplementation: upgraded })
    await expect(survey()).rejects.toMatchObject({ code: 'chain/implementation-unverified', exit: 'refused' })
  })
})
