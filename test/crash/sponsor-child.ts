import { readFileSync } from 'node:fs'
import { createChain } from '../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { privateKeySigner } from '../../src/adapters/signers/private-key.ts'
import { sponsor } from '../../src/sponsoring/sponsor.ts'

/** A process that stakes for agents until `crash-at.mjs` ends it. */
const { RPC_URL = '', STATE_DIR = '', AGENTS = '', SPONSOR_PRIVATE_KEY = '' } = process.env
const chain = createChain({ rpcUrls: [RPC_URL], clock: systemClock })
const signer = privateKeySigner(SPONSOR_PRIVATE_KEY, 'a test')
const agents = JSON.parse(readFileSync(AGENTS, 'utf8'))
await sponsor({ ports: { chain, signer, clock: systemClock }, chainId: 8453, stateDir: STATE_DIR, agents })
