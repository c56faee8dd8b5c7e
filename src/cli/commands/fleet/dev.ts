import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../adapters/clock.ts'
import { type Address, BASE_CHAIN_ID } from '../../../domain/addresses.ts'
import { formatAmount, USDC_DECIMALS } from '../../../domain/amounts.ts'
import { createFleetClient, type FleetClient } from '../../../fleet/client.ts'
import { DEFAULT_STAKE, sortOut, submitAll, withWanted } from '../../../fleet/hand-in.ts'
import { isAtRest } from '../../../fleet/overview.ts'
import { handIn, orderFor } from '../../../fleet/sponsor-list.ts'
import { freePorts } from '../../../hosts/restate/free-ports.ts'
import { type RestateServer, startServer } from '../../../hosts/restate/server.ts'
import { startSandbox } from '../../../sandbox/sandbox.ts'
import type { CliContext } from '../../environment.ts'
import type { Output } from '../../output.ts'
import { type DevWallets, makeTreasury, makeWallets } from './dev-wallets.ts'
import { type DevPlace, identityIn, writeDevPlace } from './place.ts'
import type { FleetRequest } from './request.ts'
import { finish, followTreasury, treasuryText } from './sponsor.ts'
import { follow } from './status.ts'
import { exitOf } from './submit.ts'

export interface DevRequest extends FleetRequest {
  wallets: number
  /** Submits them all, and ends with them. */
  onboards: boolean
  ingressPort: number | undefined
  adminPort: number | undefined
}

const RESTART_MS = 200

/**
 * `fleet dev`: Restate from npm, a sandbox with wallets, and a worker, until stopped; with `--onboard` it submits all
 * wallets, shows how it goes, and ends with them. A worker or a Restate that dies is started again.
 *
 * Side effects: processes and ports of this machine, and files under the state directory; Restate's data is of this
 * sandbox, and is cleared at the start.
 */
export async function dev(request: DevRequest, output: Output, context: CliContext): Promise<number> {
  const { stateDir } = request
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const directory = join(stateDir, 'restate')
  rmSync(directory, { recursive: true, force: true })
  const stopping = new AbortController()
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => stopping.abort())
  const { ingressPort, adminPort } = request
  output.note('Starting Restate and a sandbox.')
  const server = await startServer({
    directory,
    env: context.env,
    identityFile: identityIn(request).path,
    ...(ingressPort !== undefined && { ingressPort }),
    ...(adminPort !== undefined && { adminPort }),
  })
  const restarts = superviseServer(server, output, stopping.signal)
  const sandbox = await startSandbox({ wallets: 0, blockTimeMs: request.blockTimeMs })
  let worker: SupervisedWorker | null = null
  try {
    const { wallets: count, isSponsored } = request
    const { credential, fund, stakeAmount } = request.wanted
    const keys = await makeWallets(sandbox, {
      stateDir,
      count,
      staking: !isSponsored && credential !== 'wallet',
      paying: credential === 'wallet' || fund != null,
    })
    const stake = stakeAmount ?? DEFAULT_STAKE
    const treasury = isSponsored ? await makeTreasury(sandbox, { stateDir, count, stake }) : {}
    const { ingressUrl, adminUrl } = server
    const { rpcUrl, apiUrl } = sandbox
    const place = { ingressUrl, adminUrl, rpcUrl, apiUrl, ...keys.files, ...treasury, wallets: count }
    writeDevPlace(stateDir, place)
    worker = await superviseWorker(request, output, context, stopping.signal)
    if (request.onboards)
      return await onboard(createFleetClient(server), { ...keys, ...treasury }, request, output, context)
    output.result({ ...place, restatePid: server.pid, workerPid: worker.pid }, describe(place, output))
    output.note('The sandbox runs until you stop it with Ctrl-C. Its coins have no value outside it.')
    await stopped
    return 0
  } finally {
    stopping.abort()
    await worker?.ended
    await restarts
    await server.kill()
    await sandbox.close()
  }
}

