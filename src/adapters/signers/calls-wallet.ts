import {
  decodeAbiParameters,
  decodeFunctionData,
  type Hex,
  isHex,
  keccak256,
  numberToHex,
  parseAbi,
  parseAbiParameters,
  stringToHex,
} from 'viem'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import type { Draft } from '../../domain/attempt.ts'
import type { CallsBatch } from '../../domain/batch.ts'
import { CannotSignTransactionsError } from '../../errors/signer/signing.ts'
import { CallsNotAtomicError, WalletOnOtherChainError } from '../../errors/wallet.ts'
import type { CallsStatus } from '../../ports/account.ts'
import type { Signer } from '../../ports/signer.ts'
import { type Eip1193Provider, eip1193Signer } from './eip1193.ts'
import { assertDraftOf, codeIn, runSigner } from './signing.ts'
import { type VerifyOptions, verifyingSigner } from './verify.ts'

export interface CallsWalletOptions extends VerifyOptions {
  /** One of those the wallet shows. Default: the first. */
  address?: Address
  /**
   * The service that pays for the calls (ERC-7677), if the wallet supports it. Default: the wallet pays, or its own
   * paymaster.
   */
  paymasterUrl?: string
  /** For that service, e.g. `{ policyId: '…' }`. Not recorded. */
  paymasterContext?: Readonly<Record<string, unknown>>
  /** The wallet may upgrade the account for this (EIP-7702); it then asks its owner. Default false. */
  mayUpgrade?: boolean
}

/** @see https://eips.ethereum.org/EIPS/eip-5792 (checked 2026-12-01) */
const VERSION = '2.0.0'
const CODES = { duplicateId: 5720, unknownId: 5730 }
const CHAIN = numberToHex(BASE_CHAIN_ID)

const executeAbi = parseAbi(['function execute(bytes32 mode, bytes executionData)'])
const callsAbi = parseAbiParameters('(address to, uint256 value, bytes data)[]')

/**
 * Signs with a wallet behind an EIP-1193 provider that makes several calls together (EIP-5792), all or none: approve
 * and stake are one request. The request is recorded under an id that we choose before the wallet gets it, and the
 * wallet makes the calls of an id only once. In any doubt it is asked for their status, and for the same calls again.
 * Its answers count only if the chain confirms them. Messages are checked: by the address's own key, or by
 * `verifyMessage`.
 *
 * Side effects: requests the accounts and the capabilities of the wallet. No signature.
 *
 * @throws {CallsNotAtomicError} the wallet does not make calls together, or not for this account. {NoAccountError}
 * @throws {SigningFailedError}
 */
