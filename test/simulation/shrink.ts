import type { FaultKind } from './chaos.ts'
import { type Simulated, type SimulationOptions, simulate } from './simulate.ts'

/** A failing simulation, reduced as far as possible. */
export interface Shrunk {
  options: SimulationOptions & { without: readonly FaultKind[] }
  simulated: Simulated
}

/**
 * Omits one kind of fault after the other, then crashes, as long as the simulation still fails. The violation may
 * change meanwhile; the last one is as good a defect as the first, and shorter.
 */
export async function shrink(options: SimulationOptions): Promise<Shrunk> {
  let least: Shrunk = { options: { ...options, without: options.without ?? [] }, simulated: await simulate(options) }
  const attempt = async (changes: Partial<SimulationOptions>): Promise<boolean> => {
    const smaller = { ...least.options, ...changes }
    const simulated = await simulate(smaller)
    if (simulated.violation === null) return false
    least = { options: smaller, simulated }
    return true
  }
  const pass = async (): Promise<boolean> => {
    const before = least
    for (const kind of [...least.simulated.faults.keys()]) await attempt({ without: [...least.options.without, kind] })
    const { crashes } = least.simulated
    for (let maxCrashes = 0; maxCrashes < crashes; maxCrashes += 1) if (await attempt({ maxCrashes })) break
    return least !== before
  }
  // A fault may have been needed only because of another one.
  while (await pass());
  return least
}
