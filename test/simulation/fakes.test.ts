import { describeChain } from '../ports/chain.ts'
import { describeKeySink } from '../ports/key-sink.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { ADDRESS } from '../support/samples.ts'
import { createChaos, FAULT_KINDS } from './chaos.ts'
import { fakeChain } from './fake-chain.ts'
import { fakeSigner } from './fake-signer.ts'
import { fakeSink } from './fake-sink.ts'
import { createLedger } from './ledger.ts'
import { createUsdc } from './usdc.ts'

const chaos = createChaos({ seed: 1, without: FAULT_KINDS }, () => {})
const delay = () => {}
const GOOD = { lagMs: 0, knowsPool: true, tellsPending: true }

describeChain('the simulated chain', async ({ eth, vvv }) => {
  const clock = fakeClock()
  const { now } = clock
  const ledger = createLedger({
    now,
    pace: { blockMs: 200, jitter: 0 },
    account: { nonce: 0, eth, vvv, sVvv: 0n, allowance: 0n },
    deposit: null,
  })
  const { signer } = fakeSigner({ chaos, delay })
  return {
    chain: fakeChain({
      ledger,
      chaos,
      delay,
      now,
      account: 'eoa',
      endpoints: [GOOD, GOOD],
      usdc: createUsdc({ ledger, held: 0n }),
      onSend: () => {},
    }),
    address: ADDRESS,
    async sign(draft) {
      const signed = await signer.signTransaction(draft)
      const signedAt = new Date(now()).toISOString()
      return {
        ...draft,
        ...signed,
        restsOn: null,
        signedAt,
        status: 'signed',
        blockNumber: null,
        gasUsed: null,
        feeWei: null,
      }
    },
    mine: async () => clock.pass(2 * ledger.blockMs),
    async sendForeign(nonce) {
      ledger.accept({
        hash: '0xf0',
        nonce,
        to: ADDRESS,
        data: '0x',
        gas: 0n,
        maxPriorityFeePerGas: 1n,
        maxFeePerGas: 0n,
        l1Fee: 0n,
      })
    },
  }
})

describeKeySink('the simulated sink', async () => {
  const { sink, held } = fakeSink({ chaos, isReadable: true })
  return { sink, held: async () => held() }
})

describeKeySink('the simulated sink that cannot be read', async () => {
  const { sink, held } = fakeSink({ chaos, isReadable: false })
  return { sink, held: async () => held() }
})
