import { serveMcp } from '../../agent/mcp/serve.ts'
import { toolsOver } from '../../agent/tools.ts'
import { BASE_CHAIN_ID } from '../../domain/addresses.ts'
import { isFinished } from '../../driver/envelope.ts'
import { recordedRun } from '../../hosts/file/recorded-run.ts'
import { createApprovals } from '../../library/approval.ts'
import type { CliContext } from '../environment.ts'
import type { Output } from '../output.ts'
import type { Request } from '../request.ts'
import { pauseSignals } from '../signals.ts'
import { type Wiring, wire } from '../wiring.ts'

/** `mcp`: serves the tools of one wallet on stdin and stdout, until the client disconnects. Opens the wallet on first use. */
export async function mcp(request: Request, output: Output, context: CliContext): Promise<number> {
  keepStdoutClean()
  let wiring: Wiring | undefined
  const { yes: autoApprove, planDigest, allowAdminKeys } = request
  const approvals = createApprovals(
    { autoApprove, ...(planDigest !== undefined && { planDigest }) },
    { eachSignature: false },
  )
  const toolkit = toolsOver(async () => {
    wiring = await wire(request, context, output)
    const { ports, stateDir, redactor } = wiring
    return {
      ports,
      stateDir,
      redactor,
      chainId: BASE_CHAIN_ID,
      settings: {
        budget: request.budget,
        confirmations: request.confirmations,
        mayReplaceKey: request.mayReplaceKey,
      },
      permissions: { allowAdminKeys, approvesAny: autoApprove },
    }
  }, approvals)
  const pause = pauseSignals(output, request.timeoutMs)
  try {
    const serving = await serveMcp(toolkit)
    output.note('Serving MCP on stdin and stdout.')
    const aborted = new Promise<void>((resolve) => pause.signal.addEventListener('abort', () => resolve()))
    await Promise.race([serving.ended, aborted])
    await toolkit.close()
    await serving.close()
    if (wiring !== undefined) await stopSandbox(wiring)
    return pause.exitCode() ?? 0
  } finally {
    pause.dispose()
  }
}

/** stdout belongs to the protocol: a library that prints to it would break it. */
function keepStdoutClean(): void {
  console.log = console.error
  console.info = console.error
  console.debug = console.error
}

/** A sandbox ends with its run, as after `run`. If the run can be resumed, the sandbox stays. */
async function stopSandbox({ sandbox, stateDir, ports }: Wiring): Promise<void> {
  if (sandbox === null) return
  const envelope = await recordedRun({ stateDir, chainId: BASE_CHAIN_ID, address: ports.signer.address }).catch(
    () => null,
  )
  if (envelope !== null && isFinished(envelope)) await sandbox.stop()
}
