import { decodeAbiParameters, decodeFunctionData, encodeFunctionData, parseAbi, parseAbiParameters } from 'viem'
import { parseSiweMessage } from 'viem/siwe'
import { ADDRESSES, type Address, isSameAddress } from '../../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../../domain/amounts.ts'
import { type Draft, maxCost, type Purpose } from '../../domain/attempt.ts'
import { BATCH_MODE, isSponsored } from '../../domain/batch.ts'
import type { Payment } from '../../domain/payment.ts'
import { excerpt } from '../../domain/redact.ts'
import type { SignatureRequest, SignedAmount } from '../../domain/signature-request.ts'
import type { OperationAccount } from '../../ports/account.ts'
import { proofText } from './verify.ts'

/** Every function that this product calls, as declared in its contract. */
const SIGNATURES = [
  'approve(address spender, uint256 amount)',
  'stake(address recipient, uint256 amount)',
  'mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut)',
  'stake(uint256 amount)',
] as const
const ABIS = SIGNATURES.map((signature) => ({ signature, abi: parseAbi([`function ${signature}`]) }))

const NAMES: Readonly<Record<string, string>> = {
  [ADDRESSES.vvv.toLowerCase()]: 'VVV',
  [ADDRESSES.staking.toLowerCase()]: 'the staking contract',
  [ADDRESSES.diem.toLowerCase()]: 'DIEM',
  [ADDRESSES.usdc.toLowerCase()]: 'USDC',
}
const nameOf = (address: string): string => {
  const name = NAMES[address.toLowerCase()]
  return name === undefined ? address : `${name} (${address})`
}

/** What `draft` does, decoded from its call data. Its stated purpose is not trusted. No side effects. */
export function describeTransaction(draft: Draft): SignatureRequest {
  const { from, to, chainId, data } = draft
  const batch = isSameAddress(to, from) ? batchIn(data) : null
  const maxFeeWei = maxCost(draft).toString()
  const fee = `costs at most ${formatAmount(maxFeeWei, { maxFraction: 9 })} ETH in fees`
  if (batch !== null && draft.batch?.via === 'calls') {
    const { paymaster } = draft.batch
    const payer =
      paymaster === null ? `It ${fee}, if the wallet keeps to what it is asked for` : `${paymaster} is to pay`
    const summary = `The wallet ${batch.does}: all of it, or nothing. ${payer}.`
    return { kind: 'calls', address: from, chainId, to, maxFeeWei, expiresAt: null, summary, ...batch.described }
  }
  if (batch !== null) {
    const summary = `The transaction with nonce ${draft.nonce} ${batch.does}: all of it, or nothing. It ${fee}.`
    return { kind: 'transaction', address: from, chainId, to, maxFeeWei, expiresAt: null, summary, ...batch.described }
  }
  const call = callIn(data)
  const isNonceFiller = data === '0x' && to.toLowerCase() === from.toLowerCase()
  const does =
    call === null
      ? isNonceFiller
        ? 'sends nothing to itself, to use up a nonce'
        : `calls something unknown of ${nameOf(to)}`
      : `calls ${call.name}(${Object.values(call.arguments).join(', ')}) of ${nameOf(to)}`
  return {
    kind: 'transaction',
    purpose: call === null ? (isNonceFiller ? 'fillNonce' : 'unknown') : purposeOf(call, to),
    address: from,
    chainId,
    to,
    function: call?.signature ?? null,
    arguments: call?.arguments ?? {},
    amounts: call === null ? [] : amountsOf(call, to),
    maxFeeWei,
    expiresAt: null,
    summary: `The transaction with nonce ${draft.nonce} ${does}, and ${fee}.`,
  }
}

const EXECUTE = 'execute(bytes32 mode, bytes executionData)'
const executeAbi = parseAbi([`function ${EXECUTE}`])
const callsAbi = parseAbiParameters('(address to, uint256 value, bytes data)[]')

type Described = Pick<SignatureRequest, 'purpose' | 'function' | 'arguments' | 'amounts'>

/** The calls that a delegated account is to make together (ERC-7821); null if `data` has none. */
function batchIn(data: Draft['data']): { does: string; described: Described } | null {
  const calls = callsIn(data)
  if (calls === null) return null
  const read = calls.map(({ to, value, data: inner }) => ({ to, value, call: callIn(inner) }))
  const does = read.map(({ to, value, call }) => {
    const what =
      call === null ? 'calls something unknown' : `calls ${call.name}(${Object.values(call.arguments).join(', ')})`
    return `${what} of ${nameOf(to)}${value === 0n ? '' : ` with ${formatAmount(value)} ETH`}`
  })
  const stake = read.at(-1)
  const purposes = read.map(({ to, call }) => (call === null ? 'unknown' : purposeOf(call, to)))
  const isStake =
    ['approve,stake', 'stake'].includes(purposes.join()) &&
    read.every(({ value }) => value === 0n) &&
    new Set(read.map(({ call }) => call?.arguments.amount)).size === 1
  return {
    does: does.join(', then '),
    described: {
      purpose: isStake ? 'stake' : 'unknown',
      function: EXECUTE,
      arguments: Object.fromEntries(does.map((text, index) => [`call ${index + 1}`, text])),
      amounts: isStake && stake?.call ? amountsOf(stake.call, stake.to) : [],
    },
  }
}

