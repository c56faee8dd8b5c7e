import type { Draft } from '../../domain/attempt.ts'
import type { ApproveSignature, SignatureRequest } from '../../domain/signature-request.ts'
import { SignatureDeclinedError } from '../../errors/policy.ts'
import type { Signer } from '../../ports/signer.ts'
import { describeMessage, describeOperation, describePayment, describeTransaction } from './describe.ts'

/**
 * `signer`, with `approve` asked before every signature of any kind. Put it right around the wallet, so that no path goes
 * around it: the transactions of a run, the challenge for a key, the credential for a request, a payment of USDC.
 *
 * Every method then also throws `SignatureDeclinedError`; the wallet was not asked. A wallet that signs only what it sends
 * is asked for in time: before the transaction is recorded, and again when another process sends it.
 *
 * @param signalNow - what the run under way is paused by.
 */
export function approvingSigner(
  signer: Signer,
  approve: ApproveSignature,
  signalNow: () => AbortSignal = () => new AbortController().signal,
): Signer {
  const { address, signPayment, sending, operations, calls } = signer
  /** What this process was told yes to, and is still to be sent. */
  const approved = new Set<string>()

  async function ask(request: SignatureRequest): Promise<void> {
    // Whatever a foreign function throws: it may quote what it was shown, and it is no yes.
    const answer = await Promise.resolve(request)
      .then((asked) => approve(asked, { signal: signalNow() }))
      .catch(() => false)
    if (answer !== true) throw new SignatureDeclinedError(request)
  }

  return {
    address,
    ...(operations && { operations }),
    ...(calls && { calls }),
    async signMessage(text) {
      await ask(describeMessage(address, text))
      return signer.signMessage(text)
    },
    async signTransaction(draft) {
      await ask(operations === undefined ? describeTransaction(draft) : await describeOperation(draft, operations))
      const signed = await signer.signTransaction(draft)
      if (signed.raw === null) approved.add(nameOf(draft))
      return signed
    },
    ...(signPayment && {
      async signPayment(payment) {
        await ask(describePayment(payment))
        return signPayment.call(signer, payment)
      },
    }),
    ...(signer.recordSecret && { recordSecret: () => signer.recordSecret?.() ?? '' }),
    ...(sending && {
      sending: {
        honoursNonces: sending.honoursNonces,
        isUnsent: (id) => sending.isUnsent(id),
        async send(draft) {
          if (!approved.has(nameOf(draft))) await ask(describeTransaction(draft))
          return sending.send(draft)
        },
      },
    }),
  }
}

/** The same for drafts that are the same transaction, fees included. */
const nameOf = ({ chainId, from, to, data, nonce, gas, maxFeePerGas, maxPriorityFeePerGas }: Draft): string =>
  JSON.stringify([chainId, from, to, data, nonce, gas, maxFeePerGas, maxPriorityFeePerGas])
