import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEther } from 'viem'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import type { BatchSpoilt, FaultEffect } from '../../src/sandbox/faults.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { sendOwn } from '../support/wallet-actions.ts'
import { type Row, RPC_LIMIT_MS, type Scene, shortLimit } from './rows.ts'

/** The first try, and `LIMITS.retries` more. */
const RETRIED = 13
const READ = 'eth_getStorageAt'
const ESTIMATE = 'eth_estimateGas'
const SEND = 'eth_sendRawTransaction'
const WATCH = 'eth_getTransactionReceipt'
/** Never more transactions than the first approve and stake. */
const NONE = { transactions: 0 }

const says = (message: string, code = -32000): FaultEffect => ({ kind: 'rpcError', code, message })
const http = (status: number, body = 'no', headers: Record<string, string> = {}): FaultEffect => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body,
})
const HTML = '<!doctype html><html><title>Bad gateway</title></html>'

/** A read that fails: backoff, then the same read. */
const reads = (code: string, when: string, effect: FaultEffect, on: string = READ): Row => ({
  code,
  when: `${when}, at ${on}`,
  on,
  effect,
  lasts: { exit: 75, tries: RETRIED, ...NONE },
  passes: { back: 'checkBalance.wait', tries: 2 },
})

/** Another form of a failure; the first form shows that it is temporary. */
const lasting = ({ passes: _, ...row }: Row): Row => row

const refuses = (code: string, exit: number, when: string, on: string, effect: FaultEffect): Row => ({
  code,
  when: `${when}, at ${on}`,
  on,
  effect,
  lasts: { exit, ...NONE },
})

const LIMIT = { code: -32016, message: 'over rate limit' }
const FULL: FaultEffect = { kind: 'rpcError', ...LIMIT, status: 429 }

export const READ_ROWS: readonly Row[] = [
  reads('chain/rpc-rate-limited', '-32016 in HTTP 200', { kind: 'rpcError', ...LIMIT }),
  lasting(reads('chain/rpc-rate-limited', '-32016 in HTTP 429', FULL)),
  lasting(reads('chain/rpc-rate-limited', '-32005', says('limit exceeded', -32005))),
  lasting(reads('chain/rpc-rate-limited', '-32007', says('50/second request limit reached', -32007))),
  lasting(reads('chain/rpc-rate-limited', 'HTTP 429 of a gateway', http(429, 'Slow', { 'retry-after': '2' }))),
  lasting(reads('chain/rpc-rate-limited', 'an endless wait', http(429, 'Slow', { 'retry-after': '1e300' }))),
  reads('chain/node-behind', 'header not found', says('header not found')),
  lasting(reads('chain/node-behind', 'unknown block', says('unknown block'))),
  lasting(reads('chain/node-behind', 'indexing', says('transaction indexing is in progress'))),
  reads('chain/rpc', 'an internal error', says('internal error', -32603)),
  ...[408, 503].map((status) => lasting(reads('chain/rpc', `HTTP ${status}`, http(status)))),
  // Some endpoints refuse a batch or an override in this way, so a smaller request comes before the failure.
  { ...lasting(reads('chain/rpc', 'HTTP 500', http(500))), lasts: { exit: 75, ...NONE } },
  lasting(reads('chain/rpc', 'a gateway’s page', http(502, HTML))),
  lasting(reads('chain/rpc', 'a reset before the request', { kind: 'dropBefore' })),
  lasting(reads('chain/rpc', 'a reset before the answer', { kind: 'dropAfter' })),
  lasting(reads('chain/rpc', 'a reset within the answer', { kind: 'truncate', bytes: 20 })),
  reads('chain/rpc-answer-unreadable', 'a web page with status 200', http(200, HTML)),
  lasting(reads('chain/rpc-answer-unreadable', 'half an answer', http(200, '[{"jsonrpc":"2.0","id":'))),
  lasting(reads('chain/rpc-answer-unreadable', 'an empty answer', http(200, ''))),
  ...(['short', 'repeated', 'otherIds', 'single'] satisfies BatchSpoilt[]).map((as) =>
    lasting(reads('chain/rpc-answer-unreadable', `a damaged batch: ${as}`, { kind: 'batch', as })),
  ),
  {
    code: 'chain/rpc-timed-out',
    when: 'no answer in time',
    on: READ,
    effect: { kind: 'delay', ms: 2_000 },
    ...shortLimit(RPC_LIMIT_MS, READ),
    passes: { back: 'checkBalance.wait', tries: 2 },
  },
  {
    code: 'chain/rpc-rate-limited',
    when: 'while a transaction is watched',
    on: WATCH,
    effect: says('over rate limit', -32016),
    lasts: { exit: 75, transactions: 2 },
    passes: { back: 'awaitConfirmation.wait' },
  },
  refuses('chain/rpc-refused', 78, 'invalid parameters', READ, says('invalid argument 0', -32602)),
  refuses('chain/rpc-refused', 78, 'HTTP 404', READ, http(404)),
  refuses('chain/rpc-access-denied', 78, 'HTTP 401', READ, http(401, 'Must be authenticated!')),
  refuses('chain/rpc-access-denied', 78, 'HTTP 403', READ, http(403, HTML)),
  refuses('chain/rpc-access-denied', 78, 'HTTP 200', READ, says('Unauthorized: You must authenticate', -32000)),
  refuses('chain/rpc-method-missing', 78, '-32601', READ, says('the method does not exist/is not available', -32601)),
  refuses('chain/rpc-redirect-refused', 78, 'a redirect', READ, http(308, '', { location: 'http://evil.example/' })),
  refuses('chain/rpc-answer-too-large', 78, 'an endless answer', READ, { kind: 'flood', bytes: 50_000_000 }),
  refuses('chain/approve-would-revert', 5, 'execution reverted', ESTIMATE, says('execution reverted: paused', 3)),
]

