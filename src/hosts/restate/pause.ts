import type { ObjectContext } from '@restatedev/restate-sdk'

/** A wait that is due next, as a step left it. */
interface Wait {
  /** ISO 8601; null: nothing is waited for. */
  until: string | null
  writtenAt: string
}

/** Sleeps at Restate, so that the wait outlives this process, until what is due may go on. */
export async function pauseUntilDue(ctx: ObjectContext, wait: Wait | null | undefined): Promise<void> {
  if (wait == null || wait.until === null) return
  const untilMs = Date.parse(wait.until)
  // No longer than it was planned to last, should the clock have been set back since. Not part of what is replayed.
  const leftMs = Math.min(untilMs - Date.now(), untilMs - Date.parse(wait.writtenAt))
  await ctx.sleep(Math.max(0, leftMs))
}
