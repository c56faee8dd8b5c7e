import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../machines/onboarding/select.ts'
import type { Attempt } from '../../src/domain/attempt.ts'
import { backoffMs } from '../../src/domain/backoff.ts'
import { setting } from '../../src/domain/next-action.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import {
  ConfirmationTimeoutError,
  FeeTooLowError,
  NonceUsedError,
  NotCreditedError,
  TransactionMissingError,
  TransactionRevertedError,
  TransactionSupersededError,
  TransactionUnderpricedError,
} from '../../src/errors/chain/transactions.ts'
import { BudgetExceededError } from '../../src/errors/policy.ts'
import { WalletStateStaleError } from '../../src/errors/run.ts'
import { SigningFailedError } from '../../src/errors/signer/signing.ts'
import { InsufficientEthError } from '../../src/errors/wallet.ts'
import { START } from '../support/fake-clock.ts'
import { FUNDED, MINTED, runMachine, STAKED } from '../support/run-machine.ts'
import { ADDRESS, attempt, draft, failure, hashOf, VVV, walletState, watched } from '../support/samples.ts'

const at = (ms: number): string => new Date(Date.parse(START) + ms).toISOString()
const times = <T>(count: number, ...items: T[]): T[] => Array.from({ length: count }, () => items).flat()

const RECORD = {
  attempts: [],
  mints: [],
  key: null,
  retired: [],
  funding: null,
  payments: [],
  skipped: [],
  warnings: [],
}

const broke = new InsufficientEthError({
  address: ADDRESS,
  vvv: { has: 1n, needs: 1n },
  eth: { has: 0n, needs: 1n },
})

describe('a temporary failure', () => {
  it.each([
    ['readWalletState', STAKED.slice(0, 1), 'checkBalance'],
    ['signTransactions', STAKED.slice(0, 2), 'approve'],
    ['broadcast', STAKED.slice(0, 3), 'approve'],
    ['watchTransactions', STAKED, 'awaitConfirmation'],
    ['fetchChallenge', [...STAKED, 'fetchToken.fetch'], 'fetchToken'],
    ['signChallenge', [...STAKED, 'fetchToken.fetch', 'sign.sign'], 'sign'],
  ] as const)('of %s is waited out, and the same effect is tried again', async (name, before, stage) => {
    const { path, end, counters } = await runMachine({ [name]: [new RpcError('busy')] })
    const failed = before.at(-1)
    expect(path).toEqual([
      ...before,
      `${stage}.wait`,
      failed,
      ...[...STAKED, ...MINTED, ...FUNDED].slice(before.length),
    ])
    expect(end).toBe('funded')
    expect(counters).toMatchObject({ retries: 0, replans: 0 })
  })

  it('is waited for longer each time, spread by the failure’s jitter', async () => {
    const busy = (tries: number, jitter: number) => failure(new RpcError('busy'), { at: at(tries * 100_000), jitter })
    const { wakes } = await runMachine({ readWalletState: [busy(0, 0), busy(1, 0.5), busy(2, 0.75)] })
    expect(wakes).toEqual([at(250), at(100_000 + 750), at(200_000 + 1_750)])
  })

  it('is never waited for less than the server asked', async () => {
    const { wakes } = await runMachine({ readWalletState: [failure(new RpcError('busy', { retryAfterMs: 7_000 }))] })
    expect(wakes).toEqual([at(7_000)])
  })

  it('forgets its tries after progress', async () => {
    const busy = new RpcError('busy')
    const { views } = await runMachine({
      readWalletState: times(LIMITS.retries, busy),
      watchTransactions: times(LIMITS.retries, busy),
    })
    expect(views.at(-1)?.state).toBe('funded')
  })

  it('that does not end fails the run with its own code', async () => {
    const { path, failure: last, wakes } = await runMachine({ readWalletState: { always: new RpcError('busy') } })
    expect(path).toEqual([
      'checkBalance.read',
      ...times(LIMITS.retries, 'checkBalance.wait', 'checkBalance.read'),
      'failed',
    ])
    expect(last?.code).toBe('chain/rpc')
    const least = Array.from({ length: LIMITS.retries }, (_, tries) =>
      backoffMs({ tries, jitter: 0, retryAfterMs: null }),
    ).reduce((sum, ms) => sum + ms)
    expect(Date.parse(wakes.at(-1) ?? '') - Date.parse(START)).toBeGreaterThanOrEqual(least)
  })
})

