/** One onboarding in its own process, so that it can be killed. Prints the result as JSON. */

import type { SendingOptions } from '../../src/adapters/signers/sending.ts'
import { signerFrom } from '../../src/adapters/signers/signer-from.ts'
import { onboardWith, type Place } from './onboard.ts'
import { type Opening, SHAPES } from './shapes.ts'

const { shape, options, ...under } = JSON.parse(process.argv[2] ?? '') as Place &
  Opening & { shape: string; options: SendingOptions }
const wallet = await SHAPES[shape]?.open(under)
if (wallet === undefined) throw new Error(`There is no shape "${shape}".`)
process.stdout.write(JSON.stringify(await onboardWith(await signerFrom(wallet, options), under)))
