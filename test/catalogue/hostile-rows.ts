import { encodeErrorResult, parseAbi } from 'viem'
import type { FaultEffect } from '../../src/sandbox/faults.ts'
import { CHALLENGE, MINT, RATE_LIMITS } from '../support/sandbox.ts'
import type { Row } from './rows.ts'

/** A link to another address than shown, a cleared screen, a new title, reversed text, and additional lines. */
const CONTROL =
  '\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007 \u001b[2J\u001b]0;owned\u0007 \u009b31m \u202egnp.exe\u2066 \u200b\u0000\u0008\u007f\r\nerror  All is well [ok]\u2028\u2029'

const json = (status: number, body: unknown): FaultEffect => ({ kind: 'reply', status, body })
const bytes = (status: number, ...parts: readonly (string | readonly number[])[]): FaultEffect => ({
  kind: 'bytes',
  status,
  base64: Buffer.concat(parts.map((part) => Buffer.from(part as string))).toString('base64'),
})
const text = (status: number, body: string): FaultEffect => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'text/html', 'x-evil': '%1b[2J' },
  body,
})

const ends = (code: string, exit: number, when: string, on: string, effect: FaultEffect): Row => ({
  code,
  when: `${when}, at ${on}`,
  on,
  effect,
  // A challenge is fetched before any transaction is signed.
  lasts: { exit, transactions: on.includes(' ') && on !== CHALLENGE ? 2 : 0 },
})

const revert = encodeErrorResult({ abi: parseAbi(['error Error(string)']), errorName: 'Error', args: [CONTROL] })
const nodeSays = (code: number): FaultEffect => ({ kind: 'rpcError', code, message: `execution ${CONTROL}` })
const nested = (depth: number): string => `${'{"data":'.repeat(depth)}1${'}'.repeat(depth)}`

/** Terminal escapes, bytes that are not text, invalid numbers, and endlessly nested objects. */
export const HOSTILE_ROWS: readonly Row[] = [
  ends('venice/unrecognised', 6, 'control characters in the error', MINT, json(400, { error: CONTROL })),
  ends('venice/unrecognised', 6, 'control characters as plain text', MINT, text(400, CONTROL)),
  ends(
    'venice/blocked',
    78,
    'control characters in a title',
    MINT,
    text(403, `<html><title>${CONTROL}</title></html>`),
  ),
  ends(
    'venice/invalid-request',
    78,
    'control characters in fields',
    MINT,
    json(400, { error: CONTROL, issues: [{ path: [CONTROL, 0], message: CONTROL }] }),
  ),
  ends(
    'venice/invalid-request',
    78,
    'control characters in the keys of a tree',
    MINT,
    json(400, { error: CONTROL, details: { [CONTROL]: { _errors: [CONTROL] } } }),
  ),
  ends('venice/challenge-refused', 5, 'control characters to be signed', CHALLENGE, {
    ...json(200, { data: { message: `${CONTROL} wants you to sign in with your Ethereum account:\n${CONTROL}` } }),
  }),
  ends(
    'venice/unrecognised',
    6,
    'bytes that are not text',
    MINT,
    bytes(400, '{"error":"', [0xff, 0xfe, 0xc3, 0x28], '"}'),
  ),
  ends('venice/invalid-json', 75, 'bytes only', CHALLENGE, bytes(200, [0, 1, 2, 0xff, 0xfe])),
  ends('venice/unrecognised', 6, 'an endlessly nested error', MINT, json(400, JSON.parse(nested(2_000)))),
  ends('venice/unexpected-shape', 1, 'an endlessly nested answer', CHALLENGE, text(200, nested(50_000))),
  ends('venice/invalid-json', 75, 'an invalid number', CHALLENGE, text(200, '{"data":{"token":NaN}}')),
  ends(
    'venice/unrecognised',
    6,
    'a key that would change all objects',
    MINT,
    text(400, '{"error":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  ),
  ends('chain/rpc', 75, 'control characters of the node', 'eth_getStorageAt', nodeSays(-32000)),
  ends('chain/rpc-refused', 78, 'control characters of the node', 'eth_sendRawTransaction', nodeSays(-32000)),
  ends('chain/rpc-access-denied', 78, 'control characters of a gateway', 'eth_chainId', text(403, CONTROL)),
  ends('chain/approve-would-revert', 5, 'control characters in a revert', 'eth_estimateGas', {
    kind: 'rpcError',
    code: 3,
    message: `execution reverted: ${CONTROL}`,
    data: revert,
  }),
  {
    code: 'none: a key is a key',
    when: 'control characters in all that comes with it',
    on: MINT,
    effect: json(200, {
      data: { id: `key ${CONTROL}`, apiKey: `VENICE_INFERENCE_KEY_${'k'.repeat(43)}`, expiresAt: CONTROL },
    }),
    lasts: { exit: 0, code: null, state: 'unfunded', transactions: 2 },
  },
  {
    code: 'none: what a key may spend',
    when: 'control characters and invalid numbers',
    on: RATE_LIMITS,
    effect: text(
      200,
      JSON.stringify({
        data: {
          accessPermitted: false,
          apiTier: { id: CONTROL },
          balances: { USD: 'HUGE', DIEM: -5, BUNDLED_CREDITS: 'HUGE' },
          keyExpiration: CONTROL,
          nextEpochBegins: CONTROL,
        },
      }).replaceAll('"HUGE"', '1e400'),
    ),
    lasts: { exit: 0, code: null, state: 'unfunded', transactions: 2, keys: 1 },
  },
]
