import type { Address } from '../../domain/addresses.ts'
import { formatAmount, inUsdc } from '../../domain/amounts.ts'
import { keyExpiry } from '../../domain/key-expiry.ts'
import { paysAsWallet } from '../../domain/request.ts'
import { accountText, type WalletState } from '../../domain/wallet-state.ts'
import { recordOf, requestOf } from '../../driver/envelope.ts'
import { resultOf } from '../../driver/result.ts'
import { type ExitClass, OnboardingError } from '../../errors/base.ts'
import { reasonOf, toFailure } from '../../errors/failure.ts'
import { lastSandboxWallet, sandboxWallets } from '../../sandbox/pointer.ts'
import type { TreasuryPlace } from '../../sponsoring/record.ts'
import type { CliContext } from '../environment.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { failureText, type Output } from '../output.ts'
import { findRuns, listRuns, listTreasuries, type Recorded, readRun, type StoredRun } from '../records.ts'
import type { Request } from '../request.ts'
import { resultText } from '../result-text.ts'
import { runCommands } from '../run-commands.ts'
import { heldByPlace } from '../sinks.ts'
import { withCommand } from '../told.ts'

/** @property isLive - the chain is read as well, and the credit of a wallet that pays by itself. */
export type StatusRequest = Request & { isLive: boolean }

/** A record, as shown to programs and to people. */
interface Shown {
  data: object
  text: string
}

interface Unreadable extends Shown {
  exit: ExitClass
}

/**
 * `status`: shows what is on disk and, with `--live`, on chain; with the key of a wallet that pays by itself, its credit as
 * well, for which the wallet signs in. Changes nothing and needs no key. One record that cannot be
 * read does not hide the others.
 */
export async function status(
  request: StatusRequest,
  output: Output,
  context: CliContext,
  typed: string,
): Promise<number> {
  const { stateDir, address } = request
  const treasuries = listTreasuries(stateDir, address)
  const stored = treasuries.length > 0 ? await listRuns(stateDir, address) : await findRuns(stateDir, address)
  const isAlone = stored.length + treasuries.length === 1
  const unreadable: Unreadable[] = []
  const readable = async (found: Recorded, show: () => Promise<Shown | null>): Promise<Shown[]> => {
    try {
      const shown = await show()
      return shown === null ? [] : [shown]
    } catch (error) {
      if (isAlone || !(error instanceof OnboardingError)) throw error
      unreadable.push(unreadableRecord(found, error, output))
      return []
    }
  }
  const commandOf = runCommands(typed, {
    isOnBase: request.network === 'base',
    sandboxed: sandboxWallets(stateDir),
  })
  const runs: Shown[] = []
  for (const found of stored) {
    const command = commandOf(found)
    runs.push(...(await readable(found, () => runShown(found, { request, output, context, command }))))
  }
  const sponsors: Shown[] = []
  for (const found of treasuries) {
    sponsors.push(...(await readable(found, () => treasuryShown({ ...found, stateDir }, { request, output }))))
  }
  const all = [...runs, ...sponsors, ...unreadable]
  output.result(
    {
      runs: runs.map(({ data }) => data),
      ...(sponsors.length > 0 && { treasuries: sponsors.map(({ data }) => data) }),
      ...(unreadable.length > 0 && { unreadable: unreadable.map(({ data }) => data) }),
    },
    all.map(({ text }) => text).join('\n\n'),
  )
  const [first] = unreadable
  return first === undefined ? 0 : EXIT_CODES[first.exit]
}

