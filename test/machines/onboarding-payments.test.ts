import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../machines/onboarding/select.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import { DeclinedError } from '../../src/errors/policy.ts'
import * as venice from '../../src/errors/venice/all.ts'
import { InsufficientVvvError } from '../../src/errors/wallet.ts'
import { PaymentOutcomeUnknownError, PaymentRefusedError, PaymentTermsRefusedError } from '../../src/errors/x402.ts'
import { START } from '../support/fake-clock.ts'
import type { Script } from '../support/fakes.ts'
import { MINTED, runMachine } from '../support/run-machine.ts'
import {
  ADDRESS,
  attempt,
  draft,
  funding,
  keyRef,
  payment,
  proof,
  request,
  stakedWallet,
  VVV,
  walletState,
} from '../support/samples.ts'

const staked: Script = { readWalletState: [stakedWallet()] }
const BEFORE = ['checkBalance.read', ...MINTED, 'fundingCheck.ask']
const WATCHED = ['awaitConfirmation.watch', 'fundingCheck.ask']
const SENT = ['mintDiem.draft', 'mintDiem.prepare', 'mintDiem.broadcast', ...WATCHED]
const times = (n: number, ...states: string[]): string[] => Array.from({ length: n }, () => states).flat()
const EPOCH = '2026-11-24T00:00:00.000Z'
const rpcDown = new RpcError('the connection was reset')

