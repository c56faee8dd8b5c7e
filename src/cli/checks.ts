import type { RunRecord } from '../../machines/onboarding/context.ts'
import { reclaimCommand } from '../../machines/onboarding/orphans.ts'
import { formatAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import { formatDuration } from '../domain/duration.ts'
import { judgeFunding } from '../domain/funding.ts'
import { isDoubtful, type KeyRef } from '../domain/key.ts'
import { missingStake } from '../domain/plan.ts'
import type { Position } from '../domain/position.ts'
import type { Ports } from '../driver/effects/io.ts'
import { readHeld, sinksOf } from '../driver/effects/sinks.ts'
import type { ExitClass, OnboardingError } from '../errors/base.ts'
import { type Failure, toFailure } from '../errors/failure.ts'
import { KeyNotReadableError } from '../errors/run.ts'
import type { KeySink } from '../ports/key-sink.ts'

/** One precondition. `fix` is a command or a step. */
export interface Check {
  name: string
  status: 'ok' | 'warn' | 'fail' | 'skip'
  detail: string
  fix: string | null
  /** Exit class when it fails. */
  exit?: ExitClass
}

/** A clock this far off makes 15-minute challenges unreliable. */
const MAX_SKEW_MS = 60_000
/** A key that expires sooner than this is worth a warning. */
const EXPIRY_WARNING_MS = 7 * 86_400_000

const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail, fix: null })
const warn = (name: string, detail: string, fix: string): Check => ({ name, status: 'warn', detail, fix })
const skip = (name: string, detail: string): Check => ({ name, status: 'skip', detail, fix: null })
const fail = (name: string, { message, hint, exit }: Pick<OnboardingError, 'message' | 'hint' | 'exit'>): Check => ({
  name,
  status: 'fail',
  detail: message,
  fix: hint,
  exit,
})

/** Checks every precondition. Reads, and probes the sink; changes and signs nothing. */
export async function checkAll(
  ports: Ports,
  { stakeAmount, record, scrub }: { stakeAmount: bigint; record: RunRecord | null; scrub: (text: string) => string },
): Promise<Check[]> {
  const failure = (error: unknown): Failure =>
    toFailure(error, { at: new Date(ports.clock.now()).toISOString(), jitter: 0, scrub })
  const groups = await Promise.all([
    checkChain(ports, stakeAmount, failure),
    checkVenice(ports, failure),
    checkSink(ports, failure),
    checkKey(ports, record?.key ?? null, failure),
  ])
  return [ok('wallet', ports.signer.address), ...groups.flat(), ...checkMints(record)]
}

type Explain = (error: unknown) => Failure

async function checkChain({ chain, signer }: Ports, stakeAmount: bigint, explain: Explain): Promise<Check[]> {
  const { address } = signer
  try {
    const [position, { diem, stakedDiem, usdc }] = await Promise.all([
      chain.survey({ address, stakeAmount, open: [] }),
      chain.holdings(address),
    ])
    return [
      ok('rpc', `chain 8453, block ${position.blockNumber}`),
      ok('staking contract', `stake(address,uint256), implementation ${position.implementation ?? 'none'}`),
      ...fundsChecks(position, address, stakeAmount),
      ok('DIEM', `${formatAmount(stakedDiem)} staked, ${formatAmount(diem)} not staked`),
      ok('USDC', formatAmount(usdc, { decimals: USDC_DECIMALS })),
    ]
  } catch (error) {
    return [fail('chain', explain(error)), skip('funds', 'not looked at')]
  }
}

