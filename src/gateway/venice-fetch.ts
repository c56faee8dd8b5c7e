import { systemClock } from '../adapters/clock.ts'
import { approvingSigner } from '../adapters/signers/approving.ts'
import { signerFrom, type WalletLike } from '../adapters/signers/signer-from.ts'
import { serverClock } from '../adapters/venice/server-clock.ts'
import { VENICE_API_URL } from '../domain/addresses.ts'
import { USDC_DECIMALS } from '../domain/amounts.ts'
import { hasCredentials, isClearText, withoutEndSlashes } from '../domain/endpoint-url.ts'
import type { ApproveSignature } from '../domain/signature-request.ts'
import { CredentialsInUrlError, InsecureEndpointError, UsageError } from '../errors/cli.ts'
import { type OpenWallet, openWallet } from '../library/open-wallet.ts'
import { amountOf, type WalletOptions } from '../library/options.ts'
import { requireVeniceFetchOptions } from '../library/strict-options.ts'
import type { Signer } from '../ports/signer.ts'
import { asFetch } from './as-fetch.ts'
import { type CallReport, createCaller } from './caller.ts'
import { slotsFor, walletCredential } from './credentials.ts'
import { type Credit, createCredit, type Refill } from './credit.ts'
import { sendByFetch } from './send-by-fetch.ts'
import { type TopUpOptions, topUp } from './top-up.ts'

/** How credit is filled up. It is paid and recorded as the run of this wallet pays, which needs the chain. */
export interface RefillOptions extends Partial<Pick<WalletOptions, 'sink' | 'stateDir' | 'acceptImplementation'>> {
  /** Dollars of credit that the wallet shall have after it. Venice takes 5 at least. */
  to: string
  /** Dollars; credit under it is filled up. Default 1. */
  below?: string
  /** JSON-RPC endpoints of Base, in order of preference. */
  rpcUrl: string | readonly string[]
}

export interface VeniceFetchOptions {
  /** The wallet that pays: a private key in hex, or any other shape that `onboard` takes. */
  signer: WalletLike
  /** Default: Venice's own. The wallet signs in there and nowhere else. */
  apiUrl?: string
  /** Take an http:// API on another machine. Default false. */
  allowInsecureHttp?: boolean
  /** Fill up credit that falls under a floor. Default: never; a call without credit gets Venice's 402. */
  refill?: RefillOptions
  /** Dollars that all refills together may cost, and those within 24 hours. A refill needs the first. */
  budget?: { maxUsd?: string; maxUsdPerDay?: string }
  /** Asked before every signature, sign-ins included. Default: the budget alone decides. */
  approve?: ApproveSignature
  /** Told of every call when it ends. Must not throw. */
  onCall?: (call: CallReport) => void
  /** Told of every refill that was tried. Must not throw. */
  onRefill?: (refill: Refill) => void
  /** What sends the requests. Default: the global one. */
  fetch?: typeof globalThis.fetch
}

/**
 * A `fetch` that pays Venice as the wallet: each request is signed in by itself, for its method and URL, and sent to the
 * configured API only. For whatever takes a `fetch`: `openai`, the AI SDK, LangChain. At most five calls of a wallet are
 * under way at a time, as Venice allows; more wait. A redirect is an error.
 *
 * Side effects: one signature a request; with `refill`, payments of USDC within the budget, recorded under `stateDir`.
 *
 * @throws {UsageError} {InsecureEndpointError} {CredentialsInUrlError} the options are wrong.
 * The `fetch` rejects with {OtherHostRefusedError}, {RedirectRefusedError}, and what the signer and `fetch` reject with.
 * @see https://docs.venice.ai/guides/integrations/x402-venice-api
 */
