import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Envelope } from '../../src/driver/envelope.ts'
import type { Journey } from './sandbox.ts'

/** The directory of a journey's run. */
export const runDirectoryOf = ({ cwd, address }: Pick<Journey, 'cwd' | 'address'>): string =>
  join(cwd, '.venice-onboard', `8453-${address.toLowerCase()}`)

/** Its record, unchecked. */
export const envelopeIn = (journey: Pick<Journey, 'cwd' | 'address'>): Envelope =>
  (JSON.parse(readFileSync(join(runDirectoryOf(journey), 'run.json'), 'utf8')) as { envelope: Envelope }).envelope