const shut = async ({ sandbox }: Scene) => {
  await sandbox.chain.setBlockTime(undefined)
}

const withStaking = (code: string, when: string, ...use: Parameters<Sandbox['chain']['useStaking']>): Row => ({
  code,
  when,
  arrange: ({ sandbox }) => sandbox.chain.useStaking(...use),
  restore: ({ sandbox }) => sandbox.chain.useStaking('standard'),
  lasts: { exit: 5, ...NONE },
})

/** Real conditions of wallet and chain. */
export const CONDITION_ROWS: readonly Row[] = [
  {
    code: 'wallet/insufficient-eth',
    when: 'no ETH',
    funds: { vvv: parseEther('1') },
    lasts: { exit: 4, ...NONE },
  },
  {
    code: 'wallet/insufficient-vvv',
    when: 'not enough VVV',
    funds: { eth: parseEther('1'), vvv: parseEther('0.5') },
    lasts: { exit: 4, ...NONE },
  },
  {
    code: 'wallet/contract-account',
    when: 'the wallet is a contract',
    arrange: ({ sandbox, journey: { address } }) => sandbox.chain.test.setCode({ address, bytecode: '0x60006000f3' }),
    lasts: { exit: 78, ...NONE },
  },
  {
    code: 'chain/wrong-chain',
    when: 'another chain id',
    on: 'eth_chainId',
    effect: { kind: 'rpcResult', result: '0x1' },
    lasts: { exit: 78, tries: 1, ...NONE },
  },
  {
    code: 'chain/no-contract',
    when: 'no code',
    on: 'eth_getCode',
    effect: { kind: 'rpcResult', result: '0x' },
    lasts: { exit: 78, ...NONE },
  },
  withStaking('chain/one-argument-staking', 'stake(uint256)', 'oneArgument'),
  withStaking('chain/stake-would-revert', 'the staking contract reverts', 'reverting', { inPlace: true }),
  withStaking('chain/implementation-unknown', 'the staking proxy was upgraded', 'diverting'),
  withStaking('chain/stake-not-credited-in-simulation', 'a stake credits somebody else', 'diverting', {
    inPlace: true,
  }),
  {
    code: 'chain/staking-not-recognised',
    when: 'the implementation is another contract',
    on: 'eth_getStorageAt',
    effect: { kind: 'rpcResult', result: `0x${ADDRESSES.vvv.slice(2).padStart(64, '0')}` },
    lasts: { exit: 5, ...NONE },
  },
  {
    // Since Denim the pool is private: the other transaction is detected when it is mined.
    code: 'chain/confirmation-timeout',
    when: 'another transaction is pending under our nonce',
    arrange: async (scene) => {
      await shut(scene)
      await sendOwn(scene.sandbox, scene.journey, { to: scene.journey.address })
    },
    lasts: { exit: 3, ...NONE },
  },
  {
    code: 'policy/budget-exceeded',
    when: 'a cap is passed',
    flags: () => ({ maxVvv: parseEther('0.5') }),
    lasts: { exit: 5, ...NONE },
  },
  {
    code: 'policy/plan-changed',
    when: 'another plan was approved',
    flags: () => ({ planDigest: 'ab'.repeat(32) }),
    lasts: { exit: 5, ...NONE },
  },
  {
    code: 'policy/confirmation-needed',
    when: 'nobody can be asked',
    flags: () => ({ yes: false }),
    lasts: { exit: 5, ...NONE },
  },
  {
    code: 'sink/unusable',
    when: 'no sink can store the key',
    arrange: ({ journey: { cwd } }) => writeFileSync(join(cwd, 'a-file'), ''),
    flags: () => ({ saveKey: ['file:a-file/key'] }),
    lasts: { exit: 78, ...NONE },
  },
]

