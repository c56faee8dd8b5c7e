import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import type { Attempt, AttemptReport, ChainReport } from '../../domain/attempt.ts'
import { gasOf, termsText } from '../../domain/batch.ts'
import { OperationRefusedError } from '../../errors/bundler.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'
import { CannotReplaceError, UserOperationsError } from '../../errors/wallet.ts'
import type { OperationAccount } from '../../ports/account.ts'
import type { TreasuryChain } from '../../ports/chain.ts'
import { isOfEntryPoint, operationHash, parsed, rpcOperation } from '../user-operation.ts'
import { type AttemptMaker, accountSurveys } from './account-survey.ts'
import type { Bundler } from './bundler.ts'
import type { Reader } from './clients.ts'
import { hasEvent } from './events.ts'
import { draftOperation } from './operation-drafts.ts'
import { createOperationEvents, type Made } from './operation-events.ts'
import { balancesSince, readBalances } from './report.ts'
import { kindOf } from './survey.ts'
import { suggestedTip } from './tip.ts'

/** Gas that stands for an operation which cannot be estimated yet, for the balance check only. */
const ASSUMED_OPERATION_GAS = 900_000n

interface Parts {
  reader: Reader
  account: OperationAccount
  address: Address
  bundler: Bundler
  clock: { now(): number }
  /** Wraps each read, so that it rejects with a class of ours. */
  reading<T>(read: Promise<T>, signal?: AbortSignal): Promise<T>
}

/**
 * `chain` for an account that acts through user operations: what is drafted, sent, found and proven of attempts is of them.
 * The bundler is believed in nothing: an operation counts as made when the chain shows its event, from EntryPoint, in a
 * transaction of the chain.
 */
