// A command for `--signer "exec:node command.mjs KEY_FILE"`: answers one request on stdin with hex on stdout.
import { readFileSync } from 'node:fs'
import { json } from 'node:stream/consumers'
import { privateKeyToAccount } from 'viem/accounts'

const account = privateKeyToAccount(readFileSync(process.argv[2], 'utf8').trim())
const answers = {
  address: () => account.address,
  signMessage: ({ message }) => account.signMessage({ message }),
  signTransaction: ({ transaction: { type: _, nonce, chainId, ...rest } }) =>
    account.signTransaction({ type: 'eip1559', nonce: Number(nonce), chainId: Number(chainId), ...amounts(rest) }),
  signTypedData: ({ typedData: { types, ...rest } }) => {
    const { EIP712Domain: _, ...own } = types
    return account.signTypedData({ ...rest, types: own })
  },
}
const amounts = ({ to, data, ...quantities }) => ({
  to,
  data,
  ...Object.fromEntries(Object.entries(quantities).map(([name, hex]) => [name, BigInt(hex)])),
})

const request = await json(process.stdin)
process.stdout.write(`${await answers[request.method](request)}\n`)
