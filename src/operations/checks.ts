import type { RunRecord } from '../../machines/onboarding/context.ts'
import { reclaimAction } from '../../machines/onboarding/orphans.ts'
import { retiredWarnings, rotateAction } from '../../machines/onboarding/retired.ts'
import { formatAmount, inUsdc, USDC_DECIMALS } from '../domain/amounts.ts'
import { PAY_AS_WALLET } from '../domain/credential-options.ts'
import { formatDuration } from '../domain/duration.ts'
import type { FundRequest } from '../domain/fund.ts'
import { adviceOn, type FundingAdvice } from '../domain/funding-advice.ts'
import { LEAST_TOP_UP } from '../domain/funding-options.ts'
import { isDoubtful, type KeyRequest, mayBeSentTo } from '../domain/key.ts'
import { keyExpiry } from '../domain/key-expiry.ts'
import { action, say, setting, type Told } from '../domain/next-action.ts'
import { missingStake } from '../domain/plan.ts'
import type { CredentialKind } from '../domain/request.ts'
import { accountText, stakingText, type WalletState } from '../domain/wallet-state.ts'
import { fundingOf } from '../driver/effects/funding.ts'
import { waitForHeads } from '../driver/effects/head-wait.ts'
import { minterOf, type Ports } from '../driver/effects/io.ts'
import { heldByOthers, readHeld, sinksOf } from '../driver/effects/sinks.ts'
import { actionFor } from '../driver/result.ts'
import type { ExitClass, OnboardingError } from '../errors/base.ts'
import { type Failure, toFailure } from '../errors/failure.ts'
import { KeyNotReadableError } from '../errors/key.ts'
import { KeyOfOtherOriginError, SinkHoldsAnotherKeyError } from '../errors/sink.ts'
import type { KeySink } from '../ports/key-sink.ts'
import { ownKeysOf } from './own-keys.ts'

/** One precondition. `fix` is a command or a step. */
export interface Check {
  name: string
  status: 'ok' | 'warn' | 'fail' | 'skip'
  detail: Told
  fix: Told | null
  /** Exit class when it fails. */
  exit?: ExitClass
}

/** Milliseconds. Signed times follow Venice's clock, but a local clock that is further off is still a fault. */
const MAX_SKEW_MS = 30_000
/** Milliseconds; see `serverClock`. */
const MOST_CORRECTED_MS = 600_000
/** Milliseconds for a connection and its first block; or this many blocks, if they are slow. */
const ANNOUNCED_WITHIN_MS = 5_000
const ANNOUNCED_WITHIN_BLOCKS = 3
const ROTATE = say`Run ${action('keys.rotate')}.`

const ok = (name: string, detail: Told): Check => ({ name, status: 'ok', detail, fix: null })
const warn = (name: string, detail: Told, fix: Told): Check => ({ name, status: 'warn', detail, fix })
const skip = (name: string, detail: Told): Check => ({ name, status: 'skip', detail, fix: null })
const fail = (
  name: string,
  { message, hint, exit }: { message: Told } & Pick<OnboardingError, 'hint' | 'exit'>,
): Check => ({
  name,
  status: 'fail',
  detail: message,
  fix: hint,
  exit,
})

interface Asked {
  stakeAmount: bigint
  /** Default `key`. */
  credential?: CredentialKind | undefined
  fund?: FundRequest | undefined
}

/** Checks every precondition. It reads and probes the sink, but changes and signs nothing. */
export async function checkAll(
  ports: Ports,
  {
    stakeAmount,
    credential,
    fund,
    record,
    request,
    scrub,
  }: Asked & {
    record: RunRecord | null
    /** The request of the recorded key, because no answer of Venice tells its limits. */
    request: KeyRequest
    scrub: (text: string) => string
  },
): Promise<Check[]> {
  const failure = (error: unknown): Failure =>
    toFailure(error, { at: new Date(ports.clock.now()).toISOString(), jitter: 0, scrub })
  const groups = await Promise.all([
    checkChain(ports, { stakeAmount, credential, fund }, failure),
    checkAnnouncements(ports),
    checkEachEndpoint(ports, failure),
    checkVenice(ports, failure),
    checkSink(ports, record, failure),
    record?.key === null && record.retired.length > 0
      ? [skip('key', 'this run has none now')]
      : checkKey(ports, { record, request }, failure),
  ])
  return [
    ok('wallet', ports.signer.address),
    ...(ports.minter === undefined ? [] : [ok('mints as', ports.minter.address)]),
    ...groups.flat(),
    ...checkEndpoints(ports),
    ...checkRetired(record),
    ...checkMints(record),
  ]
}

