import { execFileSync } from 'node:child_process'
import { kmsSigner, onboard } from 'venice-onboard'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', AWS_KMS_KEY_ID = '' } = process.env

// By AWS's command line, which prints base64; its SDK has the same two calls. The key is of ECC_SECG_P256K1.
const kms = async (call: string, query: string, words: readonly string[] = []) => {
  const all = ['kms', call, '--key-id', AWS_KMS_KEY_ID, ...words, '--query', query, '--output', 'text']
  return Buffer.from(execFileSync('aws', all, { encoding: 'utf8' }), 'base64')
}
const ecdsa = ['--signing-algorithm', 'ECDSA_SHA_256', '--message-type', 'DIGEST', '--message']
const signer = await kmsSigner({
  getPublicKey: () => kms('get-public-key', 'PublicKey'),
  sign: (digest) => kms('sign', 'Signature', [...ecdsa, Buffer.from(digest).toString('base64')]),
})
const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)
