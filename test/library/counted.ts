import { privateKeyToAccount } from 'viem/accounts'

/** A wallet that counts its signatures. */
export function counted(privateKey: `0x${string}`) {
  const account = privateKeyToAccount(privateKey)
  const signed = { message: 0, transaction: 0, typedData: 0 }
  const wallet = {
    type: 'local' as const,
    address: account.address,
    signMessage(parameters: Parameters<typeof account.signMessage>[0]) {
      signed.message += 1
      return account.signMessage(parameters)
    },
    signTransaction(transaction: Parameters<typeof account.signTransaction>[0]) {
      signed.transaction += 1
      return account.signTransaction(transaction)
    },
    signTypedData(data: Parameters<typeof account.signTypedData>[0]) {
      signed.typedData += 1
      return account.signTypedData(data)
    },
  }
  return { wallet, signed, signatures: () => signed.message + signed.transaction + signed.typedData }
}
