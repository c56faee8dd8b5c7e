/**
 * Files that enumerate: crash points, seeds, hosts, wallets, faults of a real chain. They take most of the suite's
 * time, so they have their own command, `npm run test:long`. All others run in `npm test`.
 */
export const LONG = [
  'test/adapters/locks/race.test.ts',
  'test/agent/mcp.test.ts',
  'test/browser/**/*.test.ts',
  'test/canary/**/*.test.ts',
  'test/catalogue/{commands,process}.test.ts',
  'test/crash/**/*.test.ts',
  'test/driver/crash.test.ts',
  'test/fleet/{credit,fleet,reclaim,sponsor,wallet}.test.ts',
  'test/hostile/{ingress,payee,record}.test.ts',
  'test/journeys/{chain-trouble,endpoint-matrix,endpoints,fallback-sinks,fund-diem,fund-x402,funding,keys,reclaim,smart-account,sponsor,stuck}.test.ts',
  'test/journeys/{takeover,venice-errors,venice-rpc}.test.ts',
  'test/package/**/*.test.ts',
  'test/scripts/{cli,onboard,readme-examples}.test.ts',
  'test/simulation/simulation.test.ts',
  'test/wallets/doubt.test.ts',
]
