import { fromPromise, not, setup } from 'xstate'

/** One of everything that a chart can contain: regions, history, timers, wildcards, computed and missing names. */
export const oddMachine = setup({
  types: { events: {} as { type: 'go' } | { type: 'stop' }, context: {} as { count: number } },
  actors: { work: fromPromise(async () => 'done') },
  guards: { isReady: () => true, asks: (_, { code }: { code: string }) => code === 'x' },
  actions: { note: () => {}, tell: (_, { text }: { text: string }) => void text },
  delays: { patience: 1_000 },
}).createMachine({
  id: 'odd',
  description: 'A chart.',
  context: { count: 1 },
  initial: 'note',
  on: { stop: '.end' },
  states: {
    note: {
      entry: 'note',
      tags: ['idle'],
      on: { go: [{ guard: 'isReady', target: 'work', actions: ['note', () => {}] }, { actions: 'note' }] },
      after: { patience: 'end', 500: { guard: not('isReady'), target: 'work' } },
    },
    work: {
      type: 'parallel',
      meta: { irreversible: 'It is done.' },
      onDone: 'end',
      states: {
        left: {
          initial: 'first',
          states: {
            first: {
              invoke: {
                src: 'work',
                onDone: { target: 'last', actions: { type: 'tell', params: { text: 'done' } } },
                onError: { guard: { type: 'asks', params: { code: '"x"; y: <b> & {z} #1' } }, target: '#odd.note' },
              },
            },
            last: { type: 'final' },
          },
        },
        right: { initial: 'on', states: { on: { on: { '*': 'back' } }, back: { type: 'history', target: 'on' } } },
      },
    },
    end: { type: 'final', description: 'Over.' },
  },
})
