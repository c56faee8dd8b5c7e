import { expect, test } from 'vitest'
import { createChain } from '../../../src/adapters/chain/create-chain.ts'
import { firstQuestion } from '../../../src/adapters/chain/first-question.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { Address } from '../../../src/domain/addresses.ts'

const address: Address = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

// The numbers of requests count from the start of the process: this is the only survey here.
test('is what the first survey of a process asks first, byte for byte', async () => {
  const bodies: unknown[] = []
  const chain = createChain({
    rpcUrls: ['http://127.0.0.1:9'],
    clock: systemClock,
    fetch: async (_, init) => {
      bodies.push(init?.body)
      throw new Error('nobody is asked')
    },
  })
  await chain.survey({ address, stakeAmount: 1n, open: [] }).catch(() => {})
  expect(bodies[0]).toBe(firstQuestion(address))
})
