import { execSigner, onboard } from 'venice-onboard'

const { BASE_RPC_URL: rpcUrl = '', VENICE_API_URL: apiUrl = '', SIGNER_COMMAND: command = '', PATH } = process.env

// A command that reads a request from stdin and answers with hex, such as examples/signers/command.mjs.
const signer = await execSigner({ command, cwd: process.cwd(), env: { PATH } })
const { outcome } = await onboard({ signer, network: { rpcUrl, apiUrl }, sink: 'env-file:.env' })
console.log(outcome)
