import { encodeFunctionData, parseAbi } from 'viem'
import { ADDRESSES, BASE_CHAIN_ID } from '../../src/domain/addresses.ts'
import type { SignedTransaction } from '../../src/domain/attempt.ts'
import type { FundRequest } from '../../src/domain/fund.ts'
import { LONGEST_LIFE_S, type Payment } from '../../src/domain/payment.ts'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { EffectSettings, Ports } from '../../src/driver/effects/io.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { Crash, driveOn, memoryHost } from '../support/memory-host.ts'
import { ADDRESS, attempt, draft, payment, request, VVV, walletState } from '../support/samples.ts'
import { decodeBytes } from '../support/signed-bytes.ts'
import { fakeWorld } from '../support/world.ts'

/** What was approved, whatever a record or an answer says. */
const BUDGET = { maxVvv: VVV, maxFeeWei: 10n ** 15n, maxUsd: 5_000_000n }
const FUND: FundRequest = { way: 'x402', amount: '5000000' }
const io = { signal: new AbortController().signal, report: () => {} }
/** Points after which a run is stopped: a permanently wrong answer can keep it waiting forever. */
const ENOUGH = 400

/** Everything that left the process in one trial. */
interface Seen {
  /** Signed, or sent to the network. */
  transactions: SignedTransaction[]
  payments: Payment[]
  messages: string[]
  stored: string[]
}

export interface Trial {
  seed: number
  kind: string
  /** What was changed, as a path and a value. */
  changes: readonly string[]
  /** What was signed, sent or stored beyond what was approved, a sentence each. */
  violations: readonly string[]
  /** Something was signed, sent or stored nevertheless. */
  hasActed: boolean
}

/** One seeded mutation of a valid record or of answers, and its result. No side effects outside memory. */
export async function tryMutation(seed: number): Promise<Trial> {
  const clock = fakeClock({ seed })
  const chance = (n: number) => Math.floor(clock.random() * n)
  // Small seeds give similar first numbers.
  for (let index = 0; index < 5; index += 1) clock.random()
  const world = fakeWorld({ clock: fakeClock() })
  const changes: string[] = []
  const mutate = <T>(value: T, name: string): T => mutated(value, { chance, name, changes })
  const seen: Seen = { transactions: [], payments: [], messages: [], stored: [] }
  const kind = KINDS[chance(KINDS.length)] ?? 'answers'
  const isAnswers = kind === 'answers'
  const rate = 1 + chance(30)
  const ports = recording(
    isAnswers ? lying(world.ports, { mutate, isDue: () => chance(rate) === 0 }) : world.ports,
    seen,
  )
  const settings: Partial<EffectSettings> = { budget: BUDGET }
  const effects = createEffects(ports, { settings })
  const fund = chance(2) === 0 ? FUND : undefined
  const trials: Record<(typeof KINDS)[number], () => Promise<unknown>> = {
    async sign() {
      const [first, second] = [draft('approve', 7), draft('stake', 8)]
      const input = {
        request: request({ ...(fund && { fund }) }),
        walletState: walletState({ readAt: new Date(world.clock.now()).toISOString(), drafts: [first, second] }),
        attempts:
          chance(2) === 0 ? [] : [attempt('approve', 5, { status: 'mined' }), attempt('stake', 6, { status: 'sent' })],
      }
      return effects.signTransactions(mutate(input, 'input'), io)
    },
    async broadcast() {
      const attempts = [attempt('approve', 7), attempt('stake', 8)]
      return effects.broadcast({ attempts: mutate(attempts, 'attempts') }, io)
    },
    async replace() {
      const attempts = [attempt('approve', 7, { status: 'sent' }), attempt('stake', 8, { status: 'sent' })]
      return effects.replaceTransactions(mutate({ address: ADDRESS, attempts }, 'input') as never, io)
    },
    async pay() {
      const nowS = Math.floor(world.clock.now() / 1000)
      const made = payment({ validAfter: nowS - 600, validBefore: nowS + 300 })
      return effects.postPayment(mutate({ payment: made, fund: FUND, payments: [made] }, 'input'), io)
    },
    async answers() {
      const host = memoryHost({ clock: world.clock, crashAt: ENOUGH })
      await driveOn(host, effects, { input: { request: request({ ...(fund && { fund }) }) } })
    },
  }
  try {
    await trials[kind]()
  } catch (error) {
    // A mutation may break the types; after an exception nothing more was done.
    if (!(error instanceof Error) && !isFailureLike(error)) throw error
    if (error instanceof Crash) changes.push('cut short')
  }
  const hasActed = Object.values(seen).some((list: readonly unknown[]) => list.length > 0)
  return { seed, kind, changes, violations: violationsIn(seen, world), hasActed }
}

const KINDS = ['sign', 'broadcast', 'replace', 'pay', 'answers'] as const

const isFailureLike = (error: unknown): boolean => typeof error === 'object' && error !== null && 'code' in error

