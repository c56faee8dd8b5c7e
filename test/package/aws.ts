/** `aws kms get-public-key` and `aws kms sign`, as far as the example uses them, with the key of `WALLET_PRIVATE_KEY`. */
import type { Hex } from 'viem'
import { keyService } from '../wallets/key-service.ts'

const [service, call, ...words] = process.argv.slice(2)
const option = (name: string): string => words[words.indexOf(name) + 1] ?? ''
const given = [service, option('--key-id'), option('--output')].join()
if (given !== 'kms,alias/agent,text') throw new Error(`This is not what the example asks for: ${given}`)

const { getPublicKey, sign } = keyService((process.env.WALLET_PRIVATE_KEY ?? '') as Hex)
const answer = call === 'get-public-key' ? await getPublicKey() : await sign(Buffer.from(option('--message'), 'base64'))
console.log(Buffer.from(answer).toString('base64'))
