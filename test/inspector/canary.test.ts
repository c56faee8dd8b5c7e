import { expect, test } from 'vitest'
import { startRecordingProxy } from '../support/recording-proxy.ts'
import { useSandbox } from '../support/sandbox.ts'

const lab = useSandbox({ blockTimeMs: 500 })

/** Everything sent to a viewer, page and stream, until the run ends. */
async function watch(url: string): Promise<string> {
  const page = await fetch(url)
  const stream = await fetch(url.replace('/?', '/events?'))
  return (await page.text()) + (await stream.text())
}

test.each(['jwt', 'siwe'] as const)(
  'neither the page nor the stream has a secret of a run with a %s challenge',
  async (form) => {
    lab.sandbox.venice.setChallenge(form)
    const journey = await lab.begin()
    const venice = await startRecordingProxy(lab.sandbox.apiUrl)
    const running = journey.start(['--inspect', '--api-url', venice.url])
    const url = (await running.line((line) => line.includes('http://127.0.0.1'))).split(' ').at(-1) ?? ''
    const seen = await watch(url)
    expect((await running.done).code).toBe(0)
    expect(seen).toContain('event: end')
    expect(seen).toContain('"unfunded"')
    const bodies = venice.exchanges.map(({ sent, received }) => `${sent}${received}`).join('\n')
    const found = [
      ...bodies.matchAll(/"(?:token|signature|apiKey|nonce)":"([^"]{8,})"/g),
      ...bodies.matchAll(/Nonce: (\w{8,})/g),
    ].map(([, secret]) => secret ?? '')
    const secrets = [journey.privateKey.slice(2), journey.storedKey() ?? '', ...found]
    expect(secrets.length).toBeGreaterThanOrEqual(4)
    expect(secrets.filter((secret) => secret === '' || seen.includes(secret))).toEqual([])
  },
)
