import { openAttempts } from '../../machines/transactions.ts'
import { type Attempt, isOpen } from '../domain/attempt.ts'
import { missingStake } from '../domain/plan.ts'
import type { Ports } from '../driver/effects/io.ts'
import { recordOf } from '../driver/envelope.ts'
import { RpcError } from '../errors/chain/endpoints.ts'
import { AgentInFlightError } from '../errors/sponsor.ts'
import { recordedRun } from '../hosts/file/recorded-run.ts'
import { lockRun, openRun, placeOf, type RunKeeping } from '../hosts/file/run-place.ts'
import type { Chain } from '../ports/chain.ts'
import type { SponsorResult } from '../sponsoring/result.ts'
import { type SponsorOptions, sponsor } from '../sponsoring/sponsor.ts'
import { type RunOptions, requestFor } from './run-onboarding.ts'

export interface SponsorAgentOptions extends Omit<SponsorOptions, 'agents' | 'again' | 'stateDir' | 'chainId'> {
  /** The run of the agent, which begins after this. */
  run: Pick<RunOptions, 'ports' | 'chainId' | 'wanted'> & RunKeeping
}

/**
 * Has a treasury stake what the run of an agent still needs. The run then uses `sponsoredPorts`: its wallet needs
 * neither ETH nor VVV, and signs only the challenge.
 *
 * Side effects: those of `sponsor`, for one agent; it also holds the agent's wallet lock meanwhile. Safe to repeat.
 *
 * @returns null if nothing is to be staked: the run has its key, or has staked by itself.
 * @throws {AgentInFlightError} {RequestChangedError} and the classes of `sponsor`.
 */
export async function sponsorAgent({ run, ...options }: SponsorAgentOptions): Promise<SponsorResult | null> {
  const { ports, chainId, stateDir } = run
  const { address } = ports.signer
  const place = placeOf(run)
  const lock = await lockRun(place)
  try {
    const recorded = await recordedRun(place)
    const { stakeAmount } = requestFor(run, recorded, address)
    if (recorded !== null) {
      const record = recordOf(recorded)
      const open = openAttempts({ record })
      if (open.length > 0) {
        throw new AgentInFlightError(
          address,
          open.map(({ hash }) => hash),
        )
      }
      if (record.key !== null || record.attempts.some(isOwnStake)) return null
    }
    // An unusable sink is found before anything is spent. The sink may be in the directory of the run.
    await openRun(place)
    await ports.sink.probe()
    return await sponsor({ ...options, chainId, stateDir, agents: [{ address, amount: stakeAmount }] })
  } finally {
    await lock.release()
  }
}

/** A stake of its own run will show in its sVVV. Nobody may stake for it before that. */
const isOwnStake = (attempt: Attempt): boolean =>
  attempt.purpose === 'stake' && (attempt.status === 'mined' || isOpen(attempt))

/**
 * `ports` for the run of a sponsored agent: if an endpoint lags, the run waits for it and never spends its own money
 * instead.
 */
export const sponsoredPorts = (ports: Ports): Ports => ({ ...ports, chain: sponsoredChain(ports.chain) })

const sponsoredChain = (chain: Chain): Chain => ({
  ...chain,
  // A getter, because the value changes.
  get blockTimeMs() {
    return chain.blockTimeMs
  },
  async survey(request, signal) {
    const walletState = await chain.survey(request, signal)
    if (missingStake(request.stakeAmount, BigInt(walletState.sVvv)) === 0n) return walletState
    throw new RpcError(`it does not show what the sponsor staked for ${request.address}.`)
  },
})
