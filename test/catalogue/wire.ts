import { afterEach, beforeEach, vi } from 'vitest'

/** A placeholder in a scripted error for the whole request with its credential: a server that quotes everything. */
export const QUOTED = '@@QUOTED@@'

export interface Wire {
  /** Every secret that went over it, by kind. */
  secrets(privateKey: string): Map<string, string>
}

const SECRETS: readonly [name: string, pattern: RegExp][] = [
  ['API key', /"apiKey":"([^"]+)/g],
  ['challenge', /"token":"([^"]+)/g],
  ['nonce of a message', /Nonce: (\w+)/g],
  ['signature', /"signature":"0x([0-9a-f]+)/g],
  ['credential', /Bearer (\S+)/g],
  ['payment or sign-in', /(eyJ[\w+/=]{60,})/g],
]

const CREDENTIALS = ['authorization', 'sign-in-with-x', 'payment-signature']

/** Records everything that `fetch` sends and receives between `beforeEach` and `afterEach`, for servers to quote. */
export function useWire(): Wire {
  let heard = ''
  const { fetch } = globalThis

  async function listen(input: Request | URL | string, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const credentials = CREDENTIALS.map((name) => request.headers.get(name) ?? '')
    const sent = [await request.clone().text(), ...credentials].join(' ')
    heard += `${sent}\n`
    const response = await fetch(request, { redirect: init?.redirect ?? request.redirect })
    const { body, status, statusText, headers } = response
    const isRedirect = status >= 300 && status <= 399
    if (body === null || isRedirect) return response
    const decoder = new TextDecoder()
    const passed = body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          const text = decoder.decode(chunk)
          heard += text
          const quoting = text.includes(QUOTED) && text.replaceAll(QUOTED, JSON.stringify(sent).slice(1, -1))
          controller.enqueue(quoting ? Buffer.from(quoting) : chunk)
        },
      }),
    )
    return new Response(passed, { status, statusText, headers })
  }

  beforeEach(() => {
    heard = ''
    vi.stubGlobal('fetch', listen)
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })
  return {
    secrets(privateKey) {
      const found = SECRETS.flatMap(([name, pattern]) =>
        [...heard.matchAll(pattern)].map(([, secret = '']) => [name, secret] as const),
      )
      return new Map([
        ['private key', privateKey.replace('0x', '')],
        ...found.map(([name, secret], index) => [`${name} ${index}`, secret] as const),
      ])
    },
  }
}