const describe = (
  { ingressUrl, adminUrl, wallets, treasury }: Pick<DevPlace, 'ingressUrl' | 'adminUrl' | 'wallets' | 'treasury'>,
  { typed }: Pick<Output, 'typed'>,
): string =>
  [
    `Restate   ${ingressUrl}, its own pages at ${adminUrl}`,
    `wallets   ${wallets}, accounts 0 to ${wallets - 1} of a seed`,
    ...(treasury === undefined ? [] : [`treasury  ${treasury}`]),
    `next      ${typed(`venice-onboard fleet ${treasury === undefined ? 'submit' : 'sponsor --submit'} --hd 0-${wallets - 1}`)}`,
    `          ${typed('venice-onboard fleet status --follow')}`,
  ].join('\n')

async function onboard(
  client: FleetClient,
  { addresses, treasury }: Pick<DevWallets, 'addresses'> & { treasury?: Address },
  request: DevRequest,
  output: Output,
  context: CliContext,
): Promise<number> {
  const rows = addresses.map((address, index) => withWanted({ chainId: BASE_CHAIN_ID, address, index }, request))
  if (treasury === undefined) {
    const { fresh, ...known } = await sortOut(client, rows)
    await submitAll(client, fresh, known)
  } else {
    const list = await orderFor(client, { address: treasury, rows, asked: { ...request, submits: true } })
    await handIn(client, list)
    const sponsored = await followTreasury(client, list, output)
    if (sponsored?.outcome !== 'done') return finish(sponsored, output)
    output.note(treasuryText(sponsored, output))
  }
  const overview = await follow(client, output, context, (seen) => seen.wallets >= rows.length && isAtRest(seen))
  const { funded, unfunded, failed } = overview.outcomes
  output.result(
    overview,
    `${funded + unfunded} of ${rows.length} wallets have ${request.wanted.credential === 'wallet' ? 'credit' : 'their key'}; ${failed} failed.`,
  )
  return exitOf({ failed, waiting: rows.length - funded - unfunded - failed })
}

/** Starts Restate again whenever it has died. Ends with `signal`. */
async function superviseServer(server: RestateServer, output: Output, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.race([server.died(), aborted(signal)])
    if (signal.aborted) return
    output.note('Restate has died. It is being restarted.')
    await server.restart()
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })))

interface SupervisedWorker {
  readonly pid: number
  readonly ended: Promise<void>
}

/** A worker in a process of its own, at a fixed address, so that it continues the work of the one before it. */
async function superviseWorker(
  request: DevRequest,
  output: Output,
  context: CliContext,
  signal: AbortSignal,
): Promise<SupervisedWorker> {
  const [port = 0] = await freePorts([request.serving.port])
  const [command = process.execPath, ...program] = context.program
  const words = [
    ...program,
    'fleet',
    'serve',
    '--network',
    'sandbox',
    '--state-dir',
    request.stateDir,
    ...workerWords(request),
  ]
  const begin = (): ChildProcess =>
    spawn(command, [...words, '--port', String(port), '--json'], {
      cwd: context.cwd,
      env: context.env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  let child = begin()
  let said = ''
  const listen = () => {
    child.stdout?.resume()
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000)
    })
  }
  listen()
  // It prints a line once it is registered: from then on wallets can be submitted.
  if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  const supervise = async () => {
    const stop = () => child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    while (!signal.aborted) {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (signal.aborted) return
      output.note(
        child.exitCode === null ? 'The worker has died. It is being restarted.' : `The worker has ended: ${said}`,
      )
      await systemClock.sleepUntil(systemClock.now() + RESTART_MS)
      child = begin()
      listen()
    }
  }
  return {
    get pid() {
      return child.pid ?? 0
    },
    ended: supervise(),
  }
}

/** The options of `fleet dev` that are its worker's. */
const workerWords = ({
  saveKey,
  serving: { rpcRate, veniceRate, concurrency },
  wanted: { stakeAmount: stake, key, fund },
}: DevRequest): string[] => [
  // What is asked for here is allowed there.
  ...(stake === undefined ? [] : ['--max-vvv', formatAmount(stake)]),
  ...(fund == null ? [] : ['--max-usd', formatAmount(fund.amount, { decimals: USDC_DECIMALS })]),
  ...(key?.type === 'ADMIN' ? ['--allow-admin-keys'] : []),
  ...saveKey.flatMap((where) => ['--save-key', where]),
  ...(rpcRate === undefined ? [] : ['--rpc-rate', String(rpcRate)]),
  ...(veniceRate === undefined ? [] : ['--venice-rate', String(veniceRate)]),
  ...(concurrency === undefined ? [] : ['--concurrency', String(concurrency)]),
]