function fundsChecks(position: Position, address: string, stakeAmount: bigint): Check[] {
  const stake = missingStake(stakeAmount, BigInt(position.sVvv))
  const send = (what: string) => ({ message: '', hint: `Send ${what} on Base to ${address}.`, exit: 'funds' as const })
  const held = (amount: string, coin: string) => `${formatAmount(amount, { maxFraction: 9 })} ${coin}`
  const eth = held(position.eth, 'ETH')
  const needs = formatAmount(position.feeCeiling, { maxFraction: 9 })
  const checks: Check[] = [
    position.account === 'contract'
      ? fail('account', {
          message: 'It is a contract account.',
          hint: 'Use a wallet with a private key of its own.',
          exit: 'config',
        })
      : ok('account', position.account),
    BigInt(position.eth) < BigInt(position.feeCeiling)
      ? { ...fail('ETH', send('ETH')), detail: `${eth}; up to ${needs} ETH may be needed` }
      : ok('ETH', stake === 0n ? eth : `${eth}; up to ${needs} ETH may be needed`),
    BigInt(position.vvv) < stake
      ? {
          ...fail('VVV', send(`${formatAmount(stake - BigInt(position.vvv))} VVV`)),
          detail: `${held(position.vvv, 'VVV')}; ${formatAmount(stake)} VVV to be staked`,
        }
      : ok('VVV', held(position.vvv, 'VVV')),
    ok(
      'sVVV',
      stake === 0n
        ? `${held(position.sVvv, 'sVVV')}, enough`
        : `${held(position.sVvv, 'sVVV')}; ${formatAmount(stake)} VVV to be staked`,
    ),
  ]
  const allowance = BigInt(position.allowance)
  if (allowance > stake) {
    checks.push(
      warn(
        'allowance',
        held(position.allowance, 'VVV'),
        'More than is to be staked. Approve 0 for the staking contract to take it back.',
      ),
    )
  } else checks.push(ok('allowance', held(position.allowance, 'VVV')))
  return checks
}

async function checkVenice({ venice }: Ports, explain: Explain): Promise<Check[]> {
  try {
    const skewMs = await venice.clockSkewMs()
    const off = formatDuration(Math.abs(skewMs))
    const clock =
      Math.abs(skewMs) > MAX_SKEW_MS
        ? warn('clock', `${off} off Venice's`, 'Set this machine to network time (NTP).')
        : ok('clock', `within ${off} of Venice's`)
    return [ok('venice', 'answers'), clock]
  } catch (error) {
    return [fail('venice', explain(error)), skip('clock', 'not compared')]
  }
}

async function checkSink({ sink, fallbackSinks = [] }: Ports, explain: Explain): Promise<Check[]> {
  const fallbacks = await Promise.all(fallbackSinks.map((fallback) => checkFallback(fallback, explain)))
  try {
    const { warnings } = await sink.probe()
    return [
      ok('sink', sink.name),
      ...warnings.map((warning) => warn('sink', warning, 'Keep keys out of version control.')),
      ...fallbacks,
    ]
  } catch (error) {
    return [fail('sink', explain(error)), ...fallbacks]
  }
}

async function checkFallback(sink: KeySink, explain: Explain): Promise<Check> {
  try {
    await sink.probe()
    return ok('fallback sink', sink.name)
  } catch (error) {
    return warn('fallback sink', explain(error).message, 'Mend that, or name another place with --save-key.')
  }
}

/** Keys that nobody holds, by what is recorded of this wallet's run. */
const checkMints = (record: RunRecord | null): Check[] =>
  (record?.mints ?? [])
    .filter(isDoubtful)
    .map(({ label }) =>
      warn(
        'mint',
        `a key labelled "${label}" may exist that nobody holds`,
        `Run \`${reclaimCommand(record?.key?.type ?? null)}\`.`,
      ),
    )

async function checkKey(ports: Ports, key: KeyRef | null, explain: Explain): Promise<Check[]> {
  const { sink, venice, clock } = ports
  try {
    const apiKey = key === null ? ((await sink.read?.()) ?? null) : await readHeld(ports, key)
    if (apiKey === null && key !== null) {
      const isOpen = sinksOf(ports).some(({ name }) => name === key.sink)
      const { message, hint } = new KeyNotReadableError(key.sink, { isOpen })
      return [warn('key', message, hint)]
    }
    if (apiKey === null) return [skip('key', 'none is stored yet, or it cannot be read back')]
    const now = clock.now()
    const funding = judgeFunding(await venice.rateLimits(apiKey), new Date(now).toISOString())
    const { keyExpiresAt } = funding
    const expires = keyExpiresAt === null ? 'never expires' : `expires ${keyExpiresAt}`
    const isExpiring = keyExpiresAt !== null && Date.parse(keyExpiresAt) - now < EXPIRY_WARNING_MS
    return [
      isExpiring
        ? warn('key', `…${apiKey.slice(-6)} ${expires}`, 'Mint a new one before then.')
        : ok('key', `…${apiKey.slice(-6)} works, ${expires}`),
      funding.spendable === true
        ? ok('spendable', 'Venice admits it')
        : warn(
            'spendable',
            funding.reason ?? 'no',
            'Stake at least 0.1 DIEM with this wallet, or add credit at https://venice.ai/settings/api.',
          ),
    ]
  } catch (error) {
    return [fail('key', explain(error))]
  }
}
