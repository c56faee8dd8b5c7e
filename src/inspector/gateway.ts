import type { ServerResponse } from 'node:http'
import { gatewayHtml } from './html.ts'
import type { InspectorServer } from './inspector-server.ts'
import type { GatewayEvents, GatewayView } from './model/gateway.ts'
import { servePage } from './server.ts'

/** However many calls there are, viewers are told this often at most. */
const PAUSE_MS = 250
/** So that the minutes move on, and a proxy keeps the stream. */
const BEAT_MS = 10_000

export interface GatewayInspector extends InspectorServer {
  /** There is something new to be seen. Costs nothing where nobody looks. */
  changed(): void
}

/**
 * Serves a page of a gateway of this process.
 *
 * Side effects: a loopback server; see `servePage`.
 *
 * @param read - all that the page shows, as it stands.
 */
export async function inspectGateway(read: () => GatewayView): Promise<GatewayInspector> {
  const viewers = new Set<ReturnType<typeof viewerOf>>()
  let timer: NodeJS.Timeout | undefined
  const tell = () => {
    timer = undefined
    for (const viewer of viewers) viewer.show()
  }
  const { url, close } = await servePage(gatewayHtml(), {
    stream(_, response) {
      const viewer = viewerOf(response, read)
      viewers.add(viewer)
      response.on('close', () => {
        viewers.delete(viewer)
        viewer.stop()
      })
      return viewer.end
    },
    end: () => clearTimeout(timer),
  })
  return {
    url,
    close,
    changed() {
      if (viewers.size > 0) timer ??= setTimeout(tell, PAUSE_MS).unref()
    },
  }
}

/** A viewer that reads slowly gets what there is when it can take more, and nothing is queued for it. */
function viewerOf(response: ServerResponse, read: () => GatewayView) {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
  let [isFull, isLate] = [false, false]
  const write = <Name extends keyof GatewayEvents>(event: Name, data: GatewayEvents[Name]) => {
    isFull = !response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const show = () => {
    isLate = isFull
    if (!isFull) write('state', read())
  }
  response.on('drain', () => {
    isFull = false
    if (isLate) show()
  })
  const timer = setInterval(show, BEAT_MS).unref()
  const stop = () => clearInterval(timer)
  show()
  return {
    show,
    stop,
    end() {
      stop()
      show()
      response.end('event: end\ndata: null\n\n')
    },
  }
}
