import { type Address, BASE_CHAIN_ID, isOfRecord } from '../../domain/addresses.ts'
import { formatAmount } from '../../domain/amounts.ts'
import { type CredentialOption, credentialOptions } from '../../domain/credential-options.ts'
import { lackFor } from '../../domain/plan.ts'
import { stakingText, type WalletState } from '../../domain/wallet-state.ts'
import type { HeldInSink } from '../../driver/effects/io.ts'
import { heldByOthers, sinksOf } from '../../driver/effects/sinks.ts'
import { recordOf } from '../../driver/envelope.ts'
import { recordedRun } from '../../hosts/file/recorded-run.ts'
import { irreversibleSteps } from '../../operations/irreversible-steps.ts'
import { ownKeysOf } from '../../operations/own-keys.ts'
import { planRun } from '../../operations/plan-run.ts'
import type { KeySink } from '../../ports/key-sink.ts'
import type { CliContext } from '../environment.ts'
import type { Output } from '../output.ts'
import { placeIn } from '../place.ts'
import type { Request } from '../request.ts'
import { planText, sinksText } from '../result-text.ts'
import { sinksFor } from '../sinks.ts'
import { requireSponsorFlags } from '../sponsoring/flags.ts'
import { targetOf } from '../target.ts'
import { commandOf } from '../told.ts'

/** `plan`: what `run` would do. Reads only; signs nothing. */
export async function plan(request: Request, output: Output, context: CliContext): Promise<number> {
  requireSponsorFlags(request)
  if (request.isSponsored) {
    const { planWithSponsor } = await import('../sponsoring/sponsored.ts')
    return planWithSponsor(request, output, context)
  }
  if (request.wanted.credential === 'wallet') {
    const { planForWallet } = await import('./plan-wallet.ts')
    return planForWallet(request, output, context)
  }
  const { chain, address, mintAs, end } = await targetOf(request, context, output)
  const {
    plan: made,
    walletState,
    request: { stakeAmount },
    holdings: { usdc },
  } = await planRun({ chain, address, mintAs, chainId: BASE_CHAIN_ID }, request.wanted, null).finally(end)
  const ways = usdc === null ? null : credentialOptions(walletState, { stakeAmount: BigInt(stakeAmount), usdc })
  const missing = missingOf(walletState, BigInt(stakeAmount))
  const { maxVvv, maxFeeWei } = request.budget
  const steps = made.transactions.length > 0 || made.fund !== null ? irreversibleSteps(made.fund, made.credential) : []
  const holdings = {
    eth: walletState.eth,
    vvv: walletState.vvv,
    sVvv: walletState.sVvv,
    allowance: walletState.allowance,
  }
  const caps = { maxVvv: maxVvv?.toString() ?? null, maxFeeWei: maxFeeWei?.toString() ?? null }
  const places = sinksFor(request, context, address)
  const sinks = sinksOf(places).map(({ name }) => name)
  const sinkHolds = await heldIn(places.sink, { stateDir: request.stateDir, address })
  output.result(
    {
      plan: made,
      planDigest: made.digest,
      staking: stakingOf(walletState),
      holdings,
      missing,
      caps,
      irreversible: steps,
      sinks,
      sinkHolds,
      credentials: ways?.map((way) => ({ ...way, command: commandOf(way, placeIn(output.command)) })) ?? null,
    },
    [
      planText(made, steps, output),
      fundsText(walletState, missing),
      stakingText(walletState),
      sinksText(sinks),
      ...heldText(sinkHolds, request),
      ...(ways === null || made.transactions.length === 0 ? [] : ['', credentialsText(ways, output)]),
    ].join('\n'),
  )
  return 0
}

const credentialsText = (
  ways: readonly CredentialOption[],
  { typed, command }: Pick<Output, 'typed' | 'command'>,
): string =>
  ways
    .map((way) =>
      [
        `${way.isOpen ? '✔' : '–'} ${way.credential === 'key' ? 'a key' : 'no key'}: ${way.leadsTo}`,
        `  costs ${way.costs}, and takes ${way.takes}${way.isOpen ? '' : `; send ${way.missing.join(' and ')} first`}`,
        `  → ${typed(commandOf(way, placeIn(command)))}`,
      ].join('\n'),
    )
    .join('\n')

/** A key, or a reference to one, in the first sink that no run of this wallet stored; null if there is none. */
async function heldIn(
  sink: KeySink,
  { stateDir, address }: { stateDir: string; address: Address },
): Promise<HeldInSink | null> {
  // `run` and `doctor` report a sink that cannot be read, with a hint.
  const envelope = await recordedRun({ stateDir, chainId: BASE_CHAIN_ID, address }).catch(() => null)
  const probe = await sink.probe().catch(() => null)
  return probe && heldByOthers(sink, probe, { isOwnKey: ownKeysOf(envelope && recordOf(envelope)) })
}

function heldText(held: HeldInSink | null, { mayReplaceKey }: Request): string[] {
  if (held === null) return []
  const what = held.isReference ? 'a reference to a key' : `another key${held.last6 === null ? '' : `, …${held.last6}`}`
  const then = mayReplaceKey
    ? '`--replace-key` lets `run` replace the key'
    : '`run` asks before it replaces the key, and unattended it needs `--replace-key`'
  return [`! ${held.sink} holds ${what}: ${then}. The old line stays as a comment.`]
}

/** Base units that the wallet lacks for the plan, as text. */
function missingOf(walletState: WalletState, stakeAmount: bigint) {
  const { vvv, eth } = lackFor(walletState, stakeAmount)
  return { vvv: vvv.toString(), eth: eth.toString() }
}

function fundsText({ eth, vvv, sVvv }: WalletState, missing: ReturnType<typeof missingOf>): string {
  const amounts = (coins: { vvv: string; eth: string }) =>
    `${formatAmount(coins.vvv)} VVV, ${formatAmount(coins.eth, { maxFraction: 9 })} ETH`
  const held = `wallet   holds ${amounts({ vvv, eth })}, ${formatAmount(sVvv)} sVVV`
  const isEnough = missing.vvv === '0' && missing.eth === '0'
  return isEnough ? held : `${held}\nmissing  ${amounts(missing)}: \`run\` signs nothing before the wallet has it`
}

/** The contract that receives the stake, and the result of simulating the stake. */
const stakingOf = ({ implementation, implementationHash, stakeSimulation }: WalletState) => ({
  implementation,
  implementationHash: implementationHash ?? null,
  isOfRecord: isOfRecord(implementation),
  simulation: stakeSimulation ?? null,
})
