import { decodeAbiParameters, decodeFunctionData, parseAbi, parseAbiParameters } from 'viem'
import { parseSiweMessage } from 'viem/siwe'
import { ADDRESSES, type Address, isSameAddress } from '../../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../../domain/amounts.ts'
import { type Draft, maxCost } from '../../domain/attempt.ts'
import { BATCH_MODE } from '../../domain/batch.ts'
import type { Payment } from '../../domain/payment.ts'
import { excerpt } from '../../domain/redact.ts'
import type { SignatureRequest, SignedAmount } from '../../domain/signature-request.ts'
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
  const purposes = read.map(({ to, call }) => (call === null ? 'unknown' : purposeOf(call, to)))
  const isKnown =
    KNOWN_BATCHES.includes(purposes.join()) &&
    read.every(({ value }) => value === 0n) &&
    (purposes[0] !== 'approve' || new Set(read.map(({ call }) => call?.arguments.amount)).size === 1)
  // What is approved is what is staked: it is no amount of its own.
  const amounts = read.flatMap(({ to, call }, index) =>
    call === null || purposes[index] === 'approve' ? [] : amountsOf(call, to),
  )
  return {
    does: does.join(', then '),
    described: {
      purpose: isKnown ? (purposes.find((purpose) => purpose !== 'approve') ?? 'unknown') : 'unknown',
      function: EXECUTE,
      arguments: Object.fromEntries(does.map((text, index) => [`call ${index + 1}`, text])),
      amounts: isKnown ? amounts : [],
    },
  }
}

/** Purposes of calls that this product has made together, or as a list of one. */
const KNOWN_BATCHES = ['approve,stake', 'stake', 'mintDiem,stakeDiem', 'mintDiem', 'stakeDiem', 'revoke']

function callsIn(data: Draft['data']): readonly { to: Address; value: bigint; data: Draft['data'] }[] | null {
  try {
    const [mode, inner] = decodeFunctionData({ abi: executeAbi, data }).args
    if (mode !== BATCH_MODE) return null
    return decodeAbiParameters(callsAbi, inner)[0]
  } catch {
    return null
  }
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

export const coins = (coin: SignedAmount['coin'], units: string): SignedAmount => ({
  coin,
  units,
  text: formatAmount(units),
})

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
