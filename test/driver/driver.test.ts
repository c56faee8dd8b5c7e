import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { drive, dueEffect } from '../../src/driver/driver.ts'
import { Interrupted } from '../../src/driver/effects/guard.ts'
import type { Effects } from '../../src/driver/effects/io.ts'
import type { Envelope } from '../../src/driver/envelope.ts'
import { firstSnapshot, nextSnapshot } from '../../src/driver/pure-transition.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { type Script, scriptedEffects } from '../support/fakes.ts'
import { driveOn, memoryHost, onDisk, transitions } from '../support/memory-host.ts'
import { FUNDED, MINTED } from '../support/run-machine.ts'
import { request } from '../support/samples.ts'

const NEVER = new AbortController().signal

/** Stops the run as soon as the effect `name` runs, which then does what `then` says. */
async function pausedIn<Name extends keyof Effects>(name: Name, then: 'is cut short' | 'ends', script: Script = {}) {
  const clock = fakeClock()
  const { effects, calls } = scriptedEffects({ script, clock })
  const pause = new AbortController()
  const host = memoryHost({ clock })
  const pausing: Effects = {
    ...effects,
    [name]: async (...input: Parameters<Effects[Name]>) => {
      pause.abort()
      if (then === 'is cut short') throw new Interrupted()
      // The same effect, so the same input; its union with the other effects is more than TypeScript follows.
      return (effects[name] as (...input: unknown[]) => Promise<unknown>)(...input)
    },
  }
  const driven = await driveOn(host, pausing, { signal: pause.signal })
  return { ...driven, host, effects, calls }
}

async function envelopeAt(state: string): Promise<Envelope> {
  const host = memoryHost()
  const seen: Envelope[] = []
  const recording = {
    ...host,
    save: async (envelope: Envelope) => {
      seen.push(envelope)
    },
  }
  await drive({
    effects: scriptedEffects().effects,
    host: recording,
    envelope: null,
    input: { request: request() },
    signal: NEVER,
  })
  const at = transitions(host).findIndex(({ to }) => to === state)
  const envelope = seen[at]
  if (envelope === undefined) throw new Error(`The run does not come through ${state}.`)
  return envelope
}