/** What the earlier reads showed that an endpoint lacks. A run succeeds all the same, so nothing needs a fix. */
const checkEndpoints = ({ chain }: Ports): Check[] =>
  (chain.lacks?.() ?? []).map(({ endpoint, lack, cost }) => ({
    name: 'endpoint',
    status: 'warn',
    detail: `${endpoint} ${lack}: ${cost}`,
    fix: null,
  }))

type Explain = (error: unknown) => Failure

/** A run uses the endpoints that answer. If none answers, the other checks say so. */
async function checkEachEndpoint({ chain }: Ports, explain: Explain): Promise<Check[]> {
  const faults = (await chain.endpointFaults?.()) ?? []
  return faults.map(({ endpoint, error }) => {
    const { message, hint } = explain(error)
    return warn('endpoint', message.includes(endpoint) ? message : `${endpoint}: ${message}`, hint)
  })
}

const PAYS_AS_WALLET = say`the wallet can pay for calls by itself, without VVV or ETH: ${PAY_AS_WALLET}`

/** Checks all that a wallet needs that pays by itself. */
async function checkUsdc(
  { chain, signer }: Pick<Ports, 'chain' | 'signer'>,
  fund: FundRequest | undefined,
): Promise<Check[]> {
  const { usdc } = await chain.holdings(signer.address)
  const needs = fund?.way === 'x402' ? BigInt(fund.amount) : 0n
  const held = inUsdc(usdc)
  if (usdc >= needs) return [ok('rpc', 'answers'), ok('USDC', held)]
  const asked = formatAmount(needs, { decimals: USDC_DECIMALS })
  const hint = `Send ${asked} USDC on Base to ${signer.address}, less what credit the wallet has.`
  return [ok('rpc', 'answers'), warn('USDC', `${held}; up to ${asked} USDC are to be paid`, hint)]
}

async function checkChain(
  { chain, signer, minter }: Ports,
  { stakeAmount, credential, fund }: Asked,
  explain: Explain,
): Promise<Check[]> {
  const { address } = signer
  try {
    if (credential === 'wallet') return await checkUsdc({ chain, signer }, fund)
    const [walletState, { diem, stakedDiem, usdc }] = await Promise.all([
      chain.survey({ address, mintAs: minter?.address, stakeAmount, open: [] }),
      chain.holdings(address),
    ])
    return [
      ok('rpc', `chain 8453, block ${walletState.blockNumber}`),
      stakingCheck(walletState),
      ...fundsChecks(walletState, address, stakeAmount),
      ok('DIEM', `${formatAmount(stakedDiem)} staked, ${formatAmount(diem)} not staked`),
      ok('USDC', formatAmount(usdc, { decimals: USDC_DECIMALS })),
      ...(usdc >= LEAST_TOP_UP ? [ok('without a key', PAYS_AS_WALLET)] : []),
    ]
  } catch (error) {
    return [fail('chain', explain(error)), skip('funds', 'not checked')]
  }
}

function stakingCheck(walletState: WalletState): Check {
  const [name, text] = ['staking contract', stakingText(walletState)]
  const fix = 'To have the stake simulated first, give an endpoint that serves eth_call with state overrides.'
  return walletState.stakeSimulation === 'unavailable' ? warn(name, text, fix) : ok(name, text)
}

/** Checks that the endpoints for announcements announce blocks. Takes one block, and longer only if none comes. */
async function checkAnnouncements({ chain, clock }: Ports): Promise<Check[]> {
  if (!chain.announcesBlocks) return []
  const heads = waitForHeads({ chain, clock }, new AbortController().signal)
  const waitMs = Math.max(ANNOUNCED_WITHIN_MS, ANNOUNCED_WITHIN_BLOCKS * chain.blockTimeMs)
  const isHeard = await heads.until(clock.now() + waitMs)
  heads.stop()
  if (isHeard) return [ok('announcements', 'blocks are announced')]
  const why = chain.announcementFault?.() ?? null
  const silence = `no block was announced within ${formatDuration(waitMs)}${why === null ? '' : `, because ${why}`}`
  const detail = `${silence}; the program polls for blocks instead`
  return [
    warn('announcements', detail, say`Check the ws(s) endpoint given with ${setting('rpcUrl')}, or leave it out.`),
  ]
}

