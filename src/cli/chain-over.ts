import { resolve } from 'node:path'
import { keysToRevoke } from '../../machines/onboarding/retired.ts'
import { createChain } from '../adapters/chain/create-chain.ts'
import { openEndpointNotes } from '../adapters/chain/endpoint-notes.ts'
import { veniceEndpoint } from '../adapters/chain/venice-rpc.ts'
import { systemClock } from '../adapters/clock.ts'
import type { Address } from '../domain/addresses.ts'
import type { Redactor } from '../domain/redact.ts'
import { secretsOf } from '../domain/url-secrets.ts'
import type { Ports } from '../driver/effects/io.ts'
import { readHeld } from '../driver/effects/sinks.ts'
import { recordOf } from '../driver/envelope.ts'
import { signInWithX } from '../gate/sign-in.ts'
import type { TreasuryChain } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Signer } from '../ports/signer.ts'
import { apiUrlOf } from './config.ts'
import { type Flags, VENICE_RPC } from './options.ts'
import { findRun, readRun } from './records.ts'

export interface ChainAccess {
  flags: Flags
  cwd: string
  /** The wallet whose run holds the key that pays Venice; null: the only run. */
  address: Address | null
  /** Signs in at Venice if there is no key; null if no wallet is open. */
  signer: Signer | null
  sinksOf: (address: Address) => Pick<Ports, 'sink' | 'fallbackSinks'>
  redactor?: Redactor
  /** The clock for signed times. Default: this machine's. */
  time?: Pick<Clock, 'now' | 'id'>
  /** Uses and updates what earlier processes learned about the endpoints. Default false: learns it again. */
  hasNotes?: boolean
}

/** The chain over these endpoints; Venice's is among them only if named. Sends nothing by itself. */
export function chainOver(rpcUrls: readonly string[], access: ChainAccess): TreasuryChain {
  const { flags, cwd, signer, redactor, time = systemClock, hasNotes = false } = access
  for (const secret of rpcUrls.flatMap(secretsOf)) redactor?.add(secret)
  const endpoints = rpcUrls.map((url) =>
    url === VENICE_RPC
      ? veniceEndpoint({
          apiUrl: apiUrlOf(flags),
          apiKey: () => storedKey(access),
          signIn: signer && (() => signInWithX(signer, time)),
          maxUsd: flags.maxUsd,
          ...(redactor && { redactor }),
        })
      : url,
  )
  return createChain({
    rpcUrls: endpoints,
    clock: systemClock,
    acceptImplementation: flags.acceptImplementation,
    ...(hasNotes && { notes: openEndpointNotes({ stateDir: resolve(cwd, flags.stateDir), clock: systemClock }) }),
  })
}

/** The run's key, or the key that it is about to replace. A run that cannot be read gives none, and reports that itself. */
async function storedKey({ flags, cwd, address, sinksOf }: ChainAccess): Promise<string | null> {
  try {
    const run = await findRun(resolve(cwd, flags.stateDir), address)
    const record = recordOf(await readRun(run))
    const key = record.key ?? keysToRevoke(record).at(-1)?.key ?? null
    const venice = { origin: new URL(apiUrlOf(flags)).origin }
    return key && (await readHeld({ ...sinksOf(run.address), venice }, key))
  } catch {
    return null
  }
}
