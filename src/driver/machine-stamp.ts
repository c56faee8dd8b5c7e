import { sha256 } from '../domain/sha256.ts'
import type { Definition, Envelope, Kind } from './kind.ts'
import { ONBOARDING } from './onboarding.ts'

/** Whether this machine wrote `envelope`, so that the run can resume in its stored state. */
export async function isSameMachine<K extends Kind>(
  { machine: { version, definition } }: Pick<Envelope<K>, 'machine'>,
  own: Stamped = ONBOARDING,
): Promise<boolean> {
  return version === own.version && definition === (await definitionHash(own.machine))
}

type Stamped = Pick<Definition<Kind>, 'machine' | 'version'>

/** The stamp of the machine of this process. */
export const machineStamp = async ({ machine, version }: Stamped = ONBOARDING): Promise<Envelope['machine']> => ({
  id: machine.id,
  version,
  definition: await definitionHash(machine),
})

const hashes = new Map<Stamped['machine'], Promise<string>>()
function definitionHash(machine: Stamped['machine']): Promise<string> {
  const hash = hashes.get(machine) ?? sha256(JSON.stringify(machine.definition))
  hashes.set(machine, hash)
  return hash
}
