import { once } from 'node:events'
import { systemClock } from '../../../adapters/clock.ts'
import { FleetUnreachableError } from '../../../errors/fleet.ts'
import type { FleetClient } from '../../../fleet/client.ts'
import { openerFor } from '../../../fleet/opener.ts'
import { startWorker } from '../../../fleet/worker.ts'
import type { CliContext } from '../../environment.ts'
import type { Output } from '../../output.ts'
import { clientFor, identityIn } from './place.ts'
import type { FleetRequest } from './request.ts'
import { workerParts } from './worker-parts.ts'

/** Milliseconds between tries to reach Restate; it may be started after its workers. */
const RETRY_MS = 1_000

/** `fleet serve`: a worker, until it is stopped. Signs for the wallets of its seed or keystores whatever is submitted. */
export async function serve(request: FleetRequest, output: Output, context: CliContext): Promise<number> {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(stop)
  const client = clientFor(request)
  const { host, port = 0, advertise, allowAnyRestate, concurrency } = request.serving
  // A worker that comes back at its address is the same one.
  const name = advertise ?? `${host}:${port === 0 ? process.pid : port}`
  const identity = identityFor(request)
  const opener = await openerFor(await workerParts(request, context), { client, worker: name })
  const worker = await startWorker({
    open: opener.open,
    openTreasury: opener.openTreasury,
    clock: systemClock,
    host,
    port,
    identityKeys: identity.keys,
    allowAnyRestate,
    ...(concurrency !== undefined && { concurrency }),
    onWarning: (message) => output.isVerbose && output.note(message),
  })
  try {
    const uri = advertise ?? worker.url
    if (identity.file !== null) output.note(`Restate has to sign with the key in ${identity.file}.`)
    const deploymentId = await register(client, uri, { output, signal: stopping.signal })
    if (deploymentId === null) return 0
    const told = { uri, port: worker.port, pid: process.pid, deploymentId, identityKeys: identity.keys }
    output.result(told, `The worker at ${uri} is registered.`)
    output.note(
      'It works until you stop it with Ctrl-C. Steps in progress are then finished, or left to other workers.',
    )
    await stopped
    return 0
  } finally {
    opener.close()
    await worker.close()
  }
}

/** The keys of the Restate that may call: those that are named, else that of the state directory. */
function identityFor(request: FleetRequest): { keys: readonly string[]; file: string | null } {
  const { identityKeys, allowAnyRestate } = request.serving
  if (identityKeys !== undefined) return { keys: identityKeys, file: null }
  if (allowAnyRestate) return { keys: [], file: null }
  const { path, publicKey } = identityIn(request)
  return { keys: [publicKey], file: path }
}

/** Null: it was stopped before Restate could be reached. */
async function register(
  client: FleetClient,
  uri: string,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<string | null> {
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      return (await client.register(uri)).deploymentId
    } catch (error) {
      if (!(error instanceof FleetUnreachableError)) throw error
      if (tries === 0) output.note(`${error.message} Trying again.`)
      await systemClock.sleepUntil(systemClock.now() + RETRY_MS, signal).catch(() => {})
    }
  }
  return null
}
