import type { RunRecord } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import type { OnboardingRequest } from '../domain/request.ts'
import { dueEffect } from './driver.ts'
import { type Envelope, FORMAT, requestOf } from './envelope.ts'
import { machineStamp } from './machine-stamp.ts'
import { firstSnapshot } from './pure-transition.ts'

/** A run that has not begun. `amended` turns it into its first revision. No side effects. */
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
 * The run with another record, as its next revision. A finished run stays finished. An unfinished one begins a new pass
 * from the amended record, because its pending effect and input may depend on the old one. No side effects.
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
 * The next revision of the run: the start of a new pass from another record, or for another request. The run may have
 * been finished. No side effects.
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
    // With a request and a record, the first state always has an effect due.
    snapshot: { status: 'active', value: start.value, context: start.context },
    due: dueEffect(actions),
  }
}