describe('requested DIEM', () => {
  const TENTH = '100000000000000000'
  const input = { request: request({ fund: { way: 'diem', amount: TENTH } }) }
  const poor = (changes = {}) =>
    funding({
      spendable: false,
      cause: 'diem-spent',
      reason: 'Not counted yet.',
      checkedAt: START,
      nextEpochAt: EPOCH,
      ...changes,
    })

  it('is locked for and then staked, each proven by the chain first; then the key is checked again', async () => {
    const { path, record } = await runMachine(staked, input)
    expect(path).toEqual([...BEFORE, ...SENT, ...SENT, 'mintDiem.draft', 'fundingCheck.ask', 'funded'])
    expect(record.attempts.map(({ purpose, status }) => [purpose, status])).toEqual([
      ['mintDiem', 'mined'],
      ['stakeDiem', 'mined'],
    ])
    expect(record.skipped.filter(({ stage }) => stage === 'fundingCheck')).toEqual([])
  })

  it('that already exists costs nothing, and the result says how it was proven', async () => {
    const diem = {
      asked: TENTH,
      staked: '200000000000000000',
      liquid: '0',
      unlockedSVvv: '0',
      lock: '0',
    }
    const { path, record } = await runMachine({ ...staked, draftDiem: [walletState({ drafts: [], diem })] }, input)
    expect(path).toEqual([...BEFORE, 'mintDiem.draft', 'fundingCheck.ask', 'funded'])
    expect(record.attempts).toEqual([])
    expect(record.skipped.at(-1)).toEqual({
      stage: 'fundingCheck',
      why: 'The wallet has 0.2 DIEM staked; 0.1 is asked for.',
    })
  })

  it('has its missing sVVV staked first', async () => {
    const draftDiem = [walletState({ drafts: [draft('approve', 9), draft('stake', 10)] })]
    const { path, record } = await runMachine({ ...staked, draftDiem }, input)
    expect(path.slice(BEFORE.length, BEFORE.length + SENT.length)).toEqual(SENT)
    expect(record.attempts.map(({ purpose }) => purpose)).toEqual(['approve', 'stake', 'mintDiem', 'stakeDiem'])
  })

  it('is read a limited number of times when the RPC fails, although the key is checked in between', async () => {
    const { path, failure } = await runMachine({ ...staked, draftDiem: { always: rpcDown } }, input)
    const again = times(LIMITS.retries, 'mintDiem.wait', 'mintDiem.draft')
    expect(path).toEqual([...BEFORE, 'mintDiem.draft', ...again, 'failed'])
    expect(failure?.code).toBe('chain/rpc')
  })

  it('is drafted and signed a limited number of times when the signer fails temporarily', async () => {
    const script: Script = { ...staked, signTransactions: { always: rpcDown } }
    const { path, failure } = await runMachine(script, input)
    const again = times(LIMITS.retries, 'mintDiem.wait', 'mintDiem.draft', 'mintDiem.prepare')
    expect(path).toEqual([...BEFORE, 'mintDiem.draft', 'mintDiem.prepare', ...again, 'failed'])
    expect(failure?.code).toBe('chain/rpc')
  })

  it('waits for funds of the wallet with --wait-for-funds, and otherwise stops with what is missing', async () => {
    const broke = new InsufficientVvvError({
      address: ADDRESS,
      vvv: { has: 0n, needs: VVV },
      eth: { has: VVV, needs: 1n },
    })
    const stopped = await runMachine({ ...staked, draftDiem: [broke] }, input)
    expect([stopped.path.at(-1), stopped.failure?.code]).toEqual(['failed', 'wallet/insufficient-vvv'])
    expect(stopped.record.key).not.toBeNull()
    const waited = await runMachine(
      { ...staked, draftDiem: [broke] },
      { ...input, fundsDeadline: '2026-11-23T13:00:00.000Z' },
    )
    expect(waited.path).toContain('mintDiem.awaitFunds')
    expect(waited.end).toBe('funded')
  })

  it('is not signed when declined, and the key stays', async () => {
    const { end, failure, record } = await runMachine({ ...staked, signTransactions: [new DeclinedError()] }, input)
    expect([end, failure?.code]).toEqual(['failed', 'policy/declined'])
    expect([record.key === null, record.attempts]).toEqual([false, []])
  })

  it('that the key does not show at once is polled a few times, and then the next epoch is named', async () => {
    const { path, record } = await runMachine({ ...staked, checkFunding: { always: poor() } }, input)
    const looks = path.slice(path.lastIndexOf('mintDiem.draft') + 1)
    expect(looks).toEqual([...times(6, 'fundingCheck.ask', 'fundingCheck.awaitCredit'), 'fundingCheck.ask', 'unfunded'])
    expect(record.funding?.nextEpochAt).toBe(EPOCH)
  })

  it.each([
    ['after it was staked counts as spent, and is not waited for', '2026-11-23T12:00:01.000Z', 0],
    ['before the last of it was staked may still be counted', '2026-11-23T11:59:59.000Z', 6],
  ])('that paid for a call %s', async (_, at, looks) => {
    const key = keyRef()
    const attempts = [attempt('stakeDiem', 9, { status: 'mined' })]
    const paid = funding({ proof: proof({ costUsd: null, costDiem: 0.0001, at }) })
    const record = { attempts, mints: [], key, retired: [], funding: paid, payments: [], skipped: [], warnings: [] }
    const diem = { asked: TENTH, staked: TENTH, liquid: '0', unlockedSVvv: '0', lock: '0' }
    const { path } = await runMachine(
      { checkFunding: { always: poor() }, draftDiem: [walletState({ drafts: [], diem })] },
      { ...input, record },
    )
    const waits = times(looks, 'fundingCheck.awaitCredit', 'fundingCheck.ask')
    expect(path).toEqual(['fundingCheck.ask', 'mintDiem.draft', 'fundingCheck.ask', ...waits, 'unfunded'])
  })
})

