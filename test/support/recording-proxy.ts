import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface Exchange {
  method: string
  path: string
  sent: string
  authorization: string
  /** A wallet's credential in place of a key. */
  signIn: string
  /** A signed payment. */
  payment: string
  received: string
}

export interface RecordingProxy {
  url: string
  exchanges: Exchange[]
  /** From now on, matching requests are refused with an error that quotes the whole request. */
  quote(fits: (exchange: Exchange) => boolean): void
}

/** An answer in place of the target's own. */
export interface Reply {
  status: number
  body: unknown
}

/**
 * A server in front of `target` that sees all traffic unencrypted. It breaks off what the target breaks off.
 *
 * @param answer - the answer in the target's place; undefined: the request goes to the target.
 */
export async function startRecordingProxy(
  target: string,
  answer: (exchange: Exchange) => Reply | undefined = () => undefined,
): Promise<RecordingProxy> {
  const exchanges: Exchange[] = []
  let isQuoted: (exchange: Exchange) => boolean = () => false

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming
    const exchange: Exchange = {
      method,
      path: url,
      sent: await text(incoming),
      authorization: headers.authorization ?? '',
      signIn: String(headers['sign-in-with-x'] ?? ''),
      payment: String(headers['payment-signature'] ?? ''),
      received: '',
    }
    exchanges.push(exchange)
    if (isQuoted(exchange)) {
      const said = `Do not understand ${exchange.sent} of ${exchange.authorization}${exchange.signIn}${exchange.payment}`
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: said }))
      return
    }
    const told = answer(exchange)
    if (told !== undefined) {
      response.writeHead(told.status, { 'content-type': 'application/json' }).end(JSON.stringify(told.body))
      return
    }
    const { host: _, connection: __, ...passed } = headers
    const onward = request(new URL(url, target), { method, headers: passed })
    onward.end(exchange.sent)
    const [reply] = (await once(onward, 'response')) as [IncomingMessage]
    exchange.received = await text(reply)
    response.writeHead(reply.statusCode ?? 500, { 'content-type': reply.headers['content-type'] ?? '' })
    response.end(exchange.received)
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { pathname } = new URL(target)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`
  return {
    url,
    exchanges,
    quote(fits) {
      isQuoted = fits
    },
  }
}
