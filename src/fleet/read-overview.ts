import { systemClock } from '../adapters/clock.ts'
import type { FleetClient } from './client.ts'
import { type Overview, overviewOf } from './overview.ts'

/** How the whole fleet stands now. Reads only. @throws {FleetUnreachableError} {FleetAnswerError} */
export const readOverview = async (client: FleetClient): Promise<Overview> => {
  // In this order: a pass that has ended in between is seen as ended.
  const invocations = await client.invocations()
  const summaries = await client.summaries()
  const treasuries = [...(await client.treasuries()).values()]
  const sponsorings = await Promise.all(
    treasuries.filter(({ outcome }) => outcome === 'running').map((treasury) => client.sponsorings(treasury)),
  )
  return overviewOf(summaries, invocations, { treasuries, sponsorings: sponsorings.flat() }, systemClock.now())
}