function fundsChecks(walletState: WalletState, address: string, stakeAmount: bigint): Check[] {
  const stake = missingStake(stakeAmount, BigInt(walletState.sVvv))
  const send = (what: string) => ({ message: '', hint: `Send ${what} on Base to ${address}.`, exit: 'funds' as const })
  const held = (amount: string, coin: string) => `${formatAmount(amount, { maxFraction: 9 })} ${coin}`
  const eth = held(walletState.eth, 'ETH')
  const needs = formatAmount(walletState.feeCeiling, { maxFraction: 9 })
  const checks: Check[] = [
    walletState.account === 'contract'
      ? fail('account', {
          message: 'It is a contract account.',
          hint: 'Use a wallet with a private key of its own.',
          exit: 'config',
        })
      : ok('account', accountText(walletState)),
    BigInt(walletState.eth) < BigInt(walletState.feeCeiling)
      ? { ...fail('ETH', send('ETH')), detail: `${eth}; up to ${needs} ETH may be needed` }
      : ok('ETH', stake === 0n ? eth : `${eth}; up to ${needs} ETH may be needed`),
    BigInt(walletState.vvv) < stake
      ? {
          ...fail('VVV', send(`${formatAmount(stake - BigInt(walletState.vvv))} VVV`)),
          detail: `${held(walletState.vvv, 'VVV')}; ${formatAmount(stake)} VVV to stake`,
        }
      : ok('VVV', held(walletState.vvv, 'VVV')),
    ok(
      'sVVV',
      stake === 0n
        ? `${held(walletState.sVvv, 'sVVV')}, enough`
        : `${held(walletState.sVvv, 'sVVV')}; ${formatAmount(stake)} VVV to stake`,
    ),
  ]
  const allowance = BigInt(walletState.allowance)
  if (allowance > stake) {
    checks.push(
      warn(
        'allowance',
        held(walletState.allowance, 'VVV'),
        say`The allowance is higher than the stake needs. ${action('revokeAllowance')} removes it.`,
      ),
    )
  } else checks.push(ok('allowance', held(walletState.allowance, 'VVV')))
  return checks
}

/** @param skewMs - milliseconds that Venice's clock is ahead. */
function clockText(skewMs: number): string {
  const off = `${formatDuration(Math.abs(skewMs))} ${skewMs < 0 ? 'ahead of' : 'behind'} Venice's`
  return Math.abs(skewMs) > MOST_CORRECTED_MS
    ? `${off}, too much to be corrected where times are signed`
    : `${off}; times that are signed are corrected by it`
}

/**
 * The command that sets the system clock from the network.
 *
 * @see timedatectl(1), sntp(8) of macOS, https://learn.microsoft.com/windows-server/networking/windows-time-service
 */
export function clockCommand(platform: NodeJS.Platform): string {
  switch (platform) {
    case 'darwin':
      return '`sudo sntp -sS time.apple.com`'
    case 'win32':
      return '`w32tm /resync` as administrator'
    case 'linux':
      return '`sudo timedatectl set-ntp true`; in a container or a virtual machine, on its host'
    default:
      return 'by NTP'
  }
}

/** An answer alone says little. It must give a challenge that can be signed. */
async function checkVenice({ venice, ...wallets }: Ports, explain: Explain): Promise<Check[]> {
  try {
    const [skewMs] = await Promise.all([venice.clockSkewMs(), venice.fetchChallenge(minterOf(wallets).address)])
    const off = formatDuration(Math.abs(skewMs))
    const clock =
      Math.abs(skewMs) > MAX_SKEW_MS
        ? warn('clock', clockText(skewMs), `Set this machine to network time: ${clockCommand(process.platform)}.`)
        : ok('clock', `within ${off} of Venice's`)
    return [ok('venice', 'answers, and gives a challenge to sign'), clock]
  } catch (error) {
    return [fail('venice', explain(error)), skip('clock', 'not compared')]
  }
}

