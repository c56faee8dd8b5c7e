import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { openSeed } from '../../../adapters/signers/seed.ts'
import { BASE_CHAIN_ID } from '../../../domain/addresses.ts'
import { MissingOptionError, UsageError } from '../../../errors/cli.ts'
import { type ListedRow, parseRows } from '../../../fleet/list.ts'
import type { CliContext } from '../../environment.ts'
import { placeOf } from './place.ts'
import type { SubmitRequest } from './request.ts'

/**
 * The wallets that are named: in a file, on stdin for `-`, or as a range of the seed.
 *
 * @throws {UsageError} {MissingOptionError} {FleetRowsInvalidError}
 */
export async function rowsOf(
  file: string | undefined,
  request: SubmitRequest,
  context: CliContext,
): Promise<ListedRow[]> {
  const { range } = request
  if (file !== undefined && range !== undefined)
    throw new UsageError('Both a list and --hd are given.', 'Give one of them.')
  if (file !== undefined) return parseRows(await contentOf(file, context), file)
  if (range === undefined) {
    throw new MissingOptionError('The list of wallets', 'Name a CSV or JSON-lines file, - for stdin, or --hd 0-999.')
  }
  const { seed, passwordFile } = placeOf(request).keys
  if (seed === undefined || passwordFile === undefined) {
    throw new MissingOptionError('The seed of the range', 'Give --seed F and --password-file F.')
  }
  const opened = await openSeed({ path: seed, passwordFile })
  return Array.from({ length: range.to - range.from + 1 }, (_, offset) => {
    const index = range.from + offset
    return { chainId: BASE_CHAIN_ID, address: opened.addressOf(index), index }
  })
}

/** @throws {UsageError} */
const contentOf = (file: string, { cwd, stdin }: Pick<CliContext, 'cwd' | 'stdin'>): Promise<string> =>
  (file === '-' ? text(stdin) : readFile(resolve(cwd, file), 'utf8')).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`, 'Name a file of wallets, or - for stdin.')
  })