export async function callsWallet(provider: Eip1193Provider, options: CallsWalletOptions = {}): Promise<Signer> {
  const { paymasterUrl, paymasterContext = {}, mayUpgrade = false, address: wanted, ...verifying } = options
  const ask = (method: string, params: unknown[] = []) => provider.request({ method, params }, { retryCount: 0 })
  const plain = await eip1193Signer(provider, { ...(wanted !== undefined && { address: wanted }) })
  const { address, signMessage } = verifyingSigner(plain, verifying)
  const offered = capabilitiesIn(
    await runSigner(address, () => ask('wallet_getCapabilities', [address, [CHAIN]])).catch((error: unknown) => {
      throw new CallsNotAtomicError(address, { cause: error })
    }),
  )
  const atomic = offered.atomic?.status
  if (atomic !== 'supported' && !(atomic === 'ready' && mayUpgrade)) throw new CallsNotAtomicError(address)
  if (paymasterUrl !== undefined && offered.paymasterService?.supported !== true)
    throw new CallsNotAtomicError(address, { lacksPaymaster: true })

  const unsent = new Set<Hex>()
  const asked = new Set<Hex>()

  async function send(draft: Draft, { id }: CallsBatch): Promise<Hex> {
    const chainId = Number(await ask('eth_chainId'))
    if (chainId !== draft.chainId) throw new WalletOnOtherChainError({ address, found: chainId, wanted: draft.chainId })
    const request = {
      version: VERSION,
      id,
      chainId: CHAIN,
      from: address,
      atomicRequired: true,
      calls: callsIn(draft.data),
      ...(paymasterUrl !== undefined && {
        capabilities: { paymasterService: { url: paymasterUrl, context: paymasterContext } },
      }),
    }
    try {
      return hashFor(id, await ask('wallet_sendCalls', [request]))
    } catch (error) {
      if (codeIn(error) === CODES.duplicateId) return id
      throw error
    }
  }

  return {
    address,
    signMessage,
    async signTransaction(draft) {
      assertDraftOf(address, draft)
      const { id } = batchOf(draft, address)
      if (!asked.has(id)) unsent.add(id)
      return { raw: null, hash: id }
    },
    calls: {
      ...(paymasterUrl !== undefined && { paymasterUrl }),
      status: (id) =>
        runSigner(address, async () => {
          try {
            return statusIn(await ask('wallet_getCallsStatus', [id]))
          } catch (error) {
            if (codeIn(error) === CODES.unknownId) return { status: 'unknown', hashes: [] } as const
            throw error
          }
        }),
    },
    sending: {
      // It may use any nonce, because it makes the calls of an id only once.
      honoursNonces: true,
      isUnsent: (id) => unsent.has(id),
      async send(draft) {
        assertDraftOf(address, draft)
        const batch = batchOf(draft, address)
        unsent.delete(batch.id)
        asked.add(batch.id)
        return runSigner(address, () => send(draft, batch))
      },
    },
  }
}

function batchOf({ batch }: Draft, address: Address): CallsBatch {
  if (batch?.via !== 'calls') throw new CannotSignTransactionsError(address)
  return batch
}

/** The calls of a draft, decoded from the ERC-7821 form in which they are recorded. */
function callsIn(data: Hex): { to: Address; value: Hex; data: Hex }[] {
  const [, encoded] = decodeFunctionData({ abi: executeAbi, data }).args
  return decodeAbiParameters(callsAbi, encoded)[0].map((call) => ({ ...call, value: numberToHex(call.value) }))
}

/**
 * The id, or another hash if the wallet chose its own id. The attempt is then known to be sent, and is never requested
 * again.
 */
function hashFor(id: Hex, answer: unknown): Hex {
  const given = typeof answer === 'string' ? answer : fieldsOf(answer).id
  if (typeof given !== 'string' || given.toLowerCase() === id.toLowerCase()) return id
  return isHex(given) && given.length === id.length ? given : keccak256(stringToHex(given))
}

interface Capabilities {
  atomic?: { status?: unknown }
  paymasterService?: { supported?: unknown }
}

/** Capabilities on Base, with those of all chains. */
function capabilitiesIn(answer: unknown): Capabilities {
  const byChain = Object.entries(fieldsOf(answer))
  const of = (chainId: number) => byChain.find(([chain]) => Number(chain) === chainId)?.[1]
  return { ...fieldsOf(of(0)), ...fieldsOf(of(BASE_CHAIN_ID)) }
}

/** Reads the status as a number, or as the text of version 1. */
function statusIn(answer: unknown): CallsStatus {
  const { status, receipts } = fieldsOf(answer)
  const hashes = (Array.isArray(receipts) ? receipts : []).flatMap((receipt) => {
    const { transactionHash } = fieldsOf(receipt)
    return typeof transactionHash === 'string' && /^0x[0-9a-f]{64}$/i.test(transactionHash)
      ? [transactionHash.toLowerCase() as Hex]
      : []
  })
  if (status === 'CONFIRMED') return { status: 'confirmed', hashes }
  if (typeof status !== 'number') return { status: 'pending', hashes }
  if (status >= 400) return { status: 'failed', hashes }
  return { status: status >= 200 && status < 300 ? 'confirmed' : 'pending', hashes }
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
