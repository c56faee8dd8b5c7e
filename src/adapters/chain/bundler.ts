import type { PublicClient } from 'viem'
import { type Address, BASE_CHAIN_ID, type Hex } from '../../domain/addresses.ts'
import type { OperationTerms } from '../../domain/batch.ts'
import { OnboardingError } from '../../errors/base.ts'
import {
  BundlerError,
  OperationRefusedError,
  PaymasterRefusedError,
  PaymasterTermsError,
} from '../../errors/bundler.ts'
import { FeeTooLowError, NonceContestedError, NonceUsedError } from '../../errors/chain/transactions.ts'
import { CannotPayGasError } from '../../errors/wallet.ts'
import type { EntryPointVersion, OperationAccount } from '../../ports/account.ts'
import { isTransient, nodeText } from './rpc-errors.ts'

/** The gas amounts that a bundler estimates. */
type GasEstimate = Pick<OperationTerms, 'callGas' | 'verificationGas' | 'preVerificationGas'> & {
  paymasterVerificationGas: bigint | null
  paymasterPostOpGas: bigint | null
}

type PaymasterData = NonNullable<OperationTerms['paymaster']> & { isFinal: boolean }

type Rpc = Record<string, Hex>

/** The JSON-RPC of a bundler, and of a paymaster's service. @see ERC-7769, ERC-7677 (checked 2026-11-30) */
export interface Bundler {
  estimate(operation: Rpc): Promise<GasEstimate>
  /** Safe to repeat with the same operation. @returns the hash that the bundler returns. */
  send(operation: Rpc, attempt: { from: Address; nonce: number }): Promise<Hex>
  /** The transaction of the operation, as the bundler reports it; null if it reports none. */
  transactionOf(hash: Hex): Promise<Hex | null>
  /** Whether it has the operation, or reports that it was made. */
  knows(hash: Hex): Promise<boolean>
  /** Null if no service is configured. */
  paymaster(operation: Rpc, stage: 'stub' | 'final'): Promise<PaymasterData | null>
}

/** The fields of an ERC-7677 answer. Anything else, such as extra calls, is ignored. */
const COMMON_FIELDS: readonly string[] = ['sponsor', 'isFinal']
const PAYMASTER_FIELDS: readonly string[] = [
  'paymaster',
  'paymasterData',
  'paymasterVerificationGasLimit',
  'paymasterPostOpGasLimit',
  ...COMMON_FIELDS,
]
/** Of EntryPoint 0.6. */
const PAYMASTER_FIELDS_06: readonly string[] = ['paymasterAndData', ...COMMON_FIELDS]
const KNOWN = /already known|already (?:in|exists)|duplicate/i
/** AA10: it deploys an account that is there by now, so that it can never be made, as if its nonce were used. */
const NONCE_USED = /AA10|AA25|invalid (?:account )?nonce|nonce too low/i
const CANNOT_PAY = /AA21/
const PAYMASTER = /AA3\d|paymaster/i
const UNDERPRICED = /replacement (?:operation |transaction )?underpriced|fee too low to replace/i
const FEE_TOO_LOW = /maxFeePerGas|maxPriorityFeePerGas|fee(?:s)? too low|gas price too low/i

/**
 * @param client - sends to the bundler. @param payer - sends to the paymaster's service; null if there is none.
 */