/** `ports` that record what is signed, sent and stored. */
function recording(ports: Ports, seen: Seen): Ports {
  const { signer, chain, venice, sink } = ports
  return {
    ...ports,
    signer: {
      ...signer,
      async signTransaction(asked) {
        const signed = await signer.signTransaction(asked)
        const said = signed.raw === null ? null : await decodeBytes(signed.raw)
        if (said !== null) seen.transactions.push(said)
        return signed
      },
      async signMessage(text) {
        seen.messages.push(text)
        return signer.signMessage(text)
      },
      async signPayment(made) {
        seen.payments.push(made)
        return signer.signPayment?.(made) ?? '0x'
      },
    },
    chain: {
      ...chain,
      async broadcast(made) {
        const said = made.raw === null ? null : await decodeBytes(made.raw)
        if (said !== null) seen.transactions.push(said)
        return chain.broadcast(made)
      },
    },
    venice: {
      ...venice,
      async topUp(made, signature) {
        seen.payments.push(made)
        return venice.topUp(made, signature)
      },
    },
    sink: {
      ...sink,
      async store(key, label, owner) {
        seen.stored.push(key.apiKey)
        return sink.store(key, label, owner)
      },
    },
  }
}

const ANSWERS = {
  chain: ['survey', 'report', 'market', 'holdings', 'authorization', 'hasReceipt', 'usedBy', 'whereabouts'],
  venice: ['fetchChallenge', 'paymentTerms', 'walletCredit', 'rateLimits', 'textModels', 'topUp'],
} as const

/** `ports` whose chain and Venice sometimes give a wrong answer. */
function lying(
  ports: Ports,
  { mutate, isDue }: { mutate: <T>(value: T, name: string) => T; isDue: () => boolean },
): Ports {
  const wrap = <Port extends object>(port: Port, names: readonly string[]): Port => {
    const wrapped = { ...port } as Record<string, unknown>
    for (const name of names) {
      const answer = wrapped[name] as (...input: unknown[]) => Promise<unknown>
      wrapped[name] = async (...input: unknown[]) => {
        const honest = await answer(...input)
        return isDue() ? mutate(honest, name) : honest
      }
    }
    return wrapped as Port
  }
  return { ...ports, chain: wrap(ports.chain, ANSWERS.chain), venice: wrap(ports.venice, ANSWERS.venice) }
}

const STRANGE: readonly unknown[] = [
  '0x00000000000000000000000000000000000000aa',
  '0x0000000000000000000000000000000000000000',
  ADDRESSES.usdc,
  ADDRESSES.vvv,
  ADDRESSES.staking,
  '0',
  '1',
  (2n * VVV).toString(),
  (10n ** 30n).toString(),
  '-1',
  '1e18',
  '',
  0,
  -1,
  1.5,
  2 ** 53,
  Number.NaN,
  0n,
  10n ** 24n,
  null,
  undefined,
  true,
  false,
  [],
  {},
  '0xa9059cbb',
  'superseded',
  'reverted',
  'mined',
  'signed',
  'void',
  'settled',
  'stake',
  'mintDiem',
  'sponsor',
  'fillNonce',
  1,
  1_000_000_000_000,
]

interface Mutating {
  chance: (n: number) => number
  name: string
  changes: string[]
}

/** `value` with one to three parts changed: replaced by a strange value or another part, doubled or dropped. */
function mutated<T>(value: T, { chance, name, changes }: Mutating): T {
  const copy = structuredClone({ value })
  for (let times = 1 + chance(3); times > 0; times -= 1) {
    const places = placesIn(copy)
    const place = places[chance(places.length)]
    const other = places[chance(places.length)]
    if (place === undefined || other === undefined) continue
    const { owner, key, path } = place
    const how = chance(5)
    if (how === 0) owner[key] = structuredClone(other.owner[other.key])
    else if (how === 1 && Array.isArray(owner)) owner.push(structuredClone(owner[Number(key)]))
    else if (how === 2 && typeof owner[key] === 'string') owner[key] = nudged(owner[key], chance)
    else if (how === 3 && path.length > 1) delete owner[key]
    else owner[key] = STRANGE[chance(STRANGE.length)]
    changes.push(`${name}.${path.slice(1).join('.')} = ${String(owner[key])}`)
  }
  return copy.value
}

/** Another digit somewhere. */
function nudged(text: string, chance: (n: number) => number): string {
  const at = chance(text.length + 1)
  return `${text.slice(0, at)}${chance(10)}${text.slice(at + chance(2))}`
}

interface Place {
  owner: Record<string, unknown>
  key: string
  path: readonly string[]
}

function placesIn(owner: object, path: readonly string[] = []): Place[] {
  return Object.entries(owner).flatMap(([key, part]) => {
    const place = { owner: owner as Record<string, unknown>, key, path: [...path, key] }
    return typeof part === 'object' && part !== null ? [place, ...placesIn(part, place.path)] : [place]
  })
}

