import { cliWords } from '../../src/cli/told.ts'
import { allInWords, inWords, type Told } from '../../src/domain/next-action.ts'

const WORDS = cliWords('')

/** A sentence in the words of the command line. */
export const shown = (told: Told): string => inWords(told, WORDS)

/** The same of all sentences in an error or a result. */
export const allShown = (value: object): unknown =>
  allInWords({ ...value, ...(value instanceof Error && { message: value.message }) }, WORDS)