describe('a refusal before signing', () => {
  it('stops the run with nothing recorded', async () => {
    const refused = new BudgetExceededError({ cap: setting('maxVvv'), limit: '1', needed: '2' })
    const { path, failure: last, record } = await runMachine({ signTransactions: [refused] })
    expect(path).toEqual(['checkBalance.read', 'approve.prepare', 'failed'])
    expect(last?.code).toBe('policy/budget-exceeded')
    expect(record.attempts).toEqual([])
  })

  it('because the wallet state is stale leads to another read, a limited number of times', async () => {
    const once = await runMachine({ signTransactions: [new WalletStateStaleError(START)] })
    expect(once.path).toEqual(['checkBalance.read', 'approve.prepare', ...STAKED, ...MINTED, ...FUNDED])
    const always = await runMachine({ signTransactions: { always: new WalletStateStaleError(START) } })
    expect(always.path).toEqual([...times(LIMITS.replans + 1, 'checkBalance.read', 'approve.prepare'), 'failed'])
    expect(always.failure?.code).toBe('run/wallet-state-stale')
  })

  it('by an unreachable signer is tried again', async () => {
    const { path } = await runMachine({ signTransactions: [new SigningFailedError({ address: ADDRESS, reason: 'x' })] })
    expect(path.slice(1, 4)).toEqual(['approve.prepare', 'approve.wait', 'approve.prepare'])
  })
})

describe('a wallet without funds', () => {
  it('ends the run when there is no time to wait', async () => {
    const { path, failure: last } = await runMachine({ readWalletState: { always: broke } })
    expect(path).toEqual(['checkBalance.read', 'failed'])
    expect(last).toMatchObject({ code: 'wallet/insufficient-eth', recovery: 'fund' })
  })

  it('is polled every ten seconds until the deadline, and once at the deadline', async () => {
    const {
      path,
      wakes,
      failure: last,
    } = await runMachine({ readWalletState: { always: broke } }, { fundsDeadline: at(25_000) })
    expect(path).toEqual(['checkBalance.read', ...times(3, 'checkBalance.awaitFunds', 'checkBalance.read'), 'failed'])
    expect(wakes).toEqual([at(10_000), at(20_000), at(25_000)])
    expect(last?.code).toBe('wallet/insufficient-eth')
  })

  it('continues as soon as the funds are there', async () => {
    const { path, end } = await runMachine({ readWalletState: [broke] }, { fundsDeadline: at(25_000) })
    expect(path).toEqual(['checkBalance.read', 'checkBalance.awaitFunds', ...STAKED, ...MINTED, ...FUNDED])
    expect(end).toBe('funded')
  })
})

describe('a used nonce', () => {
  it.each([
    ['approve', 0],
    ['stake', 1],
  ])('when %s is sent leads to a new read of the chain before anything new', async (_, index) => {
    const ok = { hashes: [hashOf('approve', 7)] }
    const used = new NonceUsedError(7)
    const { path, inputsOf } = await runMachine({ broadcast: index === 0 ? [used] : [ok, used] })
    expect(path).toEqual([...STAKED.slice(0, 3 + index), 'awaitConfirmation.watch', ...MINTED, ...FUNDED])
    expect(inputsOf('signTransactions')).toHaveLength(1)
  })
})

