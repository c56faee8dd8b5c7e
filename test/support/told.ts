import { cliWords } from '../../src/cli/told.ts'
import { inWords, type Told } from '../../src/domain/next-action.ts'

const WORDS = cliWords('')

/** A sentence as the CLI shows it. */
export const shown = (told: Told): string => inWords(told, WORDS)
