import type { Embedded, Events } from '../model/wire.ts'

/** What a page is told, live or from a report. */
export type Listener = { readonly [Name in keyof Events]: (data: Events[Name]) => void } & {
  /** Whether the stream is there. */
  connected(is: boolean): void
}

export function embedded(): Embedded {
  return JSON.parse(document.getElementById('embedded')?.textContent ?? 'null') as Embedded
}

/** Tells `listener` what a report holds, or what the server streams from now on. */
export function listen({ saved }: Embedded, listener: Listener): void {
  if (saved !== null) {
    listener.hello({ now: Date.parse(saved.savedAt), epoch: 'report', about: saved.about })
    listener.steps(saved.steps)
    listener.now(saved.now)
    return
  }
  const source = new EventSource(`/events${location.search}`)
  const on = <Name extends keyof Events>(name: Name) =>
    source.addEventListener(name, ({ data }: MessageEvent<string>) => listener[name](JSON.parse(data) as never))
  for (const name of ['hello', 'steps', 'now', 'beat'] as const) on(name)
  // The browser would connect again, and find nobody.
  source.addEventListener('end', () => {
    source.close()
    listener.end(null)
  })
  source.onopen = () => listener.connected(true)
  source.onerror = () => listener.connected(false)
}
