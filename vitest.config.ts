import { defineConfig } from 'vitest/config'
import { LONG } from './test/long.ts'

export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    // Suites start real chains, servers and processes, and wait for them: two cores run three at a time.
    maxWorkers: 3,
    // A hung test is still ended.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A poll ends when what it waits for is there; the limit is for a machine that does much else.
    expect: { poll: { timeout: 20_000, interval: 20 } },
    retry: 0,
    // Node 20's fetch now and then fires the timer of an idle connection without the connection, after all is done.
    onUnhandledError: ({ message, stack = '' }) =>
      !(message.includes("reading 'deref'") && stack.includes('onParserTimeout')),
    projects: [
      { extends: true, test: { name: 'main', include: ['test/**/*.test.ts'], exclude: LONG } },
      // What enumerates takes a minute where nothing else runs.
      { extends: true, test: { name: 'long', include: LONG, testTimeout: 600_000 } },
    ],
  },
})
