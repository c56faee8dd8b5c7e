import type { Draft } from '../../domain/attempt.ts'
import type { ApproveSignature, SignatureRequest } from '../../domain/signature-request.ts'
import { SignatureDeclinedError } from '../../errors/policy.ts'
import type { Signer } from '../../ports/signer.ts'
import { describeMessage, describePayment, describeTransaction } from './describe.ts'
import { describeOperation } from './describe-operation.ts'

/**
 * `signer`, but `approve` is asked before every signature: the transactions of a run, the challenge for a key, the
 * credential for a request, a payment of USDC. Put it directly around the wallet, so that nothing bypasses it.
 *
 * Every method then also throws `SignatureDeclinedError`; the wallet was not asked. For a wallet that signs only while
 * it sends, approval is asked before the transaction is recorded, and again if another process sends it.
 *
 * @param signalNow - the signal that pauses the current run.
 */
export function approvingSigner(
  signer: Signer,
  approve: ApproveSignature,
  signalNow: () => AbortSignal = () => new AbortController().signal,
): Signer {
  const { address, signPayment, sending, operations, calls } = signer
  /** Transactions that were approved in this process and are not sent yet. */
  const approved = new Set<string>()

  async function ask(request: SignatureRequest): Promise<void> {
    // An error of a foreign function counts as no. Its text is dropped, because it may quote the request.
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

/** The same text for drafts of the same transaction, fees included. */
const nameOf = ({ chainId, from, to, data, nonce, gas, maxFeePerGas, maxPriorityFeePerGas }: Draft): string =>
  JSON.stringify([chainId, from, to, data, nonce, gas, maxFeePerGas, maxPriorityFeePerGas])
