import { resolve } from 'node:path'
import type { Command } from 'commander'
import { MissingOptionError, UsageError } from '../errors/cli.ts'
import type { CliContext } from './environment.ts'
import type { Flags } from './flags.ts'
import type { GatewayRequest, Refilling } from './gateway/request.ts'
import * as options from './options.ts'
import type { Program } from './program.ts'
import { requestOf } from './request-of.ts'

interface GatewayFlags extends Flags {
  credential: 'wallet' | 'key'
  host: string
  port: number
  tokenFile?: string
  /** Base units of USDC. */
  refillTo?: bigint
  refillBelow: bigint
  maxUsdPerDay?: bigint
}

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
    action<Flags>(async () => {
      const { mcp: command } = await import('./commands/mcp.ts')
      return (flags, output) => command(requestOf(flags, context), output, context)
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
    action<GatewayFlags>(async () => {
      const { gateway: command } = await import('./commands/gateway.ts')
      return (flags, output) => command(gatewayRequestOf(flags, context), output, context)
    }),
  )
}

function gatewayRequestOf(flags: GatewayFlags, context: CliContext): GatewayRequest {
  const { host, port, tokenFile } = flags
  return {
    ...requestOf(flags, context),
    host,
    port,
    tokenFile: tokenFile === undefined ? undefined : resolve(context.cwd, tokenFile),
    refill: refillOf(flags),
  }
}

/** @throws {MissingOptionError} {UsageError} */
function refillOf({ credential, refillTo, refillBelow, maxUsd, maxUsdPerDay }: GatewayFlags): Refilling | null {
  if (refillTo === undefined) return null
  if (credential === 'key')
    throw new UsageError('--refill-to buys credit of the wallet, which the key cannot spend.', 'Omit one of the two.')
  if (maxUsd === undefined)
    throw new MissingOptionError('The budget of --refill-to', 'Give --max-usd, the dollars that all refills may cost.')
  if (refillBelow >= refillTo)
    throw new UsageError('--refill-below is not less than --refill-to.', 'Give a smaller one, such as 1.')
  return { to: refillTo, floor: refillBelow, budget: { maxUsd, ...(maxUsdPerDay !== undefined && { maxUsdPerDay }) } }
}