describe('the driver', () => {
  it('computes what XState computes, at every step of a run', async () => {
    const seen: Envelope[] = []
    const outputs: unknown[] = []
    const { effects } = scriptedEffects()
    const watched = Object.fromEntries(
      Object.entries(effects).map(([name, effect]) => [
        name,
        async (...input: unknown[]) => {
          const output = await (effect as (...input: unknown[]) => Promise<unknown>)(...input)
          outputs.push(output)
          return output
        },
      ]),
    ) as unknown as Effects
    const host = { ...memoryHost(), save: async (envelope: Envelope) => void seen.push(envelope) }
    const input = { request: request() }
    await drive({ effects: watched, host, envelope: null, input, signal: NEVER })
    const plain = ([{ value, context, status, output }, actions]: ReturnType<typeof nextSnapshot>) => ({
      ...{ value, context, status, output },
      due: dueEffect(actions),
      actions: actions.map(({ type }) => type),
    })
    expect(plain(firstSnapshot(onboardingMachine, input))).toEqual(plain(initialTransition(onboardingMachine, input)))
    const steps = seen.flatMap(({ snapshot, due }) =>
      due === null || due.src === 'sleepUntil' ? [] : [{ snapshot, due }],
    )
    expect(steps).toHaveLength(10)
    for (const { snapshot, due } of steps) {
      const from = onboardingMachine.resolveState({ value: snapshot.value as never, context: snapshot.context })
      for (const outcome of [
        { type: `xstate.done.actor.${due.id}`, output: outputs.shift(), actorId: due.id },
        { type: `xstate.error.actor.${due.id}`, error: new Error('of no kind'), actorId: due.id },
      ]) {
        const event = outcome as never
        expect(plain(nextSnapshot(onboardingMachine, from, event))).toEqual(
          plain(transition(onboardingMachine, from, event)),
        )
      }
    }
  })

  it('saves the snapshot of an effect before it runs the effect', async () => {
    const host = memoryHost()
    await driveOn(host, scriptedEffects({ script: { readWalletState: [new RpcError('busy')] } }).effects)
    const acts = host.log.flatMap((line, index) => (line.startsWith('save') ? [] : [[host.log[index - 1], line]]))
    expect(acts.slice(0, 3)).toEqual([
      ['save 1 readWalletState', 'step readWalletState'],
      ['save 2 sleepUntil', 'sleep'],
      ['save 3 readWalletState', 'step readWalletState'],
    ])
    for (const [save, act] of acts)
      expect(save?.split(' ')[2]).toBe(act === 'sleep' ? 'sleepUntil' : act?.split(' ')[1])
    expect(host.log.at(-1)).toMatch(/^save \d+ nothing$/)
  })

  it('does not act on a snapshot that could not be saved', async () => {
    for (let failing = 1; failing <= 10; failing += 1) {
      const { effects, calls } = scriptedEffects()
      const host = memoryHost()
      let saves = 0
      const save = async (envelope: Envelope) => {
        saves += 1
        if (saves === failing) throw new Error('disk full')
        return host.save(envelope)
      }
      await expect(driveOn({ ...host, save }, effects)).rejects.toThrow('disk full')
      expect(calls).toHaveLength(failing - 1)
    }
  })

  it('numbers the saves of a run without gaps, and announces each in order after it is saved', async () => {
    const host = memoryHost()
    const order: string[] = []
    const telling = {
      ...host,
      save: async (envelope: Envelope) => {
        order.push(`saved ${envelope.revision}`)
      },
      publish: (event: Parameters<typeof host.publish>[0]) => {
        host.publish(event)
        if (event.type === 'transition') order.push(`told ${event.revision}`)
      },
    }
    await drive({
      effects: scriptedEffects().effects,
      host: telling,
      envelope: null,
      input: { request: request() },
      signal: NEVER,
    })
    const events = transitions(host)
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => index + 1))
    expect(order).toEqual(events.flatMap(({ revision }) => [`saved ${revision}`, `told ${revision}`]))
    expect(events.map(({ from }) => from)).toEqual([null, ...events.slice(0, -1).map(({ to }) => to)])
    expect(events[0]).toMatchObject({ cause: 'onboarding.start', pass: 1 })
    expect(events[1]).toMatchObject({ cause: 'xstate.done.actor.readWalletState' })
  })

  it('resumes from disk exactly as it would continue from memory', async () => {
    const straight = memoryHost()
    await driveOn(straight, scriptedEffects().effects)
    const { effects } = scriptedEffects()
    const pieces: string[] = []
    let disk: string | null = null
    for (let n = 0; n < 50; n += 1) {
      const host = memoryHost({ disk })
      const pause = new AbortController()
      const save = (envelope: Envelope) => {
        pause.abort()
        return host.save(envelope)
      }
      // Getters do not survive a spread, so the disk is read from `host` itself.
      const { status } = await driveOn({ ...host, save }, effects, { signal: pause.signal })
      pieces.push(...transitions(host).map(({ to }) => to))
      disk = host.disk
      if (status === 'done') break
    }
    expect(pieces).toEqual(transitions(straight).map(({ to }) => to))
  })
})

describe('a process that resumes another process’s run', () => {
  it('announces that once before it acts, and saves nothing for it', async () => {
    const { host, effects, envelope } = await pausedIn('watchTransactions', 'is cut short')
    const again = memoryHost({ disk: host.disk })
    await driveOn(again, effects)
    const { revision, writtenAt: since } = envelope
    expect(again.events[0]).toMatchObject({ type: 'resumed', revision, since, state: 'awaitConfirmation.watch' })
    expect(again.events.filter(({ type }) => type === 'resumed')).toHaveLength(1)
    expect(again.log[0]).toBe('step watchTransactions')
  })
})

