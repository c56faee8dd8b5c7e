import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Picks a free port for each that is not given. All are kept open until every one is known, so that they differ. */
export async function freePorts(wanted: readonly (number | undefined)[]): Promise<number[]> {
  const held = await Promise.all(
    wanted.map(async (port) => {
      if (port !== undefined) return { port, free: async () => {} }
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const free = async () => {
        const closed = once(server, 'close')
        server.close()
        await closed
      }
      return { port: (server.address() as AddressInfo).port, free }
    }),
  )
  for (const { free } of held) await free()
  return held.map(({ port }) => port)
}
