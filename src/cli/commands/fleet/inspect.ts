import { BASE_CHAIN_ID } from '../../../domain/addresses.ts'
import { UsageError } from '../../../errors/cli.ts'
import { NoRunError } from '../../../errors/run.ts'
import type { FleetClient } from '../../../fleet/client.ts'
import { createFeed, type Feed } from '../../../inspector/feed.ts'
import { show } from '../../../inspector/run.ts'
import { aboutWallet } from '../../inspecting.ts'
import type { Output } from '../../output.ts'
import { report, type Source, serve } from '../inspect.ts'
import { clientFor } from './place.ts'
import type { FleetRequest } from './request.ts'

export type InspectRequest = FleetRequest & { report: string | undefined }

/** Milliseconds between looks at a run that goes on; Restate tells nobody of a change. */
const POLL_MS = 500

/** `fleet inspect`: the page of a run of the fleet, or with `--report` the run as one file. Changes nothing. */
export async function inspect(request: InspectRequest, output: Output): Promise<number> {
  const address = request.address
  if (address === null)
    throw new UsageError('The wallet is not named.', 'Give --address. venice-onboard fleet status lists the addresses.')
  const command = 'venice-onboard fleet retry'
  const about = aboutWallet({ address, chainId: BASE_CHAIN_ID, isPublic: request.network === 'base', command })
  const feed = createFeed({ ...about, source: 'record' })
  const source = sourceOf(clientFor(request), { chainId: BASE_CHAIN_ID, address }, feed)
  return request.report === undefined ? serve(feed, source, output) : report(feed, source, request.report, output)
}

function sourceOf(client: FleetClient, wallet: { chainId: number; address: string }, feed: Feed): Source {
  let next = 0
  const read = async () => {
    const { summary } = await client.status(wallet)
    if (summary === null) throw new NoRunError(`the fleet for ${wallet.address}`)
    for (const text of await client.history(wallet, next)) {
      // What a journal holds is checked where it is shown.
      for (const event of JSON.parse(text)) show(feed, event)
    }
    next = Math.max(next, summary.revision + 1)
    const driver = summary.outcome === 'running' ? 'running' : 'idle'
    if (feed.now.driver !== driver) feed.set({ driver })
  }
  return {
    where: `${client.endpoints.ingressUrl} ${wallet.address}`,
    read,
    async follow() {
      await read()
      let isReading = false
      const timer = setInterval(async () => {
        if (isReading) return
        isReading = true
        // Restate may be away for a while; what is shown stays.
        await read().catch(() => {})
        isReading = false
      }, POLL_MS).unref()
      return { close: () => clearInterval(timer) }
    },
  }
}
