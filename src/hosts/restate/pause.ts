import type { ObjectContext } from '@restatedev/restate-sdk'

/** The wait that a step left as due. */
interface Wait {
  /** ISO 8601; null: no wait. */
  until: string | null
  writtenAt: string
}

/** Sleeps at Restate until the wait is over, so that the wait survives this process. */
export async function pauseUntilDue(ctx: ObjectContext, wait: Wait | null | undefined): Promise<void> {
  if (wait == null || wait.until === null) return
  const untilMs = Date.parse(wait.until)
  // Never longer than planned, even if the clock was set back since. This is not part of the replay.
  const leftMs = Math.min(untilMs - Date.now(), untilMs - Date.parse(wait.writtenAt))
  await ctx.sleep(Math.max(0, leftMs))
}
