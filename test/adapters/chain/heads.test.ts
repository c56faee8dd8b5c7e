import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createHeads } from '../../../src/adapters/chain/heads.ts'
import { overWebSocket } from '../../support/sandbox.ts'
import { useChain } from './lab.ts'

const { lab } = useChain()
const HEAD = JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result: {} } })

/** Follows until the test ends. `next`: resolves with the next announcement, at once when there was one since the last. */
function following(url: string) {
  const heads = createHeads(url)
  let announced = 0
  let wake = () => {}
  const stop = heads.follow(() => {
    announced += 1
    wake()
  })
  onTestFinished(stop)
  const next = async (): Promise<void> => {
    while (announced === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    announced = 0
  }
  return { heads, stop, next }
}

it('each block of a real node is announced over its WebSocket', async () => {
  const { chain } = lab.sandbox
  const { next } = following(overWebSocket(chain.nodeUrl))
  // The first one shows that the subscription works.
  let isThere = false
  const first = next().then(() => {
    isThere = true
  })
  while (!isThere) await Promise.race([first, chain.mine()])
  for (let blocks = 0; blocks < 3; blocks += 1) {
    await chain.mine()
    await next()
  }
})

describe('an endpoint', () => {
  let server: WebSocketServer | undefined
  afterEach(() => {
    for (const client of server?.clients ?? []) client.terminate()
    server?.close()
  })

  async function serve(onSubscribe: (send: (text: string) => void) => void): Promise<string> {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    server.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.on('message', () => onSubscribe((text) => socket.send(text)))
    })
    await once(server, 'listening')
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it.each([
    ['invalid JSON', '<html>busy</html>'],
    ['an error', JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'not supported' } })],
    ['the subscription', JSON.stringify({ jsonrpc: '2.0', id: 1, result: '0x1' })],
    ['null', 'null'],
  ])('that sends %s announces nothing with it, and the next head counts', async (_, other) => {
    const url = await serve((send) => {
      for (const text of [other, other, HEAD]) send(text)
    })
    let announced = 0
    await new Promise<void>((resolve) => {
      const stop = createHeads(url).follow(() => {
        announced += 1
        resolve()
      })
      onTestFinished(stop)
    })
    expect(announced).toBe(1)
  })

  it('that sends endless data is disconnected', async () => {
    let left: Promise<unknown> | undefined
    const url = await serve((send) => send('x'.repeat(1_000_000)))
    server?.on('connection', (socket) => {
      left = once(socket, 'close')
    })
    following(url)
    await once(server as WebSocketServer, 'connection')
    await left
  })

  it('has one connection for any number of followers, until the last one stops', async () => {
    let subscriptions = 0
    const url = await serve((send) => {
      subscriptions += 1
      send(HEAD)
    })
    const { heads, stop, next } = following(url)
    await next()
    const stopOther = heads.follow(() => {})
    stop()
    expect(server?.clients.size).toBe(1)
    const [socket] = server?.clients ?? []
    const closed = once(socket as NonNullable<typeof socket>, 'close')
    stopOther()
    await closed
    expect(subscriptions).toBe(1)
  })

  it('that was disconnected is connected again by the next follower', async () => {
    let subscriptions = 0
    const { heads, stop, next } = following(
      await serve((send) => {
        subscriptions += 1
        send(HEAD)
      }),
    )
    await next()
    stop()
    await new Promise<void>((resolve) => onTestFinished(heads.follow(() => resolve())))
    expect(subscriptions).toBe(2)
  })

  it.each([
    ['that cannot be reached', async () => 'ws://127.0.0.1:1'],
    ['that is not a WebSocket', async () => overWebSocket(lab.sandbox.apiUrl)],
  ])('%s announces nothing, and raises no error', async (_, urlOf) => {
    const url = await urlOf()
    let announced = 0
    const stop = createHeads(url).follow(() => {
      announced += 1
    })
    const other = new WebSocket(url)
    await once(other, 'error')
    stop()
    expect(announced).toBe(0)
  })

  it('with a URL that no socket accepts announces nothing, and raises no error', async () => {
    const failed: unknown[] = []
    const note = (reason: unknown) => failed.push(reason)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const stop = createHeads('ws://127.0.0.1:1/#fragment').follow(() => {})
    await import('ws')
    await new Promise(setImmediate)
    stop()
    expect(failed).toEqual([])
  })
})

describe('an endpoint that floods followers', () => {
  const head = (number: number, more: object = {}) =>
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'eth_subscription',
      params: { subscription: '0x1', result: { number: `0x${number.toString(16)}`, timestamp: '0x6a000000', ...more } },
    })
  /** Sends `texts` at once, and then a block that ends the test. Resolves with all announcements. */
  async function announcedFor(texts: readonly string[], leastMs: number) {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => {
      for (const client of server.clients) client.terminate()
      server.close()
    })
    server.on('connection', (socket) => {
      socket.on('message', () => {
        for (const text of texts) socket.send(text)
      })
    })
    await once(server, 'listening')
    const seen: unknown[] = []
    let announced = 0
    await new Promise<void>((resolve) => {
      const stop = createHeads(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
        leastMs: () => leastMs,
        seen: (block) => {
          seen.push(block)
          if (block.number === '0xffff') setImmediate(resolve)
        },
      }).follow(() => {
        announced += 1
      })
      onTestFinished(stop)
    })
    return { announced, seen: seen.length }
  }

  it('with one head announces it once', async () => {
    const same = Array.from({ length: 200 }, () => head(7, { hash: '0x07' }))
    expect(await announcedFor([...same, head(0xffff)], 0)).toEqual({ announced: 2, seen: 2 })
  })

  it('with two alternating heads announces each once', async () => {
    const turns = Array.from({ length: 200 }, (_, index) => head(7, { hash: `0x0${index % 2}` }))
    expect(await announcedFor([...turns, head(0xffff)], 0)).toEqual({ announced: 3, seen: 3 })
  })

  it('with new heads announces them no faster than the rate limit', async () => {
    const many = Array.from({ length: 200 }, (_, index) => head(index + 1))
    expect(await announcedFor([...many, head(0xffff)], 60_000)).toEqual({ announced: 1, seen: 201 })
  })
})