async function checkSink(
  { sink, fallbackSinks = [] }: Ports,
  record: RunRecord | null,
  explain: Explain,
): Promise<Check[]> {
  const fallbacks = await Promise.all(fallbackSinks.map((fallback) => checkFallback(fallback, explain)))
  try {
    const probe = await sink.probe()
    const { warnings } = probe
    const held = heldByOthers(sink, probe, { isOwnKey: ownKeysOf(record) })
    const other = held && new SinkHoldsAnotherKeyError(held)
    return [
      other === null ? ok('sink', sink.name) : warn('sink', other.message, other.hint),
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
    return warn(
      'fallback sink',
      explain(error).message,
      say`Fix the cause, or name another place with ${setting('saveKey')}.`,
    )
  }
}

function adviceText(advice: FundingAdvice, record: RunRecord | null): Told {
  const sentences = [advice.step, ...advice.links].join(' ')
  // The user is running `doctor` already.
  if (record === null || advice.action === 'doctor') return sentences
  return say`${sentences} Run ${actionFor(advice, record)}.`
}

/** Earlier keys of this wallet's run, and a current one that is not as requested. */
function checkRetired(record: RunRecord | null): Check[] {
  if (record === null) return []
  const isLeftWithout = record.key === null && record.retired.at(-1)?.status === 'revoked'
  const remedy = isLeftWithout ? action('run') : rotateAction(record)
  return [
    ...retiredWarnings(record).map((warning) => warn('key', warning, say`Run ${remedy}.`)),
    ...(record.funding?.differences ?? []).map((difference) => warn('key limits', difference, ROTATE)),
  ]
}

/** Keys that nobody has, by the record of this wallet's run. */
const checkMints = (record: RunRecord | null): Check[] =>
  (record?.mints ?? [])
    .filter(isDoubtful)
    .map(({ label }) =>
      warn(
        'mint',
        `a key labelled "${label}" may exist that nobody holds`,
        say`Run ${reclaimAction(record?.key?.type ?? null)}.`,
      ),
    )

async function checkKey(
  ports: Ports,
  { record, request }: { record: RunRecord | null; request: KeyRequest },
  explain: Explain,
): Promise<Check[]> {
  const { sink, clock } = ports
  const key = record?.key ?? null
  if (key !== null) {
    const { status, warning } = keyExpiry(key, clock.now())
    // Venice would only answer that it does not know the key.
    if (status === 'expired') return [fail('key', { message: warning ?? '', hint: ROTATE, exit: 'rejected' })]
  }
  try {
    const apiKey = key === null ? ((await sink.read?.()) ?? null) : await readHeld(ports, key)
    if (apiKey === null && key !== null) {
      const isOpen = sinksOf(ports).some(({ name }) => name === key.sink)
      const { message, hint } = new KeyNotReadableError(key.sink, { isOpen })
      return [warn('key', message, hint)]
    }
    if (apiKey === null) return [skip('key', 'none is stored yet, or it cannot be read back')]
    if (key === null) {
      const minted = (await sink.probe()).origin ?? null
      const asked = ports.venice.origin
      if (asked !== undefined && !mayBeSentTo(asked, minted)) {
        const { message, facts } = new KeyOfOtherOriginError({ last6: apiKey.slice(-6), minted, asked })
        return [skip('key', [message, ...facts].join(' '))]
      }
    }
    const now = clock.now()
    const funding = await fundingOf(ports, { apiKey, asked: key === null ? undefined : request })
    const advice = adviceOn(funding, request)
    const { keyExpiresAt } = funding
    const last6 = apiKey.slice(-6)
    const expires = keyExpiresAt === null ? 'never expires' : `expires ${keyExpiresAt}`
    const { warning } = keyExpiry({ expiresAt: keyExpiresAt, last6 }, now)
    return [
      warning === null ? ok('key', `…${last6} works, ${expires}`) : warn('key', warning, ROTATE),
      advice === null
        ? ok('spendable', 'Venice admits it')
        : warn('spendable', `${funding.reason ?? 'no'} [${funding.cause}]`, adviceText(advice, record)),
    ]
  } catch (error) {
    return [fail('key', explain(error))]
  }
}