export function createBundlerClient(
  client: Pick<PublicClient, 'request'>,
  payer: Pick<PublicClient, 'request'> | null,
  {
    entryPoint: { address: entryPoint, version },
    context,
  }: { entryPoint: OperationAccount['entryPoint']; context: Readonly<Record<string, unknown>> },
): Bundler {
  const ask = (of: Pick<PublicClient, 'request'>, method: string, params: readonly unknown[]): Promise<unknown> =>
    of.request({ method, params } as never)
  const asked = (method: string, ...params: unknown[]) => ask(client, method, params)

  return {
    async estimate(operation) {
      const found = await asked('eth_estimateUserOperationGas', operation, entryPoint).catch((error: unknown) => {
        throw refusalOf(error, { from: operation.sender as Address, nonce: Number(operation.nonce) })
      })
      const gas = fieldsOf(found)
      return {
        callGas: quantity(gas.callGasLimit).toString(),
        verificationGas: quantity(gas.verificationGasLimit).toString(),
        preVerificationGas: quantity(gas.preVerificationGas).toString(),
        paymasterVerificationGas: optional(gas.paymasterVerificationGasLimit),
        paymasterPostOpGas: optional(gas.paymasterPostOpGasLimit),
      }
    },
    async send(operation, attempt) {
      try {
        return hashIn(await asked('eth_sendUserOperation', operation, entryPoint))
      } catch (error) {
        if (!(error instanceof OnboardingError) && KNOWN.test(nodeText(error))) return '0x'
        throw refusalOf(error, attempt)
      }
    },
    async transactionOf(hash) {
      const found = await asked('eth_getUserOperationReceipt', hash).catch(unavailable)
      if (found === null || found === undefined) return null
      const { receipt } = fieldsOf(found)
      return hashIn(fieldsOf(receipt).transactionHash)
    },
    async knows(hash) {
      const found = await asked('eth_getUserOperationByHash', hash).catch(unavailable)
      return found !== null && found !== undefined
    },
    async paymaster(operation, stage) {
      if (payer === null) return null
      const method = stage === 'stub' ? 'pm_getPaymasterStubData' : 'pm_getPaymasterData'
      const { signature: _, ...unsigned } = operation
      const params = [unsigned, entryPoint, `0x${BASE_CHAIN_ID.toString(16)}`, context]
      const found = await ask(payer, method, params).catch((error: unknown) => {
        throw isTransient(error) ? new BundlerError(nodeText(error)) : new PaymasterRefusedError(nodeText(error))
      })
      return paymasterIn(found, version)
    },
  }
}

function paymasterIn(found: unknown, version: EntryPointVersion): PaymasterData {
  const fields = fieldsOf(found)
  const known = version === '0.6' ? PAYMASTER_FIELDS_06 : PAYMASTER_FIELDS
  const others = Object.keys(fields).filter((name) => !known.includes(name))
  if (others.length > 0) throw new PaymasterTermsError(others.map((name) => name.slice(0, 40)))
  if (version === '0.6') {
    const { paymasterAndData, isFinal } = fields
    if (typeof paymasterAndData !== 'string' || !/^0x[0-9a-fA-F]{40}(?:[0-9a-fA-F]{2})*$/.test(paymasterAndData))
      throw malformed('no paymaster')
    const [address, data] = [paymasterAndData.slice(0, 42) as Address, `0x${paymasterAndData.slice(42)}` as Hex]
    return { address, data, verificationGas: '0', postOpGas: '0', isFinal: isFinal === true }
  }
  const { paymaster, paymasterData, paymasterVerificationGasLimit, paymasterPostOpGasLimit, isFinal } = fields
  if (typeof paymaster !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(paymaster)) throw malformed('no paymaster')
  if (typeof paymasterData !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(paymasterData)) throw malformed('no data')
  return {
    address: paymaster as Address,
    data: paymasterData as Hex,
    verificationGas: (optional(paymasterVerificationGasLimit) ?? 0n).toString(),
    postOpGas: (optional(paymasterPostOpGasLimit) ?? 0n).toString(),
    isFinal: isFinal === true,
  }
}

/** The class for a refusal of the bundler. If its answer was lost, it may have the operation all the same. */
function refusalOf(error: unknown, { from, nonce }: { from: Address; nonce: number }): OnboardingError {
  if (error instanceof OnboardingError) return error
  const text = nodeText(error)
  const facts = [`The bundler said: ${text}`]
  if (NONCE_USED.test(text)) return new NonceUsedError(nonce, { facts })
  if (UNDERPRICED.test(text)) return new NonceContestedError(nonce, { facts })
  if (CANNOT_PAY.test(text)) return new CannotPayGasError(from, { facts })
  if (PAYMASTER.test(text)) return new PaymasterRefusedError(text)
  if (FEE_TOO_LOW.test(text)) return new FeeTooLowError(text)
  return isTransient(error) ? new BundlerError(text) : new OperationRefusedError(text)
}

const unavailable = (error: unknown): never => {
  throw error instanceof OnboardingError ? error : new BundlerError(nodeText(error))
}

const malformed = (what: string) => new BundlerError(`its answer is malformed: ${what}.`)

function fieldsOf(found: unknown): Record<string, unknown> {
  if (typeof found !== 'object' || found === null) throw malformed('no object')
  return found as Record<string, unknown>
}

function quantity(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value !== 'string' || !/^(?:0x[0-9a-fA-F]{1,32}|\d{1,30})$/.test(value))
    throw malformed('no amount of gas')
  return BigInt(value)
}

const optional = (value: unknown): bigint | null => (value === undefined || value === null ? null : quantity(value))

function hashIn(value: unknown): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(value)) throw malformed('no hash')
  return value.toLowerCase() as Hex
}
