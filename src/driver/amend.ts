import type { RunRecord } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { OnboardingRequest } from '../domain/request.ts'
import { dueEffect } from './driver.ts'
import { type Envelope, FORMAT, machineStamp, requestOf } from './envelope.ts'
import { firstSnapshot } from './pure-transition.ts'

/** A run that has not begun: what `amended` makes of it is its first revision. No side effects. */
export async function unbegun(request: OnboardingRequest, writtenAt: string): Promise<Envelope> {
  const [start, actions] = firstSnapshot(onboardingMachine, { request })
  return {
    format: FORMAT,
    machine: await machineStamp(),
    runId: request.runId,
    chainId: request.chainId,
    address: request.address,
    revision: 0,
    pass: 0,
    writtenAt,
    snapshot: { status: 'active', value: start.value, context: start.context },
    due: dueEffect(actions),
  }
}

/**
 * The run with another record, as its next revision. One that has ended stays as it ended. One under way begins a new
 * pass from the amended record: what its state waited for, its input included, may rest on what was amended. No side
 * effects.
 *
 * @param writtenAt - ISO 8601.
 */
export async function amended(envelope: Envelope, record: RunRecord, writtenAt: string): Promise<Envelope> {
  const { snapshot } = envelope
  if (snapshot.status !== 'done') return restarted(envelope, { request: requestOf(envelope), record }, writtenAt)
  const context = { ...snapshot.context, record }
  return { ...envelope, revision: envelope.revision + 1, writtenAt, snapshot: { ...snapshot, context } }
}

/**
 * The run at the start of a new pass from another record, or for another request, as its next revision; whether it had
 * ended does not count. No side effects.
 *
 * @param writtenAt - ISO 8601.
 */
export async function restarted(
  envelope: Envelope,
  { request, record }: { request: OnboardingRequest; record: RunRecord },
  writtenAt: string,
): Promise<Envelope> {
  const [start, actions] = firstSnapshot(onboardingMachine, { request, record })
  return {
    ...envelope,
    format: FORMAT,
    machine: await machineStamp(),
    revision: envelope.revision + 1,
    pass: envelope.pass + 1,
    writtenAt,
    // With a request and a record, the first state always waits for something.
    snapshot: { status: 'active', value: start.value, context: start.context },
    due: dueEffect(actions),
  }
}