function callsIn(data: Draft['data']): readonly { to: Address; value: bigint; data: Draft['data'] }[] | null {
  try {
    const [mode, inner] = decodeFunctionData({ abi: executeAbi, data }).args
    if (mode !== BATCH_MODE) return null
    return decodeAbiParameters(callsAbi, inner)[0]
  } catch {
    return null
  }
}

/**
 * What a user operation does. Each kind of account encodes calls in its own way. So the data is not decoded, but
 * compared with the account's encoding of the calls that this product knows. No side effects.
 */
export async function describeOperation(
  draft: Draft,
  { callData, entryPoint: { version } }: Pick<OperationAccount, 'callData' | 'entryPoint'>,
): Promise<SignatureRequest> {
  const { from, chainId, data, amount, beneficiary, batch } = draft
  const encode = (to: Address, inner: Draft['data']) => ({ to, data: inner })
  const units = BigInt(amount)
  const least = batch?.via === 'operation' ? (batch.least ?? '0') : '0'
  const approveOf = (vvv: bigint) =>
    encode(
      ADDRESSES.vvv,
      encodeFunctionData({ abi: accountCalls, functionName: 'approve', args: [ADDRESSES.staking, vvv] }),
    )
  const stake = encode(
    ADDRESSES.staking,
    encodeFunctionData({ abi: accountCalls, functionName: 'stake', args: [beneficiary ?? from, units] }),
  )
  const lock = encode(
    ADDRESSES.staking,
    encodeFunctionData({ abi: accountCalls, functionName: 'mintDiem', args: [units, BigInt(least)] }),
  )
  const stakeDiem = encode(
    ADDRESSES.diem,
    encodeFunctionData({ abi: accountCalls, functionName: 'stake', args: [units] }),
  )
  const text = formatAmount(amount)
  const staking = `stakes ${text} VVV for ${beneficiary ?? 'the account itself'}`
  const candidates: readonly KnownOperation[] = [
    {
      purpose: 'stake',
      calls: [approveOf(units), stake],
      coin: 'VVV',
      does: `lets the staking contract pull ${text} VVV, and ${staking}: all of it, or nothing`,
    },
    { purpose: 'stake', calls: [stake], coin: 'VVV', does: staking },
    {
      purpose: 'mintDiem',
      calls: [lock],
      coin: 'sVVV',
      does: `locks ${text} sVVV for ${formatAmount(least)} DIEM or more`,
    },
    { purpose: 'stakeDiem', calls: [stakeDiem], coin: 'DIEM', does: `stakes ${text} DIEM` },
    { purpose: 'revoke', calls: [approveOf(0n)], coin: 'VVV', does: 'sets the allowance of the staking contract to 0' },
  ]
  const matches = await Promise.all(candidates.map(async ({ calls }) => (await callData(calls)) === data))
  const known = candidates.find((_, index) => matches[index])
  const isPaid = isSponsored(batch)
  const maxFeeWei = maxCost(draft).toString()
  const payer = batch?.via === 'operation' ? batch.paymaster?.address : undefined
  const fee = isPaid
    ? `The paymaster ${payer} pays the gas.`
    : `It costs at most ${formatAmount(maxFeeWei, { maxFraction: 9 })} ETH in fees.`
  return {
    kind: 'operation',
    purpose: known?.purpose ?? 'unknown',
    address: from,
    chainId,
    to: from,
    function: null,
    arguments: {
      entryPoint: version,
      ...(payer !== undefined && { paymaster: payer }),
      ...(beneficiary !== undefined && { recipient: beneficiary }),
    },
    amounts: known === undefined ? [] : [coins(known.coin, amount)],
    maxFeeWei,
    expiresAt: null,
    summary: `The user operation with nonce ${draft.nonce} ${known?.does ?? 'does something unknown'}. ${fee}`,
  }
}

const accountCalls = parseAbi([
  'function approve(address spender, uint256 amount)',
  'function stake(address recipient, uint256 amount)',
  'function mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut)',
  'function stake(uint256 amount)',
])

/** Something that an account does in one operation. */
interface KnownOperation {
  purpose: Purpose
  calls: readonly { to: Address; data: Draft['data'] }[]
  coin: SignedAmount['coin']
  does: string
}

interface Call {
  signature: (typeof SIGNATURES)[number]
  name: string
  arguments: Record<string, string>
}

