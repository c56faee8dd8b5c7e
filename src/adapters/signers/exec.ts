import { spawn } from 'node:child_process'
import { getAddress, isAddress, keccak256, numberToHex } from 'viem'
import type { Address } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import { SignerCommandError, SigningFailedError, SigningRefusedError } from '../../errors/signer/signing.ts'
import type { Signer } from '../../ports/signer.ts'
import { type Environment, signerEnv } from '../child-env.ts'
import { paymentSigner, typedDataText } from './sending.ts'
import { assertDraftOf, hexOf, runSigner } from './signing.ts'

export interface ExecSignerOptions {
  /** The shell runs it once for every request. */
  command: string
  cwd: string
  /** The command gets this without the wallet's secrets. */
  env: Environment
  /** Milliseconds for one request. Default 60,000: a person may have to press a button. */
  timeoutMs?: number
}

/** The request that the command gets on stdin, as one line of JSON. Quantities are 0x-hex, as in JSON-RPC. */
export type SignerRequest =
  | { version: 1; method: 'address' }
  | { version: 1; method: 'signMessage'; address: Address; message: string }
  | { version: 1; method: 'signTransaction'; address: Address; transaction: Record<string, string> }
  /** As for `eth_signTypedData_v4`. */
  | { version: 1; method: 'signTypedData'; address: Address; typedData: unknown }

/** The command's exit status when a person or a policy said no. */
const REFUSED = 5
/** The shell's exit statuses for a command that it cannot run or find. */
const NOT_RUN: readonly unknown[] = [126, 127]
/** A signed transaction of ours has less than a thousand bytes. */
const MAX_ANSWER = 64 * 1024
const MAX_REASON = 300
/** So many characters of a secret in a row count as a leak. */
const PIECE = 12

/**
 * Signs with a command: `exec:CMD`. It gets a `SignerRequest` on stdin and answers with 0x-hex on stdout: an address of
 * 20 bytes, a `personal_sign` signature of 65, or a signed EIP-1559 transaction. Exit status 5 is a refusal. Any other
 * status but 0 is a failure, and stderr tells the reason. Wrap it in `verifyingSigner`.
 *
 * Side effects: runs the command, for the address.
 *
 * @throws {SignerCommandError} {SigningFailedError} {SigningRefusedError}
 */
export async function execSigner(options: ExecSignerOptions): Promise<Signer> {
  if (options.command.trim() === '') throw new SignerCommandError('none is named')
  const answered = await ask(options, NOBODY, { version: 1, method: 'address' })
  if (!isAddress(answered, { strict: false })) throw new SignerCommandError('it does not answer with an address')
  const address = getAddress(answered)
  return {
    address,
    signMessage: async (message) => {
      const request = { version: 1, method: 'signMessage', address, message } as const
      return runSigner(address, async () => hexOf(await ask(options, address, request)), message)
    },
    async signTransaction(draft) {
      assertDraftOf(address, draft)
      const request = { version: 1, method: 'signTransaction', address, transaction: fieldsOf(draft) } as const
      const raw = await runSigner(address, async () => hexOf(await ask(options, address, request)))
      return { raw, hash: keccak256(raw) }
    },
    ...paymentSigner(address, async (data) => {
      const typedData: unknown = JSON.parse(typedDataText(data))
      return hexOf(await ask(options, address, { version: 1, method: 'signTypedData', address, typedData }))
    }),
  }
}

const NOBODY: Address = '0x0000000000000000000000000000000000000000'

const fieldsOf = (draft: Draft): Record<string, string> => ({
  type: '0x2',
  chainId: numberToHex(draft.chainId),
  nonce: numberToHex(draft.nonce),
  gas: numberToHex(BigInt(draft.gas)),
  maxFeePerGas: numberToHex(BigInt(draft.maxFeePerGas)),
  maxPriorityFeePerGas: numberToHex(BigInt(draft.maxPriorityFeePerGas)),
  to: draft.to,
  value: '0x0',
  data: draft.data,
})

interface Ended {
  /** Null if it did not end by itself. */
  code: number | null
  stdout: string
  stderr: string
  /** Why it did not end by itself. */
  reason: string | null
}

async function ask(options: ExecSignerOptions, address: Address, request: SignerRequest): Promise<string> {
  const { code, stdout, stderr, reason } = await run(options, `${JSON.stringify(request)}\n`)
  if (code === 0) return stdout.trim()
  const isQuoted = request.method === 'signMessage' && quotes(stderr, request.message)
  const said = isQuoted ? 'it printed the content to sign' : stderr.replace(/\p{Cc}+/gu, ' ').trim()
  if (code === REFUSED) throw new SigningRefusedError(address, said.slice(0, MAX_REASON))
  const why = `${reason ?? `it exited with ${code}`}${said === '' ? '' : `: ${said.slice(0, MAX_REASON)}`}`
  if (NOT_RUN.includes(code)) throw new SignerCommandError(why)
  throw new SigningFailedError({ address, reason: `The command failed: ${why}` })
}

/** Whether a piece of `secret` is in `text`, even if escaped or broken into lines. */
function quotes(text: string, secret: string): boolean {
  const bare = (words: string) => words.replace(/[^\p{L}\p{N}]/gu, '')
  const [printed, wanted] = [bare(text), bare(secret)]
  if (wanted === '') return false
  const last = Math.max(0, wanted.length - PIECE)
  return Array.from({ length: last + 1 }, (_, at) => wanted.slice(at, at + PIECE)).some((piece) =>
    printed.includes(piece),
  )
}

function run({ command, cwd, env, timeoutMs = 60_000 }: ExecSignerOptions, input: string): Promise<Ended> {
  return new Promise((resolve) => {
    // A separate process group, so that ending the shell ends its children as well.
    const child = spawn(command, { shell: true, cwd, env: signerEnv(env), stdio: 'pipe', detached: true })
    const ended: Ended = { code: null, stdout: '', stderr: '', reason: null }
    const end = (reason: string) => {
      ended.reason ??= reason
      killGroup(child.pid)
    }
    const timer = setTimeout(() => end(`it did not end within ${timeoutMs / 1000} s`), timeoutMs)
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        ended[name] += text
        if (ended[name].length > MAX_ANSWER) end('its output is too long')
      })
    }
    // A command that needs no input may close it. Only its answer counts.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', ({ message }) => {
      ended.reason ??= `the shell did not start (${message})`
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal !== null) ended.reason ??= `it died of ${signal}`
      resolve({ ...ended, code: ended.reason === null ? code : null })
    })
  })
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
