import { describeKeySink } from '../ports/key-sink.ts'
import { fakeWorld } from './world.ts'

describeKeySink('the sink of the fake world', async () => {
  const { sink } = fakeWorld().ports
  return { sink, held: async () => (await sink.read?.()) ?? null }
})