describe('requested credit of the wallet', () => {
  const input = { request: request({ fund: { way: 'x402', amount: '5000000' } }) }
  const PAID = ['topUp.offer', 'topUp.post', 'topUp.find', 'topUp.ask']

  it('is paid for once: recorded, posted, found on the chain, and then visible', async () => {
    const { path, record } = await runMachine(staked, input)
    expect(path).toEqual([...BEFORE, ...PAID, 'funded'])
    expect(record.payments).toEqual([payment({ status: 'settled', paymentId: 'x402-1', isCredited: true })])
    expect(record.funding?.wallet).toMatchObject({ balanceUsd: 5, canConsume: true, reason: null, proof: null })
  })

  it('is proven by one call that the wallet pays for, and the key’s own proof is not touched', async () => {
    const { path, record, inputsOf } = await runMachine(staked, { ...input, mustProve: true })
    expect(path.slice(-2)).toEqual(['topUp.prove', 'funded'])
    expect(inputsOf('proveCredit')).toMatchObject([{ calls: 1, credit: { balanceUsd: 5, canConsume: true } }])
    expect(inputsOf('proveFunding')).toEqual([])
    expect([record.funding?.proof, record.funding?.wallet?.proof?.model]).toEqual([null, proof().model])
  })

  it('is not paid for when the wallet already has it', async () => {
    const { path, record } = await runMachine({ ...staked, offerPayment: [{ payment: null }] }, input)
    expect(path).toEqual([...BEFORE, 'topUp.offer', 'topUp.ask', 'funded'])
    expect(record.payments).toEqual([])
  })

  it('with a recorded payment is checked on the chain before anything is posted', async () => {
    const first = await runMachine(
      { ...staked, postPayment: { always: rpcDown }, findPayment: { always: rpcDown } },
      input,
    )
    expect(first.end).toBe('failed')
    const { path } = await runMachine({}, { ...input, record: first.record })
    expect(path).toEqual(['fundingCheck.ask', 'topUp.find', 'topUp.ask', 'funded'])
  })

  it('is posted again unchanged when the answer was lost and USDC has not moved', async () => {
    const script = { postPayment: [new PaymentOutcomeUnknownError()], findPayment: [{ payment: payment() }] }
    const { path, inputsOf } = await runMachine({ ...staked, ...script }, input)
    expect(path).toEqual([
      ...BEFORE,
      'topUp.offer',
      'topUp.post',
      'topUp.wait',
      'topUp.find',
      ...PAID.slice(1),
      'funded',
    ])
    const [once, again] = inputsOf('postPayment')
    expect(again).toEqual(once)
  })

  // Regression: 2026-12-01 — each failed post was counted twice, so that Venice's rate limit ended a run after half its retries.
  it('is posted as often as the retries allow when Venice accepts no more requests, each counted once', async () => {
    const script: Script = {
      postPayment: { always: new venice.RateLimitedError() },
      findPayment: { always: { payment: payment() } },
    }
    const { path, failure, record } = await runMachine({ ...staked, ...script }, input)
    const again = times(LIMITS.retries, 'topUp.wait', 'topUp.find', 'topUp.post')
    expect(path).toEqual([...BEFORE, 'topUp.offer', 'topUp.post', ...again, 'topUp.find', 'failed'])
    expect([failure?.code, record.payments]).toEqual(['venice/rate-limited', [payment()]])
  })

  it('gets a new payment only once the old one has expired without a transfer, a limited number of times', async () => {
    const findPayment = {
      always: ({ payment: made }: { payment: ReturnType<typeof payment> }) => ({
        payment: { ...made, status: 'void' as const },
      }),
    }
    const { path, failure } = await runMachine({ ...staked, findPayment }, input)
    expect(path.filter((state) => state === 'topUp.offer')).toHaveLength(1 + LIMITS.payments)
    expect([path.at(-1), failure?.code]).toEqual(['failed', 'x402/not-taken'])
  })

  it('is not believed forever when Venice says that it is paid and USDC never moves', async () => {
    const { path, failure, record } = await runMachine(
      { ...staked, findPayment: { always: { payment: payment({ paymentId: 'x402-1' }) } } },
      input,
    )
    expect(path.filter((state) => state === 'topUp.post').length).toBeLessThanOrEqual(1 + LIMITS.retries)
    expect([path.at(-1), failure?.code]).toEqual(['failed', 'x402/not-taken'])
    expect(record.payments).toHaveLength(1)
  })

  it('that Venice rejects ends once the chain shows no transfer, and counts as paid when it shows one', async () => {
    const postPayment = [new PaymentRefusedError()]
    const refused = await runMachine({ ...staked, postPayment, findPayment: [{ payment: payment() }] }, input)
    expect(refused.path.slice(-3)).toEqual(['topUp.post', 'topUp.find', 'failed'])
    expect(refused.failure?.code).toBe('x402/payment-refused')
    const taken = await runMachine({ ...staked, postPayment }, input)
    expect(taken.path.slice(-4)).toEqual(['topUp.post', 'topUp.find', 'topUp.ask', 'funded'])
  })

  it('is refused at once when Venice names other terms', async () => {
    const strange = new PaymentTermsRefusedError(['The network is eip155:1, not Base.'])
    const offered = await runMachine({ ...staked, offerPayment: [strange] }, input)
    expect([offered.path.at(-2), offered.failure?.code]).toEqual(['topUp.offer', 'x402/terms-refused'])
    const posted = await runMachine({ ...staked, postPayment: [strange] }, input)
    expect([posted.path.at(-2), posted.failure?.recovery]).toEqual(['topUp.post', 'refuse'])
  })

  it('is polled for a while when it is paid and does not show, and then the run says so', async () => {
    const checkCredit = { always: { credit: { balanceUsd: 0, canConsume: false }, checkedAt: START } }
    const { path, record } = await runMachine({ ...staked, checkCredit }, input)
    expect(path.filter((state) => state === 'topUp.ask')).toHaveLength(1 + LIMITS.lagWaits)
    expect(path.at(-1)).toBe('unfunded')
    expect(record.funding?.wallet?.reason).toMatch(/\$0 of credit/)
  })

  // Regression: 2026-11-23 — a run that ended before the credit showed paid once more when it was run again.
  it('is polled, and never paid for again, when an earlier payment is not visible yet', async () => {
    const checkCredit = { always: { credit: { balanceUsd: 0, canConsume: false }, checkedAt: START } }
    const { record } = await runMachine({ ...staked, checkCredit }, input)
    const again = await runMachine({}, { ...input, record })
    expect(again.path).toEqual(['fundingCheck.ask', 'topUp.ask', 'funded'])
    const more = await runMachine({}, { ...input, record: again.record })
    expect(more.path).toEqual(['fundingCheck.ask', 'topUp.offer', 'topUp.ask', 'funded'])
  })

  it('is not topped up for the cost of a call before the proof is made', async () => {
    const { record } = await runMachine(staked, input)
    const proven = await runMachine({}, { ...input, record, mustProve: true })
    expect(proven.path).toEqual(['fundingCheck.ask', 'topUp.ask', 'topUp.prove', 'funded'])
    const spent = { always: { credit: { balanceUsd: 0, canConsume: false }, checkedAt: START } }
    const empty = await runMachine({ checkCredit: spent }, { ...input, record, mustProve: true })
    expect(empty.path).toEqual(['fundingCheck.ask', 'topUp.ask', 'unfunded'])
    const refilled = await runMachine({}, { ...input, record: empty.record, mustProve: true })
    expect(refilled.path.slice(1, 3)).toEqual(['topUp.offer', 'topUp.ask'])
  })

  it('that pays for no call leaves the wallet unfunded, and says why', async () => {
    const proveCredit = [new venice.WalletCreditTooLowError()]
    const { path, record } = await runMachine({ ...staked, proveCredit }, { ...input, mustProve: true })
    expect(path.slice(-2)).toEqual(['topUp.prove', 'unfunded'])
    expect(record.funding?.wallet).toMatchObject({
      canConsume: false,
      reason: new venice.WalletCreditTooLowError().message,
    })
  })
})
