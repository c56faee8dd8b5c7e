/** One call, without anything of what was asked or answered. */
export interface GatewayCall {
  /** ISO 8601: when it ended. */
  at: string
  /** E.g. `POST /chat/completions`. */
  route: string
  model: string | null
  /** Null: no answer came. */
  status: number | null
  /** Dollars; null where Venice does not say. */
  costUsd: number | null
  ms: number
  isWhole: boolean
}

/** All that the page of a gateway shows, as it stands. An allow-list: no prompt, no token, no key. */
export interface GatewayView {
  /** Milliseconds since the epoch, by the server's clock. */
  now: number
  /** The base URL for clients, without the token. */
  url: string
  address: string
  credential: 'wallet' | 'key'
  apiUrl: string
  openCalls: number
  calls: number
  failed: number
  /** Dollars of all calls that Venice told the cost of. */
  costUsd: number
  withoutCost: number
  /** Of the minutes with a cost within the last hour, oldest first. */
  costPerMinuteUsd: readonly { minute: string; usd: number }[]
  /** Newest first. */
  lastCalls: readonly GatewayCall[]
  /** Dollars; null while it is not known, or where it is nobody's concern. */
  creditUsd: number | null
  /** Dollars; null where nothing is refilled. */
  refill: { belowUsd: number; toUsd: number } | null
  refills: number
  /** Newest first. */
  lastRefills: readonly { at: string; failure: { code: string; message: string } | null }[]
  /** Dollars that refills may still cost; null where nothing is refilled. `todayUsd` is null without a cap of the day. */
  budgetLeft: { usd: number; todayUsd: number | null } | null
}

/** Server-sent events by name. */
export interface GatewayEvents {
  state: GatewayView
  /** Nothing more will come. */
  end: null
}

const MINUTE_MS = 60_000
/** Minutes that the chart shows. */
const MINUTES = 60

/** Dollars of each of the last minutes, the one under way last. */
export function minutesOf({ costPerMinuteUsd, now }: Pick<GatewayView, 'costPerMinuteUsd' | 'now'>): number[] {
  const last = Math.floor(now / MINUTE_MS)
  const known = new Map(costPerMinuteUsd.map(({ minute, usd }) => [Math.floor(Date.parse(minute) / MINUTE_MS), usd]))
  return Array.from({ length: MINUTES }, (_, index) => known.get(last - MINUTES + 1 + index) ?? 0)
}

/** Dollars a minute, over the last five; null before there was any cost in them. */
function pace(view: Pick<GatewayView, 'costPerMinuteUsd' | 'now'>): number | null {
  const recent = minutesOf(view).slice(-5)
  const sum = recent.reduce((total, usd) => total + usd, 0)
  return sum === 0 ? null : sum / recent.length
}

/** As people write dollars: cents, and more digits where there is less than a cent. */
export function inDollars(usd: number): string {
  if (usd === 0) return '$0'
  const digits = Math.abs(usd) >= 1 ? 2 : Math.min(9, 1 - Math.floor(Math.log10(Math.abs(usd))))
  const text = usd.toFixed(Math.max(2, digits))
  return `$${digits > 2 ? text.replace(/0{1,9}$/, '') : text}`
}

/** How the gateway stands, in a word with its sign and two sentences. */
export function standing(view: GatewayView): {
  status: string
  sign: string
  word: string
  sentence: string
  next: string
} {
  const { creditUsd, refill, lastRefills, credential, openCalls } = view
  const [last] = lastRefills
  const spends = pace(view)
  const cost =
    spends === null ? 'No call has cost anything within five minutes.' : `Calls cost ${inDollars(spends)} a minute.`
  const busy = openCalls === 0 ? '' : ` ${openCalls} under way.`
  if (credential === 'key') {
    const sentence = 'Calls are paid with the stored key, from its account’s balance.'
    return { status: 'done', sign: '●', word: 'Serving', sentence, next: `${cost}${busy}` }
  }
  const sentence =
    creditUsd === null ? 'The credit of the wallet is not known yet.' : `${inDollars(creditUsd)} of credit.`
  if (last?.failure != null)
    return {
      status: 'failed',
      sign: '✕',
      word: 'Not refilled',
      sentence,
      next: `${last.failure.message} ${cost}${busy}`,
    }
  if (refill === null && creditUsd !== null && creditUsd < 0.1) {
    const next = `Venice admits no call under $0.10, and nothing is refilled. ${cost}${busy}`
    return { status: 'paused', sign: 'Ⅱ', word: 'Out of credit', sentence, next }
  }
  return { status: 'done', sign: '●', word: 'Serving', sentence, next: `${cost}${busy}` }
}
