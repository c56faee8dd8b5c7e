import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, createMachine, type UnknownMachineConfig } from 'xstate'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { graphOf } from '../../src/diagram/graph.ts'
import { toStatelyConfig } from '../../src/diagram/stately.ts'
import { oddMachine } from './charts.ts'

const rebuilt = (machine: AnyStateMachine): AnyStateMachine =>
  createMachine(JSON.parse(JSON.stringify(toStatelyConfig(machine))) as UnknownMachineConfig)

describe.each<[string, AnyStateMachine]>([
  ['the onboarding', onboardingMachine],
  ['a machine with one of everything', oddMachine],
])('the config of %s', (_, machine) => {
  it('makes a machine with the same graph', () => {
    expect(graphOf(rebuilt(machine))).toEqual(graphOf(machine))
  })

  it('equals its own config', () => {
    expect(toStatelyConfig(rebuilt(machine))).toEqual(toStatelyConfig(machine))
  })
})

describe('a config', () => {
  it('keeps literal parameters and omits computed ones', () => {
    const text = JSON.stringify(toStatelyConfig(onboardingMachine))
    expect(text).toContain('{"type":"failedWith","params":{"code":"sink/write-failed","within":"retries"}}')
    expect(text).toContain('"guard":"isStaked"')
  })

  it('contains no context, input or output', () => {
    expect(JSON.stringify(toStatelyConfig(oddMachine))).not.toMatch(/"(context|input|output)":/)
  })
})