describe('an approve whose nonce somebody else used', () => {
  const lost = failure(new TransactionSupersededError(hashOf('approve', 7), 7))
  const used = { hash: `0x${'f0'.repeat(32)}`, blockNumber: '1000', isFinal: false } as const
  const old = hashOf('stake', 8)
  const superseded = (input: Parameters<typeof watched>[0], stake: 'missing' | 'pending' | 'reverted') => {
    const seen = watched(input, { fates: { approve: 'superseded', stake }, problem: lost })
    const attempts = seen.report.attempts.map((found) =>
      found.status === 'superseded' ? { ...found, usedBy: used } : found,
    )
    return { ...seen, report: { ...seen.report, attempts } }
  }
  const again = {
    readWalletState: [
      walletState(),
      walletState({ drafts: [draft('approve', 8), draft('stake', 9)] }),
      walletState({ allowance: VVV.toString(), drafts: [draft('stake', 9)] }),
    ],
    // Both do not fit in the budget while the old stake can still be mined.
    signTransactions: [[attempt('approve', 7), attempt('stake', 8)], [attempt('approve', 8)], [attempt('stake', 9)]],
  }
  const APPROVED = ['checkBalance.read', 'approve.prepare', 'approve.broadcast', 'awaitConfirmation.watch']
  const REPLANNED = [
    ...APPROVED,
    'checkBalance.read',
    'stake.prepare',
    'stake.broadcast',
    'awaitConfirmation.watch',
    ...MINTED,
    ...FUNDED,
  ]

  it('before it was sent takes its stake with it, which is never sent', async () => {
    const { path, record, inputsOf } = await runMachine({
      ...again,
      broadcast: [new NonceUsedError(7)],
      watchTransactions: [(input) => superseded(input, 'missing')],
    })
    expect(path).toEqual([...STAKED.slice(0, 3), 'awaitConfirmation.watch', ...REPLANNED])
    const sent = inputsOf('broadcast').flatMap((input) => (input as { attempts: Attempt[] }).attempts)
    expect(sent.map(({ hash }) => hash)).not.toContain(old)
    expect(record.attempts.map(({ hash, status }) => [hash, status])).toEqual([
      [hashOf('approve', 7), 'superseded'],
      [old, 'superseded'],
      [hashOf('approve', 8), 'mined'],
      [hashOf('stake', 9), 'mined'],
    ])
    expect(record.attempts[0]?.supersededBy).toEqual({ hash: used.hash, isFinal: false })
  })

  it('is planned again by the next pass too, without its stake', async () => {
    const record = {
      ...RECORD,
      attempts: [attempt('approve', 7, { status: 'superseded' }), attempt('stake', 8, { restsOn: 7 })],
    }
    const { path, inputsOf } = await runMachine(
      { ...again, readWalletState: again.readWalletState.slice(1), signTransactions: again.signTransactions.slice(1) },
      { record },
    )
    expect(path).toEqual(REPLANNED)
    const sent = inputsOf('broadcast').flatMap((input) => (input as { attempts: Attempt[] }).attempts)
    expect(sent.map(({ hash }) => hash)).not.toContain(old)
  })

  it('while the stake is pending too is planned again once the stake has reverted', async () => {
    const reverted = failure(new TransactionRevertedError('stake', old))
    const { path, end } = await runMachine({
      ...again,
      readWalletState: [
        walletState(),
        walletState({ drafts: [draft('approve', 9), draft('stake', 10)] }),
        walletState({ allowance: VVV.toString(), drafts: [draft('stake', 10)] }),
      ],
      signTransactions: [[attempt('approve', 7), attempt('stake', 8)], [attempt('approve', 9)], [attempt('stake', 10)]],
      watchTransactions: [
        (input) => superseded(input, 'pending'),
        (input) => watched(input, { fates: { stake: 'reverted' }, problem: reverted }),
      ],
    })
    expect(path).toEqual([...STAKED, 'awaitConfirmation.watch', ...REPLANNED])
    expect(end).toBe('funded')
  })

  it('does not hold back a later stake that was signed for an existing allowance', async () => {
    const record = {
      ...RECORD,
      attempts: [attempt('approve', 7, { status: 'superseded' }), attempt('stake', 8, { restsOn: null })],
    }
    const { path } = await runMachine({}, { record })
    expect(path.slice(0, 2)).toEqual(['awaitConfirmation.rebroadcast', 'awaitConfirmation.watch'])
  })

  it('is checked for first by a new pass when its stake is unsent', async () => {
    const record = {
      ...RECORD,
      attempts: [attempt('approve', 7, { status: 'sent' }), attempt('stake', 8, { restsOn: 7 })],
    }
    const { path } = await runMachine({}, { record })
    expect(path[0]).toBe('awaitConfirmation.watch')
  })
})