export function operationChain(chain: TreasuryChain, parts: Parts): TreasuryChain {
  const { reader, account, address, bundler, reading } = parts
  const { client } = reader
  const { address: entryPoint, version } = account.entryPoint
  const refuse = () => Promise.reject(new UserOperationsError(address))
  const { nonceAt, madeOf, userOf } = createOperationEvents({ client, entryPoint, address, bundler })

  const maker: AttemptMaker = {
    async next({ blockNumber, leastNonce }) {
      const nonce = await reader.atBlock(() => nonceAt(blockNumber))
      if (nonce < leastNonce)
        throw new NodeBehindError(`block ${blockNumber} shows nonce ${nonce}, and ${leastNonce - 1} is mined.`)
      return nonce
    },
    draft: (making, slot) => draftOperation(parts, making, slot),
    assumedFee: (_, { maxFeePerGas }) =>
      account.paymasterUrl === undefined ? ASSUMED_OPERATION_GAS * maxFeePerGas : 0n,
    kindOf: ({ kind }) => ({
      account: 'smart',
      operations: {
        entryPoint,
        version,
        isSponsored: account.paymasterUrl !== undefined,
        isDeployed: kind === 'contract',
      },
    }),
  }
  const surveys = accountSurveys(parts, maker)

  async function report(attempts: readonly Attempt[]): Promise<ChainReport> {
    const wallet = { address, attempts }
    const [block, early, nonce, ...made] = await Promise.all([
      client.getBlock({ blockTag: 'latest' }),
      readBalances(reader.uints, wallet),
      nonceAt(),
      ...attempts.map(madeOf),
    ])
    const reports = await Promise.all(
      attempts.map(async (attempt, index): Promise<AttemptReport> => {
        const known = made[index] ?? null
        if (known !== null) return asReport(attempt, known)
        const { hash } = attempt
        const nothing = { hash, blockNumber: null, gasUsed: null, feeWei: null }
        const operation = attempt.intent ?? hash
        if (nonce > attempt.nonce) {
          const user = await userOf(attempt.nonce)
          if (user?.hash === operation) return asReport(attempt, user)
          const usedBy = user && {
            hash: user.receipt.transactionHash,
            blockNumber: user.receipt.blockNumber.toString(),
            isFinal: await isFinal(user.receipt.blockNumber),
          }
          return { ...nothing, status: 'superseded', ...(usedBy && { usedBy }) }
        }
        if (await bundler.knows(operation)) return { ...nothing, status: 'pending' }
        return { ...nothing, status: (await isOutlived(attempt)) ? 'superseded' : 'missing' }
      }),
    )
    const minedAt = reports.map(({ blockNumber }) => BigInt(blockNumber ?? 0)).reduce(max, 0n)
    const balances = await balancesSince(reader, { minedAt, early, wallet })
    return {
      attempts: reports,
      head: {
        number: max(block.number, minedAt).toString(),
        timestamp: Number(block.timestamp),
        baseFeePerGas: (block.baseFeePerGas ?? 0n).toString(),
      },
      nonce,
      ...balances,
    }
  }

  /** Anybody can deploy an account. An operation that would deploy it once more is never made; another one has its nonce. */
  const isOutlived = async ({ batch }: Attempt): Promise<boolean> => {
    if (batch?.via !== 'operation' || batch.factory === null) return false
    return kindOf(await client.getCode({ address })) === 'contract'
  }

  const isFinal = async (blockNumber: bigint): Promise<boolean> => {
    const block = await client.getBlock({ blockTag: 'safe' }).catch(() => null)
    return block !== null && block.number >= blockNumber
  }

  return {
    ...chain,
    get blockTimeMs() {
      return chain.blockTimeMs
    },
    survey: (request, signal) => reading(surveys.survey(request), signal),
    async broadcast(attempt) {
      const read = attempt.raw === null ? null : parsed(attempt.raw)
      if (read === null) throw new UserOperationsError(address)
      const hash = await bundler.send(rpcOperation(read.operation, version, read.signature), attempt)
      if (hash !== '0x' && hash !== (attempt.intent ?? attempt.hash).toLowerCase())
        throw new OperationRefusedError(`it calls the operation ${hash}, which is another one.`)
    },
    async decode(raw) {
      const read = parsed(raw)
      if (read === null || !isOfEntryPoint(read.operation, account)) return null
      const { operation } = read
      return {
        from: operation.sender,
        chainId: BASE_CHAIN_ID,
        nonce: operation.nonce,
        gas: gasOf(operation).toString(),
        maxFeePerGas: operation.maxFeePerGas,
        maxPriorityFeePerGas: operation.maxPriorityFeePerGas,
        to: operation.sender,
        data: operation.callData,
        value: '0',
        hash: operationHash(operation, version),
        terms: termsText(operation),
      }
    },
    report: (_, attempts, signal) => reading(report(attempts), signal),
    hasReceipt: (attempt, signal) =>
      reading(
        madeOf(attempt).then((made) => made !== null),
        signal,
      ),
    // An endpoint could make up what used a nonce, as no signature of the account tells: nothing is ever proven dead by that.
    usedBy: async () => null,
    async feeMarket(_, signal) {
      const read = async () => {
        const [block, maxPriorityFeePerGas, nonce] = await Promise.all([
          client.getBlock({ blockTag: 'latest' }),
          suggestedTip(client),
          nonceAt(),
        ])
        return { baseFeePerGas: block.baseFeePerGas ?? 0n, maxPriorityFeePerGas, nonce, pendingNonce: nonce }
      }
      // The paymaster has signed the fees as well, and the bundler raises those of its own transaction.
      if (account.paymasterUrl !== undefined) throw new CannotReplaceError(address)
      return reading(read(), signal)
    },
    whereabouts: refuse,
    sent: refuse,
    revocation: (_, signal) => reading(surveys.revocation(), signal),
    surveyDiem: (request, signal) => reading(surveys.surveyDiem(request), signal),
    surveyTreasury: refuse,
  }
}

const asReport = (attempt: Attempt, { receipt, isSuccess, gasUsed, cost }: Made): AttemptReport => {
  const { transactionHash } = receipt
  const isShown = hasEvent(attempt, receipt)
  return {
    hash: attempt.hash,
    ...(transactionHash !== attempt.hash && { sentAs: transactionHash }),
    status: isSuccess ? 'mined' : 'reverted',
    ...(isShown !== null && { hasEvent: isShown }),
    blockNumber: receipt.blockNumber.toString(),
    gasUsed: gasUsed.toString(),
    feeWei: cost.toString(),
  }
}
