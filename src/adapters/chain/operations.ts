import {
  decodeEventLog,
  encodeEventTopics,
  encodeFunctionData,
  type Hex,
  numberToHex,
  pad,
  parseAbi,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem'
import { ADDRESSES, type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { max } from '../../domain/amounts.ts'
import {
  type Attempt,
  type AttemptReport,
  type ChainReport,
  type Draft,
  maxCost,
  type Purpose,
} from '../../domain/attempt.ts'
import { gasOf, type OperationBatch, termsText } from '../../domain/batch.ts'
import { type Fees, replacingFees } from '../../domain/fees.ts'
import { missingStake } from '../../domain/plan.ts'
import type { WalletState } from '../../domain/wallet-state.ts'
import { OperationRefusedError } from '../../errors/bundler.ts'
import { NodeBehindError } from '../../errors/chain/endpoints.ts'
import { CannotReplaceError, UserOperationsError } from '../../errors/wallet.ts'
import type { AccountCall, OperationAccount } from '../../ports/account.ts'
import type { Revocation, SurveyRequest, TreasuryChain } from '../../ports/chain.ts'
import { isOfEntryPoint, type Operation, operationHash, operationOf, parsed, rpcOperation } from '../user-operation.ts'
import { diemAbi, stakingAbi } from './abi.ts'
import type { Bundler } from './bundler.ts'
import type { Reader } from './clients.ts'
import { approveCall, withMargin } from './drafts.ts'
import { hasEvent } from './events.ts'
import { requireOwnKey } from './own-key.ts'
import { balancesSince, readBalances } from './report.ts'
import { type Simulation, stakeTogether } from './stake-together.ts'
import { requireKnownStaking } from './staking-form.ts'
import { readWallet, settle, type Wallet, walletStateOf } from './survey.ts'
import { nextDiem, readDiem } from './survey-diem.ts'
import { suggestedTip } from './tip.ts'
import { firstBlockWhere } from './whereabouts.ts'

const entryPointAbi = parseAbi([
  'function getNonce(address sender, uint192 key) view returns (uint256)',
  'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
])
const [OPERATION_EVENT] = encodeEventTopics({ abi: entryPointAbi, eventName: 'UserOperationEvent' })

/** Percent above what a bundler estimates: fees of Ethereum move while an operation waits, and bundlers then refuse it. */
const PRE_VERIFICATION_MARGIN = 20n
const VERIFICATION_MARGIN = 20n
/** Gas that stands for an operation which cannot be estimated yet, for the balance check only. */
const ASSUMED_OPERATION_GAS = 900_000n
/** Everything that an account sends without knowing another key goes one after the other under this one. */
const KEY = 0n

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
  const { reader, account, address, bundler, clock, reading } = parts
  const { client } = reader
  const { version } = account.entryPoint
  const entryPoint = account.entryPoint.address
  const now = () => new Date(clock.now()).toISOString()
  const refuse = () => Promise.reject(new UserOperationsError(address))

  /** The next nonce of the account. */
  const nonceAt = async (blockNumber?: bigint): Promise<number> => {
    const nonce = await client.readContract({
      address: entryPoint,
      abi: entryPointAbi,
      functionName: 'getNonce',
      args: [address, KEY],
      ...(blockNumber !== undefined && { blockNumber }),
    })
    return Number(nonce)
  }

  interface Made {
    hash: Hex
    isSuccess: boolean
    gasUsed: bigint
    /** Wei of the account. */
    cost: bigint
    receipt: TransactionReceipt
  }

  /** What EntryPoint tells of an operation in `receipt`: nobody else can make that event. */
  function madeIn(receipt: TransactionReceipt, is: (event: { hash: Hex; nonce: bigint }) => boolean): Made | null {
    for (const { address: at, topics, data } of receipt.logs) {
      if (at.toLowerCase() !== entryPoint.toLowerCase()) continue
      const event = eventIn({ topics, data })
      if (event === null || event.sender.toLowerCase() !== address.toLowerCase() || !is(event)) continue
      const { hash, success: isSuccess, actualGasUsed: gasUsed, actualGasCost, paymaster } = event
      const cost = BigInt(paymaster) === 0n ? actualGasCost : 0n
      return { hash, isSuccess, gasUsed, cost, receipt }
    }
    return null
  }

  const receiptOf = (hash: Hex): Promise<TransactionReceipt | null> =>
    client.getTransactionReceipt({ hash }).catch((error: unknown) => {
      if (error instanceof TransactionReceiptNotFoundError) return null
      throw error
    })

  /** By the transaction that the record or the bundler names; whoever names it, the chain has to show it. */
  async function madeOf(attempt: Attempt): Promise<Made | null> {
    const operation = attempt.intent ?? attempt.hash
    const transaction = attempt.hash === operation ? await bundler.transactionOf(operation) : attempt.hash
    const receipt = transaction === null ? null : await receiptOf(transaction)
    return receipt && madeIn(receipt, ({ hash }) => hash === operation)
  }

  /** The operation of the account that used `nonce`, found by the block in which EntryPoint counted it. */
  async function userOf(nonce: number): Promise<Made | null> {
    const block = await firstBlockWhere(client, async (number) => (await nonceAt(number)) > nonce, nonce)
    const [fromBlock, toBlock] = [numberToHex(block), numberToHex(block)]
    const logs = await client.request({
      method: 'eth_getLogs',
      params: [{ address: entryPoint, topics: [OPERATION_EVENT, null, pad(address)], fromBlock, toBlock }],
    })
    for (const { transactionHash } of logs) {
      if (transactionHash === null) continue
      const receipt = await receiptOf(transactionHash)
      const made = receipt && madeIn(receipt, (event) => Number(event.nonce) === nonce)
      if (made) return made
    }
    return null
  }

  async function survey({ mintAs, stakeAmount, open, leastNonce = 0 }: SurveyRequest): Promise<WalletState> {
    const readAt = now()
    const [first] = await Promise.all([readWallet(reader, address, mintAs), requireOwnKey(client, mintAs)])
    const code = requireKnownStaking(reader, { account: address, ...first })
    code.catch(() => {})
    const [{ wallet }, nonce] = await Promise.all([
      settle(reader, { address, mintAs, open: [], leastNonce: 0 }, first),
      reader.atBlock(() => nonceAt(first.blockNumber)),
    ])
    const implementationHash = await code
    if (nonce < leastNonce)
      throw new NodeBehindError(`block ${first.blockNumber} shows nonce ${nonce}, and ${leastNonce - 1} is mined.`)
    const stake = missingStake(stakeAmount, wallet.sVvv)
    const { drafts, feeCeiling, simulation } = await plan(wallet, { recipient: mintAs ?? address, stake, nonce, open })
    const state = walletStateOf(wallet, { readAt, implementationHash, simulation })
    return {
      ...state,
      account: 'smart',
      ...(mintAs !== undefined && { mintAs }),
      operations: {
        entryPoint,
        version,
        isSponsored: account.paymasterUrl !== undefined,
        isDeployed: wallet.kind === 'contract',
      },
      drafts,
      feeCeiling: feeCeiling.toString(),
    }
  }

  async function plan(
    wallet: Wallet,
    { recipient, stake, nonce, open }: { recipient: Address; stake: bigint; nonce: number; open: readonly Attempt[] },
  ): Promise<{ drafts: Draft[]; feeCeiling: bigint; simulation: Simulation | null }> {
    if (stake === 0n) return { drafts: [], feeCeiling: 0n, simulation: null }
    const fees = replacingFees(wallet.fees, open)
    const { approve, isShort, simulation, calls } = await stakeTogether(reader, wallet, { address, recipient, stake })
    if (isShort) return { drafts: [], feeCeiling: assumedFor(fees), simulation }
    const drafted = await draft(
      {
        purpose: 'stake',
        calls,
        amount: stake,
        expected: wallet.sVvv + stake,
        approve: approve ?? 0n,
        ...(recipient !== address && { beneficiary: recipient }),
      },
      { nonce, fees },
    )
    return { drafts: [drafted], feeCeiling: maxCost(drafted), simulation }
  }

  const assumedFor = ({ maxFeePerGas }: Fees): bigint =>
    account.paymasterUrl === undefined ? ASSUMED_OPERATION_GAS * maxFeePerGas : 0n

  interface Making {
    purpose: Purpose
    calls: readonly AccountCall[]
    amount: bigint
    expected: bigint
    approve?: bigint
    least?: bigint
    beneficiary?: Address
  }

  /** The operation that makes `calls`, with what the bundler and the paymaster's service say of it. */
  async function draft(
    { purpose, calls, amount, expected, approve = 0n, least, beneficiary }: Making,
    { nonce, fees }: { nonce: number; fees: Fees },
  ): Promise<Draft> {
    const [data, factory] = await Promise.all([
      account.callData(calls.map(({ to, data: inner }) => ({ to, data: inner }))),
      account.factory(),
    ])
    const batch: OperationBatch = {
      via: 'operation',
      approve: approve.toString(),
      ...(least !== undefined && { least: least.toString() }),
      entryPoint,
      callGas: '0',
      verificationGas: '0',
      preVerificationGas: '0',
      factory,
      paymaster: null,
    }
    return withGas({
      purpose,
      chainId: BASE_CHAIN_ID,
      from: address,
      to: address,
      data,
      nonce,
      gas: '0',
      maxFeePerGas: fees.maxFeePerGas.toString(),
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
      l1Fee: '0',
      amount: amount.toString(),
      expected: expected.toString(),
      ...(beneficiary !== undefined && { beneficiary }),
      batch,
    })
  }

  /** The next step towards DIEM staked, as one operation: what is missing to the lock, the lock, or the stake. */
  async function surveyDiem({
    diem,
    open,
    leastNonce = 0,
  }: Parameters<TreasuryChain['surveyDiem']>[0]): Promise<WalletState> {
    const readAt = now()
    const first = await readWallet(reader, address)
    const [{ wallet }, held, implementationHash, nonce] = await Promise.all([
      settle(reader, { address, open: [], leastNonce: 0 }, first),
      readDiem(reader, address, first.blockNumber),
      requireKnownStaking(reader, { account: address, ...first }),
      reader.atBlock(() => nonceAt(first.blockNumber)),
    ])
    if (nonce < leastNonce)
      throw new NodeBehindError(`block ${first.blockNumber} shows nonce ${nonce}, and ${leastNonce - 1} is mined.`)
    const fees = replacingFees(wallet.fees, open)
    const { staked, liquid, unlocked } = held
    const next = await nextDiem(reader, { ...held, diem, blockNumber: wallet.blockNumber })
    const step = await stepFor(next)
    async function stepFor(given: typeof next): Promise<Awaited<ReturnType<typeof plan>>> {
      const at = { nonce, fees }
      switch (given.purpose) {
        case null:
          return { drafts: [], feeCeiling: 0n, simulation: null }
        case 'stakeDiem': {
          const { amount } = given
          return alone(await draft({ ...stakeDiemCall(amount), amount, expected: staked + amount }, at))
        }
        case 'mintDiem': {
          const { lock, toMint } = given
          const made = { ...lockCall(lock, toMint), amount: lock, expected: liquid + staked + toMint, least: toMint }
          return alone(await draft(made, at))
        }
        case 'stake':
          return plan(wallet, { recipient: address, stake: given.stake, nonce, open })
      }
    }
    const later = next.purpose === 'stake' ? 2n : next.purpose === 'mintDiem' ? 1n : 0n
    return {
      ...walletStateOf(wallet, { readAt, implementationHash, simulation: step.simulation }),
      account: 'smart',
      operations: {
        entryPoint,
        version,
        isSponsored: account.paymasterUrl !== undefined,
        isDeployed: wallet.kind === 'contract',
      },
      drafts: step.drafts,
      feeCeiling: (step.feeCeiling + later * assumedFor(fees)).toString(),
      diem: {
        asked: diem.toString(),
        staked: staked.toString(),
        liquid: liquid.toString(),
        unlockedSVvv: unlocked.toString(),
        lock: next.lock.toString(),
      },
    }
  }

  const alone = (drafted: Draft) => ({ drafts: [drafted], feeCeiling: maxCost(drafted), simulation: null })

  async function revocation(): Promise<Revocation> {
    const first = await readWallet(reader, address)
    const [{ wallet }, nonce] = await Promise.all([
      settle(reader, { address, open: [], leastNonce: 0 }, first),
      reader.atBlock(() => nonceAt(first.blockNumber)),
    ])
    const { allowance, eth, fees } = wallet
    if (allowance === 0n) return { allowance, eth, draft: null }
    const made = { purpose: 'revoke' as const, calls: [approveCall({ stake: 0n })], amount: 0n, expected: 0n }
    return { allowance, eth, draft: await draft(made, { nonce, fees }) }
  }

  /** With what the bundler and the paymaster's service say of it. */
  async function withGas(draft: Draft & { batch: OperationBatch }): Promise<Draft> {
    const stub = await account.stubSignature(draft)
    const rpc = (batch: OperationBatch) => rpcOperation(operationIn({ ...draft, batch }), version, stub)
    const offered = await bundler.paymaster(rpc(draft.batch), 'stub')
    const paying = (data: typeof offered, estimate?: { verification: bigint | null; postOp: bigint | null }) =>
      data && {
        address: data.address,
        data: data.data,
        verificationGas: max(BigInt(data.verificationGas), estimate?.verification ?? 0n).toString(),
        postOpGas: max(BigInt(data.postOpGas), estimate?.postOp ?? 0n).toString(),
      }
    const estimate = await bundler.estimate(rpc({ ...draft.batch, paymaster: paying(offered) }))
    const gas = { verification: estimate.paymasterVerificationGas, postOp: estimate.paymasterPostOpGas }
    const estimated: OperationBatch = {
      ...draft.batch,
      callGas: withMargin(draft.purpose, BigInt(estimate.callGas)).toString(),
      verificationGas: plus(estimate.verificationGas, VERIFICATION_MARGIN),
      preVerificationGas: plus(estimate.preVerificationGas, PRE_VERIFICATION_MARGIN),
      paymaster: paying(offered, gas),
    }
    const final = offered === null || offered.isFinal ? null : await bundler.paymaster(rpc(estimated), 'final')
    const held = estimated.paymaster
    // The limits are those that were estimated: the service signs them.
    const batch =
      final === null || held === null ? estimated : { ...estimated, paymaster: { ...held, data: final.data } }
    if (final !== null && final.address.toLowerCase() !== held?.address.toLowerCase())
      throw new OperationRefusedError('the paymaster has another address than it said first.')
    return { ...draft, batch, gas: gasOf(batch).toString() }
  }

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
        return { ...nothing, status: (await bundler.knows(operation)) ? 'pending' : 'missing' }
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

  const isFinal = async (blockNumber: bigint): Promise<boolean> => {
    const block = await client.getBlock({ blockTag: 'safe' }).catch(() => null)
    return block !== null && block.number >= blockNumber
  }

  return {
    ...chain,
    get blockTimeMs() {
      return chain.blockTimeMs
    },
    survey: (request, signal) => reading(survey(request), signal),
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
    revocation: (_, signal) => reading(revocation(), signal),
    surveyDiem: (request, signal) => reading(surveyDiem(request), signal),
    surveyTreasury: refuse,
  }
}

const lockCall = (lock: bigint, toMint: bigint) => {
  const data = encodeFunctionData({ abi: stakingAbi, functionName: 'mintDiem', args: [lock, toMint] })
  return { purpose: 'mintDiem' as const, calls: [{ to: ADDRESSES.staking, data }] }
}

const stakeDiemCall = (amount: bigint) => {
  const data = encodeFunctionData({ abi: diemAbi, functionName: 'stake', args: [amount] })
  return { purpose: 'stakeDiem' as const, calls: [{ to: ADDRESSES.diem, data }] }
}

const plus = (gas: string, percent: bigint): string => ((BigInt(gas) * (100n + percent)) / 100n).toString()

function operationIn(draft: Draft): Operation {
  const operation = operationOf(draft)
  if (operation === null) throw new Error('The draft is no user operation.')
  return operation
}

function eventIn({ topics, data }: { topics: readonly Hex[]; data: Hex }) {
  try {
    const { args } = decodeEventLog({ abi: entryPointAbi, topics: topics as [Hex, ...Hex[]], data })
    const { userOpHash: hash, ...event } = args
    return { ...event, hash }
  } catch {
    return null
  }
}

const asReport = (
  attempt: Attempt,
  {
    receipt,
    isSuccess,
    gasUsed,
    cost,
  }: { receipt: TransactionReceipt; isSuccess: boolean; gasUsed: bigint; cost: bigint },
): AttemptReport => {
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