export function veniceFetch(options: VeniceFetchOptions): typeof globalThis.fetch {
  requireVeniceFetchOptions(options)
  const { approve, onCall, onRefill, fetch = globalThis.fetch } = options
  const apiUrl = apiUrlFrom(options)
  const amounts = refillAmounts(options)
  const clock = serverClock(systemClock)
  let opening: Promise<Signer> | undefined
  /** A wallet that could not be opened may be another time. */
  const signer = (): Promise<Signer> => {
    opening ??= signerFrom(options.signer, {
      ...(approve !== undefined && { around: (wallet) => approvingSigner(wallet, approve) }),
    }).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  const call = createCaller({
    apiUrl,
    clock,
    send: sendByFetch(fetch),
    onCall,
    credential: walletCredential(signer, clock),
    slots: async () => slotsFor(apiUrl, (await signer()).address),
    credit: amounts && refilled({ options, apiUrl, amounts, signer, onRefill }),
  })
  return asFetch(call, apiUrl)
}

function refilled({
  options: { refill, allowInsecureHttp },
  apiUrl,
  amounts,
  signer,
  onRefill,
}: {
  options: VeniceFetchOptions
  apiUrl: string
  amounts: Pick<TopUpOptions, 'to' | 'floor' | 'budget'>
  signer: () => Promise<Signer>
  onRefill: VeniceFetchOptions['onRefill']
}): Credit {
  const { rpcUrl = [], sink = 'env-file:.env', stateDir, acceptImplementation } = refill ?? {}
  let opening: Promise<OpenWallet> | undefined
  const wallet = async (): Promise<OpenWallet> => {
    const opened = await signer()
    opening ??= openWallet({
      signer: opened,
      network: { rpcUrl, apiUrl, ...(allowInsecureHttp !== undefined && { allowInsecureHttp }) },
      sink,
      ...(stateDir !== undefined && { stateDir }),
      ...(acceptImplementation !== undefined && { acceptImplementation }),
    })
    return opening
  }
  return createCredit({
    floor: amounts.floor,
    clock: systemClock,
    onRefill,
    async read() {
      const { ports } = await wallet()
      return ports.venice.walletCredit(ports.signer.address)
    },
    topUp: async () => topUp({ ...(await wallet()), ...amounts }),
  })
}

/** @throws {UsageError} {CredentialsInUrlError} {InsecureEndpointError} */
function apiUrlFrom({ apiUrl = VENICE_API_URL, allowInsecureHttp = false }: VeniceFetchOptions): string {
  if (!/^https?:\/\/./.test(apiUrl) || !URL.canParse(apiUrl))
    throw new UsageError('The option apiUrl is not an http(s) URL.', 'Give one that begins with https://.')
  if (hasCredentials(apiUrl)) throw new CredentialsInUrlError('apiUrl')
  if (isClearText(apiUrl) && !allowInsecureHttp) throw new InsecureEndpointError('apiUrl', new URL(apiUrl).host)
  return withoutEndSlashes(apiUrl)
}

const DEFAULT_FLOOR = '1'

/** @throws {UsageError} */
function refillAmounts({
  refill,
  budget = {},
}: VeniceFetchOptions): Pick<TopUpOptions, 'to' | 'floor' | 'budget'> | null {
  if (refill === undefined) return null
  const to = amountOf('refill.to', refill.to, USDC_DECIMALS)
  const floor = amountOf('refill.below', refill.below ?? DEFAULT_FLOOR, USDC_DECIMALS)
  if (budget.maxUsd === undefined)
    throw new UsageError('A refill needs a budget.', 'Give budget.maxUsd, the dollars that all refills may cost.')
  if (floor === 0n || floor >= to)
    throw new UsageError('The option refill.below is not between 0 and refill.to.', 'Give a smaller one, such as "1".')
  return {
    to,
    floor,
    budget: {
      maxUsd: amountOf('budget.maxUsd', budget.maxUsd, USDC_DECIMALS),
      ...(budget.maxUsdPerDay !== undefined && {
        maxUsdPerDay: amountOf('budget.maxUsdPerDay', budget.maxUsdPerDay, USDC_DECIMALS),
      }),
    },
  }
}
