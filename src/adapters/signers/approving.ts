import type { ApproveSignature, SignatureRequest } from '../../domain/signature-request.ts'
import { SignatureDeclinedError } from '../../errors/policy.ts'
import type { Signer } from '../../ports/signer.ts'
import { describeMessage, describePayment, describeTransaction } from './describe.ts'

/**
 * `signer`, with `approve` asked before every signature of any kind. Put it right around the wallet, so that no path goes
 * around it: the transactions of a run, the challenge for a key, the credential for a request, a payment.
 *
 * Every method then also throws `SignatureDeclinedError`; the wallet was not asked.
 */
export function approvingSigner(signer: Signer, approve: ApproveSignature): Signer {
  const require = async (request: SignatureRequest) => {
    // Whatever a foreign function throws: it may quote what it was shown, and it is no yes.
    const isApproved = await Promise.resolve(request)
      .then(approve)
      .catch(() => false)
    if (isApproved !== true) throw new SignatureDeclinedError(request)
  }
  const { signPayment } = signer
  return {
    address: signer.address,
    async signMessage(text) {
      await require(describeMessage(signer.address, text))
      return signer.signMessage(text)
    },
    async signTransaction(draft) {
      await require(describeTransaction(draft))
      return signer.signTransaction(draft)
    },
    ...(signPayment && {
      async signPayment(payment) {
        await require(describePayment(payment))
        return signPayment.call(signer, payment)
      },
    }),
  }
}