describe('a pause', () => {
  it('before the first step leaves a run that can be driven', async () => {
    const host = memoryHost()
    const { effects, calls } = scriptedEffects()
    const { status } = await driveOn(host, effects, { signal: AbortSignal.abort() })
    expect(status).toBe('paused')
    expect(calls).toEqual([])
    expect((await onDisk(host))?.revision).toBe(1)
  })

  it.each(['readWalletState', 'watchTransactions', 'fetchChallenge', 'checkFunding'] as const)(
    'during %s leaves the run as it was',
    async (name) => {
      const { status, envelope, host } = await pausedIn(name, 'is cut short')
      expect(status).toBe('paused')
      expect(envelope.due?.src).toBe(name)
      expect(await onDisk(host)).toEqual(envelope)
    },
  )

  it('during a wait leaves the run as it was, and the wait keeps its end time', async () => {
    const clock = fakeClock()
    const host = memoryHost({ clock })
    const pause = new AbortController()
    const sleeping = {
      ...host,
      sleepUntil: async () => {
        pause.abort(new Error('SIGINT'))
        throw pause.signal.reason
      },
    }
    const { effects } = scriptedEffects({ script: { readWalletState: [new RpcError('busy')] }, clock })
    const { status, envelope } = await driveOn(sleeping, effects, { signal: pause.signal })
    expect(status).toBe('paused')
    expect(envelope.due).toEqual({
      id: 'sleepUntil',
      src: 'sleepUntil',
      input: { until: envelope.snapshot.context.wakeAt },
    })
    const again = memoryHost({ clock, disk: host.disk })
    expect((await driveOn(again, effects)).envelope.snapshot.value).toBe('funded')
    expect(clock.wakes[0]).toBe(envelope.snapshot.context.wakeAt)
  })

  it.each(['signTransactions', 'broadcast', 'signChallenge', 'mintKey'] as const)(
    'during %s lets it finish and records its result first',
    async (name) => {
      const { status, envelope, host } = await pausedIn(name, 'ends')
      expect(status).toBe('paused')
      const [last] = transitions(host).slice(-1)
      expect(last?.cause).toBe(`xstate.done.actor.${name}`)
      expect(await onDisk(host)).toEqual(envelope)
    },
  )

  it('during the mint loses no key', async () => {
    const { envelope, host, effects } = await pausedIn('mintKey', 'ends')
    expect(envelope.snapshot.context.record.key).not.toBeNull()
    const again = memoryHost({ disk: host.disk })
    await driveOn(again, effects)
    expect(transitions(again).map(({ to }) => to)).toEqual(['funded'])
  })
})

describe('an envelope', () => {
  it('of a finished run is returned without an effect or save', async () => {
    const { effects, calls } = scriptedEffects()
    const envelope = await envelopeAt('funded')
    const host = memoryHost()
    const driven = await drive({ effects, host, envelope, input: { request: request() }, signal: NEVER })
    expect(driven).toEqual({ status: 'done', envelope })
    expect([calls, host.log, host.events]).toEqual([[], [], []])
  })

  it.each([
    ['version', { version: 0 }],
    ['definition', { definition: 'other' }],
  ])('of another machine %s starts a new pass from its record, and sends nothing again', async (_, other) => {
    const before = await envelopeAt('awaitConfirmation.watch')
    const { effects, calls } = scriptedEffects()
    const host = memoryHost()
    const envelope = { ...before, machine: { ...before.machine, ...other } }
    await drive({ effects, host, envelope, input: { request: request() }, signal: NEVER })
    const events = transitions(host)
    expect(events.map(({ to }) => to)).toEqual(['awaitConfirmation.watch', ...MINTED, ...FUNDED])
    expect(events[0]).toMatchObject({ cause: 'onboarding.restart', pass: 2, revision: before.revision + 1 })
    expect(calls.map(({ name }) => name)).not.toContain('signTransactions')
    expect(calls.map(({ name }) => name)).not.toContain('broadcast')
  })

  it('of a failed run starts a new pass from its record, with fresh counters', async () => {
    const host = memoryHost()
    await driveOn(host, scriptedEffects({ script: { watchTransactions: { always: new RpcError('down') } } }).effects)
    const failed = await onDisk(host)
    expect(failed?.snapshot.value).toBe('failed')
    const again = memoryHost({ disk: host.disk })
    const { effects, calls } = scriptedEffects()
    const { envelope } = await driveOn(again, effects)
    expect(transitions(again).map(({ to }) => to)).toEqual(['awaitConfirmation.watch', ...MINTED, ...FUNDED])
    expect(calls.map(({ name }) => name)).not.toContain('signTransactions')
    expect(envelope.pass).toBe(2)
    expect(transitions(again)[0]?.view.counters).toMatchObject({ retries: 0 })
  })
})

describe('a run event', () => {
  it('shows no raw bytes, no drafts and no effect input', async () => {
    const host = memoryHost()
    await driveOn(host, scriptedEffects().effects)
    expect(JSON.stringify(host.events)).not.toMatch(/"(raw|drafts|data|input|due)"/)
  })
})
