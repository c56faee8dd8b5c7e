import { labelOf, MARKER_LENGTH } from '../../domain/key.ts'
import type { OnboardingRequest } from '../../domain/request.ts'
import type { WalletState } from '../../domain/wallet-state.ts'
import { NoStakedVvvError, WalletSignatureMismatchError } from '../../errors/venice/all.ts'
import { SignatureNotTakenError } from '../../errors/wallet.ts'
import type { EffectDependencies } from './io.ts'

/** Lifetime in milliseconds of a key that Venice would make although nothing is staked. */
const UNWANTED_LIFE_MS = 10 * 60_000

/**
 * Finds out whether Venice accepts a contract's signature at the mint, which is not documented. For a wallet without
 * sVVV it refuses either the signature, or the missing stake after it accepted the signature. In both cases no key is
 * made. Asked once per process, and only while nothing is staked.
 *
 * If somebody stakes for the wallet at that moment, a key is made. It is therefore requested with a limit of 0 and a
 * life of ten minutes, so that it needs no sink.
 *
 * Side effects: one signature of a challenge, and one post.
 */
export function createSignatureQuestion({
  ports: { venice, clock },
  gate,
  redactor,
}: Pick<EffectDependencies, 'ports' | 'gate' | 'redactor'>) {
  let isTaken = false
  /**
   * @returns `wallet`, with the answer.
   * @throws {SignatureNotTakenError} and what a mint throws that answers neither way.
   */
  return async (wallet: WalletState, { address }: OnboardingRequest, signal: AbortSignal): Promise<WalletState> => {
    if (!isTaken) {
      const challenge = await venice.fetchChallenge(address, signal)
      redactor.add(challenge.text)
      const signature = await gate.challenge(challenge)
      redactor.add(signature)
      const expiresAt = new Date(clock.now() + UNWANTED_LIFE_MS).toISOString()
      const key = { type: 'INFERENCE', expiresAt, consumptionLimit: { usd: 0, diem: 0 } } as const
      const label = labelOf(key, clock.id(MARKER_LENGTH))
      await venice.mint({ address, signature, challenge, key, label }, signal).then(
        ({ apiKey }) => redactor.add(apiKey),
        (error: unknown) => {
          if (error instanceof WalletSignatureMismatchError)
            throw new SignatureNotTakenError(address, { isDeployed: wallet.operations?.isDeployed !== false })
          if (!(error instanceof NoStakedVvvError)) throw error
        },
      )
      isTaken = true
    }
    return { ...wallet, isSignatureTaken: true }
  }
}