async function runShown(
  found: StoredRun,
  {
    request,
    output,
    context,
    command,
  }: { request: StatusRequest; output: Output; context: CliContext; command: string },
): Promise<Shown> {
  const envelope = await readRun(found)
  const held = await heldByPlace(request, context, { address: found.address, key: recordOf(envelope).key })
  const result = withCommand(resultOf(envelope, { held }), command)
  const recorded = requestOf(envelope)
  const isOver = request.network === 'sandbox' && isOfEarlierSandbox(request.stateDir, found.address)
  const byWallet = paysAsWallet(recorded)
  const live =
    request.isLive && !isOver && !byWallet
      ? await walletStateOf(request, context, { address: found.address, stakeAmount: BigInt(recorded.stakeAmount) })
      : null
  const [usdc, credit] =
    request.isLive && !isOver && byWallet
      ? await Promise.all([usdcOf(found.address, request, context), creditOf(found.address, request)])
      : [null, null]
  const { walletState } = envelope.snapshot.context
  const account = walletState && accountText(walletState)
  const expiry = result.key && keyExpiry(result.key, Date.now())
  const lines = [
    `${found.address} on chain ${found.chainId}: ${result.state} (revision ${envelope.revision}, ${envelope.writtenAt})`,
    resultText(result, output, { isSandbox: request.network === 'sandbox' }),
    account === null || account === 'eoa' ? '' : `account  ${account}`,
    expiry?.warning ? `${output.style('yellow', 'warning')}  ${output.say(expiry.warning)}` : '',
    request.isLive && isOver ? 'chain    gone: the sandbox of this run has ended' : '',
    live === null ? '' : liveText(live),
    usdc === null ? '' : `chain    ${inUsdc(usdc)}`,
    credit === null ? '' : credit.text,
  ]
  return {
    data: {
      ...result,
      account,
      keyExpiry: expiry,
      revision: envelope.revision,
      writtenAt: envelope.writtenAt,
      live: usdc === null ? live : { usdc, credit: credit?.data ?? null },
    },
    text: lines.filter((line) => line !== '').join('\n'),
  }
}

/** Null: nothing is recorded yet. Loads the code for treasuries only if there is one. */
async function treasuryShown(
  place: TreasuryPlace,
  { request, output }: { request: StatusRequest; output: Output },
): Promise<Shown | null> {
  const [{ recordedSponsoring }, { sponsorResultOf }, { sponsoredText }] = await Promise.all([
    import('../../sponsoring/record.ts'),
    import('../../sponsoring/result.ts'),
    import('../sponsoring/sponsor.ts'),
  ])
  const envelope = await recordedSponsoring(place)
  if (envelope === null) return null
  const result = sponsorResultOf(envelope)
  const { revision, writtenAt } = envelope
  const head = `${place.address} on chain ${place.chainId}, as sponsor: ${result.state} (revision ${revision}, ${writtenAt})`
  const text = sponsoredText(result, { output, isSandbox: request.network === 'sandbox' })
  return { data: { ...result, revision, writtenAt }, text: [head, text].join('\n').trimEnd() }
}

function unreadableRecord({ address, chainId }: Recorded, error: OnboardingError, output: Output): Unreadable {
  const failure = toFailure(error, { at: new Date().toISOString(), jitter: 0, scrub: (text) => text })
  return {
    exit: failure.exit,
    data: { address, chainId, failure: reasonOf(failure) },
    text: `${address} on chain ${chainId}: not readable\n${failureText(failure, output)}`,
  }
}

/** Another sandbox was started since, and its chain does not know this wallet. */
const isOfEarlierSandbox = (stateDir: string, address: string): boolean =>
  lastSandboxWallet(stateDir)?.toLowerCase() !== address &&
  sandboxWallets(stateDir).some((wallet) => wallet.toLowerCase() === address)

/** Chain code is loaded only when it is asked for. */
async function walletStateOf(
  request: Request,
  context: CliContext,
  wallet: { address: WalletState['implementation'] & string; stakeAmount: bigint },
): Promise<WalletState> {
  const { chainFor } = await import('../wiring.ts')
  const chain = await chainFor(request, context)
  return chain.survey({ ...wallet, open: [] })
}

async function creditOf(address: Address, request: Request): Promise<{ data: object; text: string }> {
  const { liveCreditText, readLiveCredit } = await import('../live-credit.ts')
  const data = await readLiveCredit(address, request)
  return { data, text: liveCreditText(data) }
}

/** Base units, as decimal text. */
async function usdcOf(address: Address, request: Request, context: CliContext): Promise<string> {
  const { chainFor } = await import('../wiring.ts')
  const { usdc } = await (await chainFor(request, context)).holdings(address)
  return usdc.toString()
}

const liveText = ({ eth, vvv, sVvv, allowance, blockNumber }: WalletState): string =>
  `chain    ${formatAmount(sVvv)} sVVV, ${formatAmount(vvv)} VVV, ${formatAmount(eth, { maxFraction: 9 })} ETH, allowance ${formatAmount(allowance)} VVV (block ${blockNumber})`
