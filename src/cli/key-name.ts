import type { Command } from 'commander'

/** The last characters of a key are base64url: `-` may be their first. A key that begins with two is given after a `--`. */
const LAST_CHARACTERS = /^-\w[\w-]{4}$/

/**
 * The words of `keys revoke`, with last characters of a key that begin with `-` behind a `--`, so that commander does
 * not read them as an option. Options, their values, and the words of other commands stay as they are.
 */
export function withKeyName(words: readonly string[], program: Command): string[] {
  const [group, name] = words
  if (group !== 'keys' || name !== 'revoke' || words.includes('--')) return [...words]
  const revoke = program.commands.find((command) => command.name() === group)?.commands.find((it) => it.name() === name)
  const optionOf = (word = '') => revoke?.options.find(({ short, long }) => word === short || word === long)
  const at = words.findIndex(
    (word, index) =>
      LAST_CHARACTERS.test(word) && optionOf(word) === undefined && optionOf(words[index - 1])?.required !== true,
  )
  const key = words[at]
  return key === undefined ? [...words] : [...words.slice(0, at), ...words.slice(at + 1), '--', key]
}
