import { once } from 'node:events'
import { join } from 'node:path'
import { runDirectory } from '../../adapters/stores/run-directory.ts'
import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { type Credential, createCaller } from '../../gateway/caller.ts'
import { slotsFor } from '../../gateway/credentials.ts'
import { sendByNode } from '../../gateway/send-by-node.ts'
import { serveGateway } from '../../gateway/server.ts'
import { tokenIn } from '../../gateway/token-file.ts'
import { connectSandbox } from '../../sandbox/background.ts'
import type { CliContext } from '../environment.ts'
import { openAccounts } from '../gateway/accounts.ts'
import { openPaying, type Paying } from '../gateway/paying.ts'
import type { GatewayRequest } from '../gateway/request.ts'
import { createWatching, type Watching } from '../gateway/watching.ts'
import type { Output } from '../output.ts'

/**
 * `gateway`: serves OpenAI's API to clients of this machine, paid by the wallet or with the stored key, until stopped. Calls
 * under way are finished first; a second signal ends them.
 */
export async function gateway(request: GatewayRequest, output: Output, context: CliContext): Promise<number> {
  const hadSandbox = request.network === 'sandbox' && (await connectSandbox(request.stateDir)) !== null
  const watching = createWatching(output)
  const paying = await openPaying(request, { output, context, onRefill: watching.refill })
  try {
    return await serve(paying, { request, output, watching })
  } finally {
    if (!hadSandbox) await paying.sandbox?.stop()
  }
}

async function serve(
  { address, apiUrl, clock, credential, credit }: Paying,
  { request, output, watching }: { request: GatewayRequest; output: Output; watching: Watching },
): Promise<number> {
  const { host, stateDir, refill } = request
  const { totals } = watching
  const directory = runDirectory({ stateDir, chainId: BASE_CHAIN_ID, address })
  const { tokenFile = join(directory, 'gateway-token') } = request
  const accounts = openAccounts({ stateDir, address }, { credit, refill, watching })
  const server = await serveGateway({
    token: tokenIn(tokenFile),
    host,
    port: request.port,
    call: createCaller({
      apiUrl,
      clock,
      send: sendByNode,
      credential,
      credit,
      ...(credential.kind === 'wallet' && { slots: () => Promise.resolve(slotsFor(apiUrl, address)) }),
      onCall: watching.call,
    }),
    report: (openCalls) => ({
      status: {
        address,
        credential: credential.kind,
        apiUrl,
        creditUsd: accounts.creditUsd(),
        budgetLeft: accounts.budgetLeft(),
        openCalls,
        ...totals.summary(),
      },
      metrics: totals.metrics({ calls: openCalls, creditUsd: accounts.creditUsd() }),
    }),
  })
  const { url, port, openCalls } = server
  const serving = { url, host, port, tokenFile, address, chainId: BASE_CHAIN_ID, apiUrl, credential: credential.kind }
  // Loaded only on demand.
  const page = request.isInspected
    ? await (await import('../gateway/page.ts')).openPage(serving, { totals, accounts, openCalls })
    : null
  watching.onChange = () => page?.changed()
  // The last line of `--ndjson` is the result: what was served is told when it is over.
  if (output.format === 'ndjson') output.event({ type: 'listening', ...serving })
  else
    output.result(
      serving,
      [`export OPENAI_BASE_URL=${url}`, `export OPENAI_API_KEY="$(cat '${tokenFile}')"`].join('\n'),
    )
  if (page !== null) {
    output.note(`Watch it at ${page.url}`)
    // So that there is something to be seen before the first call.
    void credit?.ensure().then(watching.onChange)
  }
  output.note(noteOf(request, credential))
  await signalled()
  output.note('Finishing the calls under way; press again to quit now.')
  await Promise.race([server.close(), signalled()])
  await page?.close()
  if (output.format === 'ndjson') output.result({ ...serving, ...totals.summary() }, '')
  return 0
}

const signalled = () => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])

const noteOf = ({ host, refill }: GatewayRequest, { kind }: Credential): string =>
  [
    kind === 'wallet'
      ? `Calls are paid from the wallet's credit${refill === null ? ', which is not refilled' : ''}.`
      : "Calls are paid with the stored key, from its account's balance.",
    ...(isLoopback(host) ? [] : ['Other machines can reach it, in clear text: put TLS before it.']),
    'Stop it with Ctrl-C.',
  ].join(' ')

const isLoopback = (host: string): boolean => /^(?:localhost|127\.|::1$)/.test(host)
