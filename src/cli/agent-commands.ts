import type { Command } from 'commander'
import * as options from './options.ts'
import type { Program } from './program.ts'

/** Adds `mcp` and `gateway`. */
export function addAgentCommands(program: Command, { action, context }: Omit<Program, 'commandLine'>): void {
  const mcp = options.withOutput(
    program.command('mcp').description('serve the tools of one wallet to an agent, over MCP on stdio'),
  )
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withBudget,
    options.withSink,
    options.withWatching,
    options.withBlockTime,
  ])
    extend(mcp)
  options.withToolApproval(mcp)
  mcp.action(
    action<options.Flags>(async () => {
      const { mcp: command } = await import('./commands/mcp.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )

  const gateway = options.withOutput(
    program
      .command('gateway')
      .description("serve OpenAI's API on loopback, paid by the wallet or with the stored key, until stopped"),
  )
  for (const extend of [
    options.withNetwork,
    options.withSigner,
    options.withSink,
    options.withBlockTime,
    options.withGateway,
  ])
    extend(gateway)
  gateway.action(
    action<import('./commands/gateway.ts').GatewayFlags>(async () => {
      const { gateway: command } = await import('./commands/gateway.ts')
      return (flags, output) => command(flags, output, context)
    }),
  )
}
