import type { Command } from 'commander'
import type { Flags } from './flags.ts'
import * as options from './options.ts'
import type { Program } from './program.ts'
import { requestOf } from './request-of.ts'

type KeysFlags = Flags & { withAdminKey?: boolean; force?: boolean }

/** Adds `list`, `rotate` and `revoke` to `keys`. */
export function addKeyCommands(keys: Command, { action, context }: Program): void {
  const add = (name: string, description: string): Command => {
    const command = options.withOutput(keys.command(name).description(description))
    for (const extend of [options.withNetwork, options.withSigner, options.withSink]) extend(command)
    return command.option(
      '--with-admin-key',
      'mint a temporary ADMIN key for this if none is stored, and delete it afterwards',
    )
  }

  const asked = ({ withAdminKey = false, force: isForced = false, ...flags }: KeysFlags) => ({
    ...requestOf(flags, context),
    withAdminKey,
    isForced,
  })

  const list = add('list', "list the account's keys, and mark those of this run")
  list.option('--address <address>', 'the run of this wallet')
  list.action(
    action<KeysFlags>(async () => {
      const { list: command } = await import('./commands/account-keys.ts')
      return (flags, output) => command(asked(flags), output, context)
    }),
  )

  const rotate = add('rotate', 'mint a new key, store it, check it, then revoke the old one')
  for (const extend of [options.withKey, options.withBudget, options.withWatching]) extend(rotate)
  rotate
    .option('--prove', 'make one smallest paid call with the new key before the old one is revoked')
    .option('-y, --yes', 'replace without asking')
  rotate.action(
    action<KeysFlags>(async () => {
      const { rotate: command } = await import('./commands/rotate.ts')
      return (flags, output) => command(asked(flags), output, context)
    }),
  )

  const revoke = add('revoke', 'delete one key of the account')
  revoke
    .argument('<key>', 'its id, its last 6 characters, or its label')
    .option('--address <address>', 'the run of this wallet')
    .option('--force', 'allow deleting the key that this run stores')
    .option('-y, --yes', 'delete without asking')
  revoke.action((name: string, flags: unknown, command: Command) =>
    action<KeysFlags>(async () => {
      const { revoke: revokeCommand } = await import('./commands/account-keys.ts')
      return (given, output) => revokeCommand(name, asked(given), output, context)
    })(flags, command),
  )
}