describe('a transaction that no node knows', () => {
  const missing = failure(new TransactionMissingError(hashOf('stake', 8)))
  const notFound = (input: Parameters<typeof watched>[0]) =>
    watched(input, { fates: { stake: 'missing' }, problem: missing })

  it('is rebroadcast with the same bytes', async () => {
    const { path, inputsOf } = await runMachine({ watchTransactions: [notFound] })
    expect(path).toEqual([...STAKED, 'awaitConfirmation.rebroadcast', 'awaitConfirmation.watch', ...MINTED, ...FUNDED])
    expect(inputsOf('broadcast').at(-1)).toMatchObject({
      attempts: [{ hash: hashOf('stake', 8), raw: expect.stringMatching(/^0x02/) }],
    })
    expect(inputsOf('signTransactions')).toHaveLength(1)
  })

  it('is checked again when its nonce is used by then', async () => {
    const ok = { hashes: [] }
    const { path } = await runMachine({ watchTransactions: [notFound], broadcast: [ok, ok, new NonceUsedError(8)] })
    expect(path.slice(5, 7)).toEqual(['awaitConfirmation.rebroadcast', 'awaitConfirmation.watch'])
    expect(path.at(-1)).toBe('funded')
  })

  it('is rebroadcast a limited number of times, and stays recorded', async () => {
    const { path, failure: last, record } = await runMachine({ watchTransactions: { always: notFound } })
    expect(path).toEqual([
      ...STAKED,
      ...times(LIMITS.rebroadcasts, 'awaitConfirmation.rebroadcast', 'awaitConfirmation.watch'),
      'failed',
    ])
    expect(last?.code).toBe('chain/transaction-missing')
    expect(record.attempts.map(({ status }) => status)).toEqual(['mined', 'sent'])
  })
})

describe('an underpriced transaction', () => {
  const low = new FeeTooLowError('below the base fee')
  const underpriced = failure(new TransactionUnderpricedError({ hash: hashOf('stake', 8), maxFeePerGas: '1' }, '2'))
  const waits = (input: Parameters<typeof watched>[0]) =>
    watched(input, { fates: { stake: 'pending' }, problem: underpriced })
  const REPLACED = ['awaitConfirmation.replace', 'awaitConfirmation.rebroadcast', 'awaitConfirmation.watch']

  it.each([
    ['approve', 0],
    ['stake', 1],
  ])('is watched first when a node rejects %s; only then is it replaced, recorded and sent', async (_, index) => {
    const ok = { hashes: [hashOf('approve', 7)] }
    const { path, inputsOf, record } = await runMachine({
      broadcast: index === 0 ? [low] : [ok, low],
      watchTransactions: [
        (input) => watched(input, { fates: { approve: 'missing', stake: 'missing' }, problem: underpriced }),
      ],
    })
    const before = [...STAKED.slice(0, 3 + index), 'awaitConfirmation.watch']
    expect(path).toEqual([...before, ...REPLACED, ...MINTED, ...FUNDED])
    expect(inputsOf('signTransactions')).toHaveLength(1)
    expect(record.attempts.map(({ hash, status }) => [hash, status]).filter(([hash]) => hash?.endsWith('8'))).toEqual([
      [hashOf('stake', 8), 'superseded'],
      [hashOf('stake', 8, 1), 'mined'],
    ])
  })

  it('for the coming blocks gets a fee bump under its nonce, and both hashes are kept', async () => {
    const { path, inputsOf, record, failure: last } = await runMachine({ watchTransactions: [waits] })
    expect(path).toEqual([...STAKED, ...REPLACED, ...MINTED, ...FUNDED])
    expect(inputsOf('replaceTransactions')).toMatchObject([
      { attempts: [{ status: 'mined' }, { hash: hashOf('stake', 8), status: 'sent' }] },
    ])
    expect(inputsOf('broadcast').at(-1)).toMatchObject({ attempts: [{ hash: hashOf('stake', 8, 1) }] })
    expect(record.attempts.map(({ hash, nonce, status }) => [hash, nonce, status])).toEqual([
      [hashOf('approve', 7), 7, 'mined'],
      [hashOf('stake', 8), 8, 'superseded'],
      [hashOf('stake', 8, 1), 8, 'mined'],
    ])
    expect(last).toBeNull()
  })

  it('may still be mined: then its replacement is superseded', async () => {
    const old = (input: Parameters<typeof watched>[0]) => {
      const { report, problem } = watched(input)
      const attempts = report.attempts.map((found) =>
        found.hash === hashOf('stake', 8)
          ? { ...found, status: 'mined' as const }
          : found.hash === hashOf('stake', 8, 1)
            ? { ...found, status: 'missing' as const }
            : found,
      )
      return { report: { ...report, attempts, sVvv: VVV.toString() }, problem }
    }
    const { record, end } = await runMachine({ watchTransactions: [waits, old] })
    expect(record.attempts.map(({ hash, status }) => [hash, status]).slice(1)).toEqual([
      [hashOf('stake', 8), 'mined'],
      [hashOf('stake', 8, 1), 'superseded'],
    ])
    expect(end).toBe('funded')
  })

  it('gets a limited number of fee bumps, and stays recorded', async () => {
    const { failure: last, inputsOf, record } = await runMachine({ watchTransactions: { always: waits } })
    expect(inputsOf('replaceTransactions')).toHaveLength(LIMITS.replacements)
    expect(last?.code).toBe('chain/transaction-underpriced')
    expect(new Set(record.attempts.map(({ nonce }) => nonce))).toEqual(new Set([7, 8]))
  })

  const over = new BudgetExceededError({ cap: setting('maxGasEth'), limit: '0', needed: '1' })

  it('is not replaced beyond the budget, and is watched while it may be mined as it is', async () => {
    const { path, end } = await runMachine({ watchTransactions: [waits], replaceTransactions: [over] })
    const refused = ['awaitConfirmation.replace', 'awaitConfirmation.watch']
    expect(path).toEqual([...STAKED, ...refused, ...MINTED, ...FUNDED])
    expect(end).toBe('funded')
  })

  it('that no node has accepted ends the run when a replacement is beyond the budget', async () => {
    const { path, failure: last } = await runMachine({
      broadcast: [low],
      watchTransactions: [
        (input) => watched(input, { fates: { approve: 'missing', stake: 'missing' }, problem: underpriced }),
      ],
      replaceTransactions: [over],
    })
    expect(path.slice(-2)).toEqual(['awaitConfirmation.replace', 'failed'])
    expect(last).toMatchObject({ code: 'policy/budget-exceeded', exit: 'refused' })
  })

  it('and lost from the pool gets a fee bump and is not rebroadcast', async () => {
    const lost = (input: Parameters<typeof watched>[0]) =>
      watched(input, { fates: { stake: 'missing' }, problem: underpriced })
    const { path } = await runMachine({ watchTransactions: [lost] })
    expect(path.slice(5, 8)).toEqual(REPLACED)
  })
})

