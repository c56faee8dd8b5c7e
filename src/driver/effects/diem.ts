import { isOpen, newestPerNonce } from '../../domain/attempt.ts'
import { InsufficientEthError, InsufficientVvvError } from '../../errors/wallet.ts'
import type { Effect, EffectDependencies } from './io.ts'
import { createSurveyor } from './undone.ts'

/**
 * Reads the wallet's DIEM and drafts the next step. Rejects when the wallet lacks funds, so that the machine can wait
 * for them. No side effects.
 */
export function draftDiem({ ports, ports: { chain } }: EffectDependencies): Effect<'draftDiem'> {
  const surveyWith = createSurveyor(ports)
  return async ({ request, attempts }, { signal, report }) => {
    report({ awaits: 'rpc' })
    const { address, fund } = request
    if (fund?.way !== 'diem') throw new Error('No DIEM was asked for.')
    const open = newestPerNonce(attempts.filter(isOpen))
    const asked = { address, diem: BigInt(fund.amount), open }
    const walletState = await surveyWith(
      attempts,
      (leastNonce) => chain.surveyDiem({ ...asked, leastNonce }, signal),
      signal,
    )
    const { lock = '0', unlockedSVvv = '0' } = walletState.diem ?? {}
    const toStake = BigInt(lock) - BigInt(unlockedSVvv)
    const shortfall = {
      address,
      vvv: { has: BigInt(walletState.vvv), needs: toStake > 0n ? toStake : 0n },
      eth: { has: BigInt(walletState.eth), needs: BigInt(walletState.feeCeiling) },
    }
    if (shortfall.vvv.has < shortfall.vvv.needs) throw new InsufficientVvvError(shortfall)
    if (shortfall.eth.has < shortfall.eth.needs) throw new InsufficientEthError(shortfall)
    return walletState
  }
}
