import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FaultEffect } from './faults.ts'

type Hostile = Extract<FaultEffect, { kind: 'bytes' | 'flood' | 'drip' }>

const CHUNK = Buffer.alloc(65_536, ' ')

export const isHostile = (effect: FaultEffect | undefined): effect is Hostile =>
  effect?.kind === 'bytes' || effect?.kind === 'flood' || effect?.kind === 'drip'

/** Answers like a hostile server. Resolves when the answer is sent, or the client has disconnected. */
export async function sendHostile(response: ServerResponse, effect: Hostile): Promise<void> {
  switch (effect.kind) {
    case 'bytes':
      response.writeHead(effect.status, { 'content-type': 'application/json', ...effect.headers })
      response.end(Buffer.from(effect.base64, 'base64'))
      return
    case 'flood':
      return flood(response, effect.bytes)
    case 'drip':
      return drip(response, effect)
  }
}

async function flood(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  const gone = once(response, 'close')
  for (let left = bytes; left > 0 && !response.destroyed; left -= CHUNK.length) {
    if (!response.write(CHUNK.subarray(0, left))) await Promise.race([once(response, 'drain'), gone])
  }
  response.end()
}

/** Writes to the socket, because Node's HTTP sends headers in one piece. */
async function drip(response: ServerResponse, { part, ms }: Extract<Hostile, { kind: 'drip' }>): Promise<void> {
  const { socket } = response
  if (socket === null) return
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n')
  if (part === 'body') socket.write('content-length: 100000\r\n\r\n')
  else socket.write('x-slow: ')
  const timer = setInterval(() => socket.write(' '), ms)
  await once(socket, 'close')
  clearInterval(timer)
}
