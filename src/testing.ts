export type { Address, Hex } from './domain/addresses.ts'
export type { Fault, FaultEffect } from './sandbox/faults.ts'
export { startTestSandbox as startSandbox, type TestSandbox, type TestSandboxOptions } from './sandbox/testing.ts'