const abi = parseAbi(['function approve(address, uint256)', 'function stake(address, uint256)'])

/** The model: written with viem's own encoding, and without any code of the gate. */
function violationsIn(seen: Seen, world: ReturnType<typeof fakeWorld>): string[] {
  const amounts = seen.transactions.map(amountOf)
  return [
    ...seen.transactions.flatMap((made, index) =>
      amounts[index] === null ? [`${made.to} ${made.data} was signed`] : [],
    ),
    ...seen.transactions.flatMap((made) =>
      same(made.from, ADDRESS) && made.chainId === BASE_CHAIN_ID && made.value === '0'
        ? []
        : [`${JSON.stringify(made)}`],
    ),
    ...(mostStaked(seen.transactions) > BUDGET.maxVvv ? [`${mostStaked(seen.transactions)} may be staked`] : []),
    ...(mostFees(seen.transactions) > BUDGET.maxFeeWei ? [`${mostFees(seen.transactions)} wei may be burnt`] : []),
    ...paymentViolations(seen.payments, world.clock.now()),
    ...seen.messages.filter((text) => !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)).map((text) => `"${text}" was signed`),
    ...seen.stored
      .filter((key) => !world.keys.some(({ apiKey }) => apiKey === key))
      .map((key) => `"${key}" was stored`),
  ]
}

/** VVV that a transaction stakes; null for a kind that may not be signed. */
function amountOf({ to, data }: SignedTransaction): bigint | null {
  const amount = /[0-9a-f]{64}$/.test(data) ? BigInt(`0x${data.slice(-64)}`) : 0n
  const approves = encodeFunctionData({ abi, functionName: 'approve', args: [ADDRESSES.staking, amount] })
  const stakes = encodeFunctionData({ abi, functionName: 'stake', args: [ADDRESS, amount] })
  if (same(to ?? '', ADDRESSES.vvv) && same(data, approves)) return 0n
  if (same(to ?? '', ADDRESSES.staking) && same(data, stakes)) return amount
  return same(to ?? '', ADDRESS) && data === '0x' ? 0n : null
}

/** The most that allowances permit when one signed transaction per nonce is sent, in the worst order. */
function mostStaked(transactions: readonly SignedTransaction[]): bigint {
  const nonces = [...new Set(transactions.map(({ nonce }) => nonce))].sort((a, b) => a - b)
  let states = new Map([['0 0', { allowance: 0n, staked: 0n }]])
  for (const nonce of nonces) {
    const next = new Map(states)
    for (const { allowance, staked } of states.values()) {
      for (const made of transactions.filter((one) => one.nonce === nonce)) {
        const state = after({ allowance, staked }, made)
        next.set(`${state.allowance} ${state.staked}`, state)
      }
    }
    states = next
  }
  return [...states.values()].reduce((most, { staked }) => (staked > most ? staked : most), 0n)
}

function after(state: { allowance: bigint; staked: bigint }, made: SignedTransaction) {
  const amount = amountOf(made) ?? 0n
  if (same(made.to ?? '', ADDRESSES.vvv)) return { ...state, allowance: BigInt(`0x${made.data.slice(-64)}`) }
  if (amount > state.allowance) return state
  return { allowance: state.allowance - amount, staked: state.staked + amount }
}

function mostFees(transactions: readonly SignedTransaction[]): bigint {
  const byNonce = new Map<number, bigint>()
  for (const { nonce, gas, maxFeePerGas } of transactions) {
    const fee = BigInt(gas) * BigInt(maxFeePerGas)
    if (fee > (byNonce.get(nonce) ?? 0n)) byNonce.set(nonce, fee)
  }
  return [...byNonce.values()].reduce((sum, fee) => sum + fee, 0n)
}

const NOT_PAID: readonly string[] = [
  `0x${'0'.repeat(40)}`,
  ADDRESS,
  ADDRESSES.usdc,
  ADDRESSES.vvv,
  ADDRESSES.staking,
  ADDRESSES.diem,
].map((address) => address.toLowerCase())

function paymentViolations(payments: readonly Payment[], nowMs: number): string[] {
  const byNonce = new Map(payments.map((made) => [made.nonce, made]))
  const total = [...byNonce.values()].reduce((sum, { value }) => sum + BigInt(value), 0n)
  const wrong = payments.filter(
    ({ asset, chainId, from, to, validBefore }) =>
      !same(asset, ADDRESSES.usdc) ||
      chainId !== BASE_CHAIN_ID ||
      !same(from, ADDRESS) ||
      NOT_PAID.includes(to.toLowerCase()) ||
      validBefore > nowMs / 1000 + LONGEST_LIFE_S + 900,
  )
  return [
    ...wrong.map((made) => `${JSON.stringify(made)} was signed`),
    ...(total > BUDGET.maxUsd ? [`${total} units of USDC may be paid`] : []),
  ]
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