describe('a failed transaction', () => {
  it('that is superseded is planned again from the chain’s state, a limited number of times', async () => {
    const problem = failure(new TransactionSupersededError(hashOf('stake', 8), 8))
    const {
      path,
      failure: last,
      record,
      inputsOf,
    } = await runMachine({
      readWalletState: { always: walletState({ drafts: [draft('stake', 8)] }) },
      watchTransactions: { always: (input) => watched(input, { fates: { stake: 'superseded' }, problem }) },
    })
    const plan = ['checkBalance.read', 'stake.prepare', 'stake.broadcast', 'awaitConfirmation.watch']
    expect(path).toEqual([...times(LIMITS.replans + 1, ...plan), 'failed'])
    expect(last?.code).toBe('chain/transaction-superseded')
    expect(new Set(record.attempts.map(({ status }) => status))).toEqual(new Set(['superseded']))
    expect(inputsOf('signTransactions')).toHaveLength(LIMITS.replans + 1)
  })

  it('that reverted ends the run, with its cost recorded', async () => {
    const problem = failure(new TransactionRevertedError('stake', hashOf('stake', 8)))
    const {
      path,
      failure: last,
      record,
    } = await runMachine({
      watchTransactions: [(input) => watched(input, { fates: { stake: 'reverted' }, problem })],
    })
    expect(path).toEqual([...STAKED, 'failed'])
    expect(last?.code).toBe('chain/transaction-reverted')
    expect(record.attempts.at(-1)).toMatchObject({ status: 'reverted', feeWei: '500' })
  })

  it.each([
    [new ConfirmationTimeoutError([hashOf('stake', 8)], 180_000), 'thrown'],
    [new NotCreditedError('stake', hashOf('stake', 8)), 'reported'],
  ])('that %s ends the run without another stake', async (error, how) => {
    const {
      path,
      failure: last,
      inputsOf,
    } = await runMachine({
      watchTransactions: [how === 'thrown' ? error : (input) => ({ ...watched(input), problem: failure(error) })],
    })
    expect(path).toEqual([...STAKED, 'failed'])
    expect(last?.code).toBe(error.code)
    expect(inputsOf('signTransactions')).toHaveLength(1)
  })

  it('is not repeated forever when the wallet state keeps asking for it', async () => {
    const { path, failure: last } = await runMachine({
      readWalletState: { always: walletState({ drafts: [draft('approve', 7)] }) },
    })
    const plan = ['checkBalance.read', 'approve.prepare', 'approve.broadcast', 'awaitConfirmation.watch']
    expect(path).toEqual([...times(LIMITS.replans + 1, ...plan), 'failed'])
    expect(last?.code).toBe('chain/not-credited')
  })
})