function callIn(data: Draft['data']): Call | null {
  for (const { signature, abi } of ABIS) {
    try {
      const { functionName, args = [] } = decodeFunctionData({ abi, data })
      const names = [...signature.matchAll(/\b\w{1,64} (\w{1,64})/g)].map(([, name = '']) => name)
      const values: readonly unknown[] = args
      return {
        signature,
        name: functionName,
        arguments: Object.fromEntries(names.map((name, index) => [name, String(values[index])])),
      }
    } catch {
      // Another function.
    }
  }
  return null
}

function purposeOf({ signature, arguments: { amount } }: Call, to: Address): SignatureRequest['purpose'] {
  if (signature.startsWith('approve') && isSameAddress(to, ADDRESSES.vvv)) return amount === '0' ? 'revoke' : 'approve'
  if (signature === 'stake(address recipient, uint256 amount)' && isSameAddress(to, ADDRESSES.staking)) return 'stake'
  if (signature.startsWith('mintDiem') && isSameAddress(to, ADDRESSES.staking)) return 'mintDiem'
  if (signature === 'stake(uint256 amount)' && isSameAddress(to, ADDRESSES.diem)) return 'stakeDiem'
  return 'unknown'
}

function amountsOf(call: Call, to: Address): SignedAmount[] {
  const { amount = '0', sVVVAmountToLock = '0' } = call.arguments
  switch (purposeOf(call, to)) {
    case 'approve':
    case 'revoke':
    case 'stake':
      return [coins('VVV', amount)]
    case 'mintDiem':
      return [coins('sVVV', sVVVAmountToLock)]
    case 'stakeDiem':
      return [coins('DIEM', amount)]
    default:
      return []
  }
}

const coins = (coin: SignedAmount['coin'], units: string): SignedAmount => ({ coin, units, text: formatAmount(units) })

/** The amount and the recipient of a payment, and until when it may be used. No side effects. */
export function describePayment(payment: Payment): SignatureRequest {
  const { asset, chainId, from, to, value, validAfter, validBefore } = payment
  const isUsdc = isSameAddress(asset, ADDRESSES.usdc)
  const text = formatAmount(value, { decimals: USDC_DECIMALS })
  const expiresAt = new Date(validBefore * 1_000).toISOString()
  const amount = isUsdc ? `${text} USDC` : `${value} base units of ${asset}`
  return {
    kind: 'typedData',
    purpose: isUsdc ? 'payment' : 'unknown',
    address: from,
    chainId,
    to,
    function:
      'TransferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce)',
    arguments: { asset, from, to, value, validAfter: String(validAfter), validBefore: String(validBefore) },
    amounts: isUsdc ? [{ coin: 'USDC', units: value, text }] : [],
    maxFeeWei: null,
    expiresAt,
    summary: `Whoever holds this authorisation can move ${amount} from ${from} to ${to}, once, until ${expiresAt}.`,
  }
}

/** Describes a text to be signed with `personal_sign`, without the parts that would make it usable. No side effects. */
export function describeMessage(address: Address, text: string): SignatureRequest {
  const described = { kind: 'message', address, to: null, function: null, amounts: [], maxFeeWei: null } as const
  if (text === proofText(address)) {
    const summary = 'A text without any use. It shows whether the signatures of the wallet belong to its address.'
    return { ...described, purpose: 'proof', chainId: null, arguments: {}, expiresAt: null, summary }
  }
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) {
    const expiresAt = expiryOf(text)
    const summary = 'A token of Venice. Its signature lets one API key be made for this wallet.'
    return { ...described, purpose: 'mintKey', chainId: null, arguments: { form: 'jwt' }, expiresAt, summary }
  }
  const { domain, statement, uri, chainId = null, resources = [], expirationTime } = parseSiweMessage(text)
  const expiresAt = dateText(expirationTime)
  if (domain === undefined || uri === undefined) {
    const summary = `A text of ${text.length} characters that is neither a token nor a sign-in message.`
    return { ...described, purpose: 'unknown', chainId, arguments: {}, expiresAt, summary }
  }
  const said = { form: 'siwe', domain, uri, statement: excerpt(statement ?? ''), resources: resources.join(' ') }
  const isForKey = resources.includes('urn:venice:api-key:create')
  const what = isForKey
    ? 'with the signature, one API key is made for this wallet'
    : 'the wallet signs in for a request'
  const summary = `A message for ${excerpt(domain, 80)}: ${what}.`
  const purpose = isForKey ? 'mintKey' : 'signIn'
  return { ...described, purpose, chainId, arguments: said, expiresAt, summary }
}

const dateText = (date: Date | undefined): string | null =>
  date === undefined || Number.isNaN(date.getTime()) ? null : date.toISOString()

function expiryOf(token: string): string | null {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown
    }
    return typeof exp === 'number' ? dateText(new Date(exp * 1_000)) : null
  } catch {
    return null
  }
}
