import { type Command, InvalidArgumentError } from 'commander'
import { type FundRequest, fundRequest } from '../domain/fund.ts'
import type { Flags } from './flags.ts'
import * as options from './options.ts'
import type { Program } from './program.ts'
import { requestOf } from './request-of.ts'

/** Adds `options`, `diem` and `x402` to `fund`. */
export function addFundCommands(fund: Command, { action, context, commandLine }: Program): void {
  const add = (name: string, description: string): Command => {
    const command = options.withOutput(fund.command(name).description(description))
    for (const extend of [options.withNetwork, options.withSigner]) extend(command)
    return command
  }

  const ways = add('options', 'list every funding method for the key or the wallet, with its current cost')
  ways.option('--address <address>', 'this wallet, without its key')
  ways.action(
    action<Flags>(async () => {
      const { options: command } = await import('./commands/fund.ts')
      return (flags, output) => command(requestOf(flags, context), output, context, commandLine())
    }),
  )

  const paying = (way: FundRequest['way'], argument: string, { what, does }: { what: string; does: string }): void => {
    const command = add(way, does)
    for (const extend of [
      options.withRequest,
      options.withBudget,
      options.withSink,
      options.withRunning,
      options.withBlockTime,
    ])
      extend(command)
    command.argument(argument, what, (text: string) => {
      const parsed = fundRequest(way, text)
      if (parsed === null) throw new InvalidArgumentError('It must be an amount above 0.')
      return parsed
    })
    command.action((wanted: FundRequest, flags: unknown, self: Command) =>
      action<Flags>(async () => {
        const { fundRun } = await import('./commands/fund.ts')
        return (given, output) =>
          fundRun(requestOf(given, context), output, { context, command: commandLine(), fund: wanted })
      })(flags, self),
    )
  }
  paying('diem', '<amount>', {
    what: 'DIEM to have staked; only what is missing is minted',
    does: 'lock sVVV for DIEM and stake it, so that the key can spend',
  })
  paying('x402', '<usd>', {
    what: 'dollars of credit for the wallet to have; only what is missing is paid',
    does: 'buy credit for the wallet with USDC; the key cannot spend it',
  })
}