const sends = (code: string, exit: number, when: string, effect: FaultEffect, rest: Partial<Row> = {}): Row => ({
  code,
  when: `${when}, at ${SEND}`,
  on: SEND,
  effect,
  lasts: { exit, ...NONE },
  passes: { back: 'approve.wait' },
  ...rest,
})

/** Broadcasts of signed and recorded transactions: the same bytes again, or nothing. */
export const SEND_ROWS: readonly Row[] = [
  sends('chain/rpc-rate-limited', 75, '-32016', says('over rate limit', -32016)),
  sends('chain/rpc', 75, 'a reset before the request', { kind: 'dropBefore' }),
  sends('chain/rpc', 75, 'a gateway’s page', http(502, HTML)),
  // The batch is split at once, without a wait.
  lasting(
    sends(
      'chain/rpc-answer-unreadable',
      75,
      'an answer to another call',
      { kind: 'batch', as: 'otherIds' },
      { lasts: { exit: 0, code: null, state: 'unfunded', transactions: 2, keys: 1 } },
    ),
  ),
  sends('chain/in-flight-limit', 75, '7702', says('in-flight transaction limit reached for delegated accounts')),
  sends('chain/in-flight-limit', 75, '7702', says('gapped-nonce tx from delegated accounts')),
  {
    code: 'chain/fee-too-low',
    when: 'max fee per gas less than block base fee',
    on: SEND,
    effect: says('max fee per gas less than block base fee: address 0x, maxFeePerGas: 1, baseFee: 2'),
    lasts: { exit: 3, code: 'chain/confirmation-timeout', ...NONE },
    passes: { back: 'awaitConfirmation.watch' },
  },
  {
    code: 'chain/rpc',
    when: `a lost answer, at ${SEND}`,
    on: SEND,
    effect: { kind: 'dropAfter' },
    passes: { back: 'approve.wait' },
  },
  {
    code: 'chain/rpc-refused',
    when: `undocumented words, at ${SEND}`,
    on: SEND,
    effect: says('sender is on a list'),
    lasts: { exit: 78, tries: 1, ...NONE },
  },
  ...['exceeds maximum per-transaction gas limit', 'intrinsic gas too low: have 1, want 2'].map(
    (words): Row => ({
      code: 'chain/gas-refused',
      when: words,
      on: SEND,
      effect: says(words),
      lasts: { exit: 1, tries: 1, ...NONE },
    }),
  ),
  {
    code: 'wallet/cannot-pay-gas',
    when: 'insufficient funds for gas * price + value',
    on: SEND,
    effect: says('insufficient funds for gas * price + value: balance 1, tx cost 2'),
    lasts: { exit: 4, tries: 1, ...NONE },
  },
  {
    code: 'chain/nonce-contested',
    when: 'replacement transaction underpriced',
    on: SEND,
    effect: says('replacement transaction underpriced'),
    lasts: { exit: 3, code: 'chain/confirmation-timeout', ...NONE },
  },
  {
    code: 'chain/nonce-used',
    when: 'nonce too low, though no transaction is there',
    on: SEND,
    effect: says('nonce too low: next nonce 1, tx nonce 0'),
    lasts: { exit: 3, code: 'chain/confirmation-timeout', ...NONE },
  },
  ...['already known', 'transaction already imported'].map(
    (words): Row => ({
      code: 'none: accepted',
      when: `${words}, and it is true`,
      on: SEND,
      arrange: ({ fault }) => fault(SEND, { kind: 'dropAfter' }),
      // Both of the approve: the stake is sent with `eth_sendRawTransactionSync`.
      passes: { back: 'approve.wait', tries: 2 },
    }),
  ),
  {
    code: 'chain/transaction-missing',
    when: 'every node takes it and forgets it',
    on: SEND,
    effect: { kind: 'forget' },
    lasts: { exit: 3, code: 'chain/confirmation-timeout', ...NONE },
  },
]
