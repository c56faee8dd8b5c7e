import { initialTransition } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import type { Counters, OnboardingInput } from '../../../machines/onboarding/context.ts'
import { isStakeProven } from '../../../machines/onboarding/transactions.ts'
import { newestPerNonce } from '../../../src/domain/attempt.ts'
import { statePath } from '../../../src/driver/events.ts'
import { type Answer, answersIn } from './answers.ts'
import { type Completion, edgesAtStart, marked, recorded, type Snapshot } from './chart.ts'

/** Where runs start from. */
export interface Seed {
  name: string
  input: OnboardingInput
  /** Loops that have already turned, as if the run had returned to its first state. Default: none. */
  counters?: Counters
}

/** The answers of the effects in order, starting from a seed, and the edges that they take. */
export interface Path {
  seed: Seed
  answers: readonly Answer[]
  /** The states on the path, from the first one. */
  states: readonly string[]
  edges: readonly string[]
}

/** The snapshot a run of `seed` begins with. */
export function startOf({ input, counters }: Seed): Snapshot {
  const [first] = initialTransition(marked, input)
  if (counters === undefined) return first
  return marked.resolveState({ value: first.value, context: { ...first.context, counters } })
}

const turnsOf = ({ context }: Snapshot): number =>
  Object.values(context.counters).reduce((sum, turns) => sum + turns, 0)

const keys = new WeakMap<Snapshot, string>()

/** What identifies a vertex: the machine's state, and what its guards read. */
function keyOf(snapshot: Snapshot): string {
  const known = keys.get(snapshot) ?? serialize(snapshot)
  keys.set(snapshot, known)
  return known
}

function serialize({ value, context }: Snapshot): string {
  const { record, counters, missing, challenge, walletState } = context
  return JSON.stringify([
    value,
    counters,
    newestPerNonce(record.attempts).map(({ purpose, nonce, status }) => [purpose, nonce, status]),
    missing.length,
    challenge?.form,
    record.mints.map(({ status }) => status),
    record.key === null,
    (record.funding?.proof ?? null) === null,
    (record.funding?.wallet?.proof ?? null) === null,
    record.payments?.map(({ status }) => status),
    context.isDiemStaked,
    context.failure?.recovery === 'retry',
    context.failure === null,
    walletState?.sVvv !== '0',
    walletState?.drafts.map(({ purpose }) => purpose),
    isStakeProven(context),
  ])
}

interface Asked extends Completion {
  answer: Answer
}

function eventsIn(snapshot: Snapshot): Asked[] {
  if (snapshot.status !== 'active') return []
  const { answers, id, input } = answersIn(snapshot)
  return answers.map((answer) => {
    const told = answer.answer(input as never)
    return {
      type: `xstate.${answer.isFailure ? 'error' : 'done'}.actor.${id}`,
      actorId: id,
      answer,
      ...(answer.isFailure ? { error: told } : { output: told }),
    } as unknown as Asked
  })
}

/**
 * A shortest path to every transition that can be taken from `seed` while the loops of the machine turn `turns` times
 * in all. Pure.
 */
export function pathsFrom(seed: Seed, turns: number): Path[] {
  const start = startOf(seed)
  const most = turnsOf(start) + turns
  const { logic, taken } = recorded<Asked>()
  const vertices = getShortestPaths(logic, {
    fromState: start,
    events: eventsIn as never,
    serializeState: keyOf as never,
    serializeEvent: (({ answer }: Asked) => answer.name) as never,
    stopWhen: (snapshot) => turnsOf(snapshot) > most,
  })
  // A resumed run has no first step of its own.
  const atStart = seed.counters === undefined ? edgesAtStart(seed.input) : []
  const ways = new Map(
    vertices.map(({ state, steps }) => {
      // XState names the start of the machine as the first event.
      const events = steps.slice(1).map(({ event }) => event as unknown as Asked)
      const states = steps.map((made) => statePath((made.state as Snapshot).value))
      const edges = [...atStart, ...events.flatMap((event) => taken.get(event)?.edges ?? [])]
      return [
        keyOf(state as Snapshot),
        { answers: events.map(({ answer }) => answer), states, edges: [...new Set(edges)] },
      ]
    }),
  )
  return [...taken].flatMap(([{ answer }, { from, edges, next }]): Path[] => {
    const way = ways.get(keyOf(from))
    if (way === undefined) return []
    return [
      {
        seed,
        answers: [...way.answers, answer],
        states: [...way.states, statePath(next.value)],
        edges: [...way.edges, ...edges],
      },
    ]
  })
}

/** A few of `paths` that together take all their edges: a shortest one per edge, without redundant ones. */
export function cover(paths: readonly Path[]): Path[] {
  const byLength = [...paths].sort((a, b) => a.answers.length - b.answers.length)
  const covered = new Set<string>()
  const chosen = byLength.filter(({ edges }) => {
    const isNew = edges.some((edge) => !covered.has(edge))
    for (const edge of edges) covered.add(edge)
    return isNew
  })
  const count = new Map<string, number>()
  const add = (edges: readonly string[], much: number) => {
    for (const edge of new Set(edges)) count.set(edge, (count.get(edge) ?? 0) + much)
  }
  for (const { edges } of chosen) add(edges, 1)
  return chosen.filter(({ edges }) => {
    const isSpare = edges.every((edge) => (count.get(edge) ?? 0) > 1)
    if (isSpare) add(edges, -1)
    return !isSpare
  })
}
