import { systemClock } from '../../adapters/clock.ts'
import { type Address, BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { formatAmount, inUsdc } from '../../domain/amounts.ts'
import { nextEpochAt } from '../../domain/epoch.ts'
import type { FundRequest } from '../../domain/fund.ts'
import { type FundingOption, fundingOptions, LEAST_DIEM, type Quotes } from '../../domain/funding-options.ts'
import { createRedactor } from '../../domain/redact.ts'
import type { CredentialKind } from '../../domain/request.ts'
import { recordOf } from '../../driver/envelope.ts'
import { type RunResult, resultOf } from '../../driver/result.ts'
import { NoKeyToFundError, NoRunError } from '../../errors/run.ts'
import { recordedRun } from '../../hosts/file/recorded-run.ts'
import { credentialToTopUp } from '../../operations/wanted.ts'
import { connectSandbox } from '../../sandbox/background.ts'
import { lastSandboxWallet } from '../../sandbox/pointer.ts'
import { anotherRun, anotherRunCommand, LEAST_FUND } from '../ended-sandbox.ts'
import type { CliContext } from '../environment.ts'
import type { Output } from '../output.ts'
import { placeIn } from '../place.ts'
import { findRun, readRun } from '../records.ts'
import type { Request } from '../request.ts'
import { fundingText } from '../result-text.ts'
import { table } from '../table.ts'
import { commandOf } from '../told.ts'
import { chainFor, signerFor, wire } from '../wiring.ts'
import { wrap } from '../wrap.ts'
import { carryOn, proceed } from './run.ts'

/**
 * `fund options`: the funding methods of key and wallet, with their current prices. Reads only; signs nothing, and opens no
 * signing key if `--address` or a run names the wallet.
 */
export async function options(request: Request, output: Output, context: CliContext, command: string): Promise<number> {
  const { address, result } = await subject(request)
  const quotes = await quotesFor(request, context, address)
  const key = result?.key ?? null
  const all = fundingOptions(quotes, nextEpochAt(systemClock.now()), key !== null)
  const place = placeIn(command)
  const methods = all.map((way) => ({
    ...way,
    command:
      quotes === null
        ? anotherRunCommand(anotherRun(address, IN_ANOTHER_RUN[way.id]), place)
        : commandOf(way.action, place),
  }))
  const funding = result?.funding ?? null
  output.result(
    { address, chainId: BASE_CHAIN_ID, wallet: quotes && inText(quotes), key, funding, options: methods },
    [
      walletText(address, quotes),
      keyText(result),
      '',
      methodsTable(methods),
      '',
      WORDS,
      '',
      ...methods.map(methodText(output)),
    ].join('\n'),
  )
  return 0
}

/**
 * `fund diem`: what `run --fund` does, for a run that has a key. `fund x402`: buys credit of the wallet, whether the run has a
 * key or not; nothing is staked for it, and no key minted. A finished run continues.
 *
 * @throws {NoKeyToFundError} {RunInFlightError} {SandboxEndedError}
 */
export async function fundRun(
  request: Request,
  output: Output,
  { context, command, fund }: { context: CliContext; command: string; fund: FundRequest },
): Promise<number> {
  const { stateDir } = request
  // Funds that once sufficed may have been spent since.
  const invocation = (credential: CredentialKind) => ({
    request: { ...request, wanted: { ...request.wanted, fund, credential } },
    output,
    context,
    command,
    mustCheckAgain: true,
  })
  if (request.network === 'sandbox')
    return proceed(invocation(await fundedCredential(fund, { stateDir, address: lastSandboxWallet(stateDir) })))
  const wiring = await wire(request, context, output)
  return carryOn(wiring, invocation(await fundedCredential(fund, { stateDir, address: wiring.ports.signer.address })))
}

/** Funding must not surprise anyone with a stake and a new key. */
async function fundedCredential(
  { way, amount }: FundRequest,
  { stateDir, address }: { stateDir: string; address: Address | null },
): Promise<CredentialKind> {
  const envelope = address === null ? null : await recordedRun({ stateDir, chainId: BASE_CHAIN_ID, address })
  if (way === 'x402') return credentialToTopUp(envelope)
  if (envelope !== null && recordOf(envelope).key !== null) return 'key'
  throw new NoKeyToFundError({ address: address ?? 'this sandbox', fund: `${way}:${formatAmount(amount)}` })
}

/** The wallet, and the record of its run. */
async function subject(request: Request): Promise<{ address: Address; result: RunResult | null }> {
  const given = request.address
  try {
    const found = await findRun(request.stateDir, given)
    const result = resultOf(await readRun(found))
    return { address: result.address as Address, result }
  } catch (error) {
    if (!(error instanceof NoRunError)) throw error
  }
  return { address: given ?? (await signerFor(request, createRedactor())).address, result: null }
}

/** Null for a run whose sandbox has ended: its chain is gone. */
async function quotesFor(request: Request, context: CliContext, address: Address): Promise<Quotes | null> {
  if (request.network === 'sandbox' && (await connectSandbox(request.stateDir)) === null) return null
  return (await chainFor(request, context)).fundingQuotes({ address, diem: LEAST_DIEM })
}

/** Base units as decimal text, for programs. */
const inText = ({ eth, vvv, sVvv, unlockedSVvv, diem, stakedDiem, usdc }: Quotes) => ({
  eth: eth.toString(),
  vvv: vvv.toString(),
  sVvv: sVvv.toString(),
  unlockedSVvv: unlockedSVvv.toString(),
  diem: diem.toString(),
  stakedDiem: stakedDiem.toString(),
  usdc: usdc.toString(),
})

function walletText(address: Address, quotes: Quotes | null): string {
  if (quotes === null)
    return `wallet   ${address}\n         The sandbox of this run has ended, so nothing was quoted. The commands below archive the run and begin another.`
  const { eth, vvv, sVvv, diem, stakedDiem, usdc } = quotes
  const amount = (units: bigint) => formatAmount(units, { maxFraction: 4 })
  const held = [
    `${amount(vvv)} VVV, ${amount(sVvv)} sVVV`,
    `${amount(stakedDiem)} DIEM staked, ${amount(diem)} unstaked`,
    `${inUsdc(usdc)}, ${formatAmount(eth, { maxFraction: 6 })} ETH`,
  ]
  return `wallet   ${address}\n         ${held.join(' · ')}`
}

function keyText(result: RunResult | null): string {
  if (result === null || result.key === null) return 'key      none is recorded'
  const { type, last6 } = result.key
  const asked =
    result.funding === null ? '' : `\n${fundingText(result.funding)}\n         as of ${result.funding.checkedAt}`
  return `key      ${type} …${last6}${asked}`
}

/** Short cells: it fits 80 columns. */
const methodsTable = (ways: readonly FundingOption[]): string =>
  table(
    ['way', 'funds', 'by', 'costs now', 'spendable'],
    ways.map(({ name, funds, autonomous, costNow, spendableAfter }) => [
      name,
      funds,
      autonomous ? 'program' : 'browser',
      costNow === null ? 'as you choose' : `${costNow.amount} ${costNow.unit}`,
      spendableAfter.replace(/^\d{4}-(\d\d-\d\d)T(\d\d:\d\d).*$/, 'by $1 $2 UTC'),
    ]),
  )

/** Where the sandbox of a run has ended. In a sandbox nobody sells in a browser. */
const IN_ANOTHER_RUN: Partial<Record<FundingOption['id'], { fund: string }>> = {
  'diem-mint': { fund: LEAST_FUND.key },
  'diem-buy': { fund: LEAST_FUND.key },
  x402: { fund: LEAST_FUND.wallet },
}

const WORDS = [
  'The key spends the balance of its Venice account: DIEM first, then credits, then',
  'dollars. x402 credit belongs to the wallet: the key cannot spend it.',
].join('\n')

const methodText =
  ({ style, typed }: Pick<Output, 'style' | 'typed'>) =>
  ({ name, costNow, steps, links, command, whyNot }: FundingOption & { command: string }): string =>
    [
      style('bold', name),
      ...(costNow === null ? [] : [`  costs ${costNow.amount} ${costNow.unit} (${costNow.basis})`]),
      ...(whyNot === null ? [] : [`  needs ${whyNot}`]),
      ...steps.map((step) => wrap(`  - ${step}`, COLUMNS)),
      ...links.map((link) => `  ${link}`),
      `  ${style('cyan', '→')} ${typed(command)}`,
    ].join('\n')

const COLUMNS = 80
