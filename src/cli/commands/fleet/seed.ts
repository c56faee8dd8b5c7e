import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { readSecretFile } from '../../../adapters/signers/secret-file.ts'
import { isMnemonic, newMnemonic, openSeed, SEED_PATH, sealSeed } from '../../../adapters/signers/seed.ts'
import { UsageError } from '../../../errors/cli.ts'
import type { CliContext } from '../../environment.ts'
import type { Output } from '../../output.ts'

export interface SeedFlags {
  passwordFile?: string
  import?: boolean
}

/**
 * `fleet seed FILE`: a new seed, or with `--import` that of the twelve or more words on stdin, encrypted under the password
 * in a file. The words are shown nowhere. Never replaces a file.
 */
export async function seed(file: string, flags: SeedFlags, output: Output, context: CliContext): Promise<number> {
  const path = resolve(context.cwd, file)
  if (flags.passwordFile === undefined) {
    throw new UsageError('The seed needs a password.', 'Give --password-file F.')
  }
  const passwordFile = resolve(context.cwd, flags.passwordFile)
  const password = await readSecretFile(passwordFile)
  if (password === '') throw new UsageError(`${passwordFile} is empty.`, 'Write a long random password into it.')
  const words = flags.import ? (await text(context.stdin)).trim().split(/\s+/).join(' ') : newMnemonic()
  if (!isMnemonic(words)) {
    throw new UsageError('The input on stdin is not a BIP-39 phrase.', 'Give only the words, in English.')
  }
  writeNew(path, await sealSeed(words, password))
  const opened = await openSeed({ path, passwordFile })
  const first = opened.addressOf(0)
  output.result({ seed: path, path: SEED_PATH, first }, `${path} holds a seed; its account 0 is ${first}.`)
  output.note('Keep a copy of the file and of the password: without both, every wallet of the fleet is lost.')
  return 0
}

function writeNew(path: string, content: string): void {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    throw new UsageError(`${path} cannot be made: ${(error as Error).message}`, 'Name a file that does not exist yet.')
  }
  writeFileSync(file, content)
  fsyncSync(file)
  closeSync(file)
}
