import { describe, expect, it } from 'vitest'
import { createEffects } from '../../src/driver/effects/create.ts'
import type { Ports } from '../../src/driver/effects/io.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import type { Whereabouts } from '../../src/ports/chain.ts'
import { attempt } from '../support/samples.ts'
import { fakeWorld } from '../support/world.ts'

const io = { signal: new AbortController().signal, report: () => {} }
const ID = `0x${'1d'.repeat(32)}` as const
const HASH = `0x${'ab'.repeat(32)}` as const
const intent = attempt('stake', 8, { raw: null, hash: ID, intent: ID })
const FREE: Whereabouts = { status: 'free', isNext: true }
const waiting = (isCheaper: boolean): Whereabouts => ({ status: 'pending', hash: HASH, differs: [], isCheaper })

/** Broadcasts the intent. The network answers each read with the next entry; the last one repeats. */
async function handOut(
  shown: readonly (Whereabouts | Error)[],
  { honoursNonces = false, isUnsent = false }: { honoursNonces?: boolean; isUnsent?: boolean },
) {
  const { ports, clock } = fakeWorld()
  const looks = [...shown]
  let sends = 0
  const chain: Ports['chain'] = {
    ...ports.chain,
    whereabouts: async () => {
      const seen = looks.length > 1 ? looks.shift() : looks[0]
      if (seen === undefined || seen instanceof Error) throw seen
      return seen
    },
  }
  const sending = {
    honoursNonces,
    isUnsent: () => isUnsent,
    send: async () => {
      sends += 1
      return HASH
    },
  }
  const effects = createEffects({ ...ports, chain, signer: { ...ports.signer, sending } })
  const outcome = await effects.broadcast({ attempts: [intent] }, io).then(
    (output) => ({ output, code: null }),
    ({ code }) => ({ output: null, code: code as string }),
  )
  return { ...outcome, sends, waits: clock.wakes.length }
}

describe('an intent that may have been sent', () => {
  it('is sent again only when the wallet respects nonces', async () => {
    expect(await handOut([FREE], { honoursNonces: true })).toMatchObject({ code: null, sends: 1, waits: 0 })
    expect(await handOut([FREE], {})).toMatchObject({ code: 'wallet/send-outcome-unknown', sends: 0, waits: 12 })
  })

  // The last is more than ten seconds, by which a replica may be behind for a minute.
  it.each([0, 1, 2, 8])(
    'that is found after %i reads is not sent, and gets the hash it was found under',
    async (looks) => {
      const shown = [...Array.from({ length: looks }, () => FREE), waiting(false)]
      expect(await handOut(shown, {})).toMatchObject({ output: { hashes: [ID], sentAs: { [ID]: HASH } }, sends: 0 })
    },
  )

  it('replaces a cheaper transaction under its nonce when the wallet respects nonces', async () => {
    expect((await handOut([waiting(true)], { honoursNonces: true })).sends).toBe(1)
    expect((await handOut([waiting(true)], {})).sends).toBe(0)
    expect((await handOut([waiting(false)], { honoursNonces: true })).sends).toBe(0)
  })
})

describe('an intent that was never sent', () => {
  it('waits for its turn when the wallet chooses the nonce, and is never sent out of turn', async () => {
    const early: Whereabouts = { status: 'free', isNext: false }
    expect(await handOut([early, FREE], { isUnsent: true })).toMatchObject({ code: null, sends: 1, waits: 1 })
    expect(await handOut([early], { isUnsent: true })).toMatchObject({ code: 'wallet/not-next-nonce', sends: 0 })
  })

  it('keeps the wallet’s hash, whatever the network then says about it', async () => {
    for (const said of [FREE, new RpcError('lost')]) {
      const { output, sends } = await handOut([said], { isUnsent: true, honoursNonces: true })
      expect(output?.sentAs).toEqual({ [ID]: HASH })
      expect(sends).toBe(1)
    }
  })

  it('does not count as sent when the wallet sent something else', async () => {
    const other: Whereabouts = { status: 'pending', hash: HASH, differs: ['nonce'], isCheaper: false }
    expect(await handOut([FREE, other], { isUnsent: true })).toMatchObject({ code: 'wallet/sent-otherwise', sends: 1 })
  })
})
