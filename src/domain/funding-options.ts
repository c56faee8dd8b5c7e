import { formatAmount, USDC_DECIMALS } from './amounts.ts'
import { LOCK_MARGIN_PERCENT } from './fund.ts'
import { API_SETTINGS_URL, TOKEN_URL } from './funding-advice.ts'
import { type Action, action } from './next-action.ts'

/** What the wallet holds and what minting would cost; see `Chain.fundingQuotes`. */
export interface Quotes {
  eth: bigint
  vvv: bigint
  sVvv: bigint
  unlockedSVvv: bigint
  diem: bigint
  stakedDiem: bigint
  usdc: bigint
  mint: { diem: bigint; sVvv: bigint }
}

export interface FundingOption {
  id: 'diem-mint' | 'diem-buy' | 'x402' | 'usd-card' | 'coinbase-subscription' | 'coinbase-onramp'
  name: string
  /** The account that the key spends from, or the wallet's own x402 credit, which the key can neither see nor spend. */
  funds: 'key' | 'wallet'
  /** A program can do it without a browser. */
  autonomous: boolean
  /** Decimal text; null if only the seller's page tells it, or nothing could be read. */
  costNow: { amount: string; unit: string; basis: string } | null
  /** ISO 8601, the latest time; or words. */
  spendableAfter: string
  /** The action that does it. */
  action: Action
  links: readonly string[]
  steps: readonly string[]
  available: boolean
  /** What is missing; null when nothing is. */
  whyNot: string | null
}

/** The least staked DIEM that can be spent from, base units. @see https://docs.venice.ai/overview/vvv-diem (2026-08) */
export const LEAST_DIEM = 100_000_000_000_000_000n
/** Smallest x402 top-up, base units of USDC. @see https://docs.venice.ai/guides/integrations/x402-venice-api (2026-08) */
export const LEAST_TOP_UP = 5_000_000n

const DOCS_URL = 'https://docs.venice.ai'
const SWAP_URL =
  'https://aerodrome.finance/swap?from=eth&to=0xf4d97f2da56e8c3098f3a8d538db630a2606a024&chain0=8453&chain1=8453'
const WAIT = action('run', { requireFunded: true, waitForFunds: '1h' })
const SIGN_IN = 'Sign in at venice.ai with this wallet (Sign-In-With-Ethereum): it finds the account behind the key.'

/**
 * Every funding method of the key or the wallet. Those that need no browser come first.
 *
 * @param quotes - null if the chain was not read.
 * @param nextEpochAt - ISO 8601.
 * @param hasKey - a run with a key is recorded and can be resumed.
 * @see https://docs.venice.ai/guides/integrations/generating-api-key-agent#paying-for-inference (2026-08)
 */
export const fundingOptions = (quotes: Quotes | null, nextEpochAt: string, hasKey: boolean = true): FundingOption[] => {
  const stakesDiem = hasKey ? action('fund.diem', { amount: '0.1' }) : action('run', { fund: 'diem:0.1' })
  const paysUsdc = hasKey ? action('fund.x402', { amount: '5' }) : action('run', { fund: 'x402:5' })
  return [
    { ...diemMint(quotes, nextEpochAt), action: stakesDiem },
    { ...diemBuy(quotes, nextEpochAt), action: stakesDiem },
    { ...x402(quotes), action: paysUsdc },
    ...BROWSER_METHODS,
  ]
}

type Method = Omit<FundingOption, 'action'>

/** DIEM that must still be staked before any can be spent. */
const missingDiem = ({ stakedDiem }: Quotes): bigint => (stakedDiem >= LEAST_DIEM ? 0n : LEAST_DIEM - stakedDiem)

function diemMint(quotes: Quotes | null, nextEpochAt: string): Method {
  const lock = quotes && formatAmount(quotes.mint.sVvv, { maxFraction: 4 })
  const whyNot = quotes === null ? UNKNOWN : shortOfVvv(quotes)
  return {
    id: 'diem-mint',
    name: 'Mint DIEM, stake it',
    funds: 'key',
    autonomous: true,
    costNow: lock === null ? null : { amount: lock, unit: 'sVVV locked', basis: 'getDiemAmountOut, for 0.1 DIEM' },
    spendableAfter: nextEpochAt,
    links: [TOKEN_URL],
    steps: [
      `The command locks ${lock ?? 'as much'} sVVV ${lock === null ? 'as 0.1 DIEM takes' : 'for 0.1 DIEM'} and ${LOCK_MARGIN_PERCENT} % more, for a price that moves; what is missing, it stakes first. Burning the DIEM later frees the sVVV.`,
      'Then it stakes the DIEM. Each staked DIEM is a dollar of credit a day; under 0.1 none can be spent.',
    ],
    available: whyNot === null,
    whyNot,
  }
}

/** VVV that the wallet still needs to stake what it will lock, with a margin for a moving price; null: none. */
function shortOfVvv({ mint, unlockedSVvv, vvv }: Quotes): string | null {
  const missing = (mint.sVvv * (100n + LOCK_MARGIN_PERCENT)) / 100n - unlockedSVvv
  return unlockedSVvv >= mint.sVvv || vvv >= missing
    ? null
    : `${formatAmount(missing - vvv, { maxFraction: 4 })} VVV more`
}

function diemBuy(quotes: Quotes | null, nextEpochAt: string): Method {
  const missing = quotes === null ? LEAST_DIEM : missingDiem(quotes)
  const toBuy = quotes === null || quotes.diem >= missing ? 0n : missing - quotes.diem
  const amount = formatAmount(quotes === null ? LEAST_DIEM : toBuy, { maxFraction: 6 })
  const whyNot = quotes === null ? UNKNOWN : toBuy === 0n ? null : `${amount} DIEM to buy; the price is the market’s`
  return {
    id: 'diem-buy',
    name: 'Buy DIEM, stake it',
    funds: 'key',
    autonomous: true,
    costNow: {
      amount,
      unit: 'DIEM',
      basis: quotes === null ? 'the least that can be spent' : 'what the wallet lacks of 0.1',
    },
    spendableAfter: nextEpochAt,
    links: [SWAP_URL, TOKEN_URL],
    steps: [
      'Buy DIEM on Base into this wallet; never send coins to a contract’s address.',
      'The command stakes it, and locks sVVV only for what is missing to 0.1 DIEM.',
    ],
    available: whyNot === null,
    whyNot,
  }
}

function x402(quotes: Quotes | null): Method {
  const usdc = (units: bigint) => formatAmount(units, { decimals: USDC_DECIMALS })
  const isEnough = quotes !== null && quotes.usdc >= LEAST_TOP_UP
  const missing = quotes === null ? UNKNOWN : `${usdc(LEAST_TOP_UP - quotes.usdc)} USDC more`
  return {
    id: 'x402',
    name: 'x402 top-up',
    funds: 'wallet',
    autonomous: true,
    costNow: { amount: usdc(LEAST_TOP_UP), unit: 'USDC', basis: 'the smallest top-up' },
    spendableAfter: 'at once',
    links: [`${DOCS_URL}/guides/integrations/x402-venice-api`],
    steps: [
      'The command signs one transfer of USDC and posts it to Venice. It takes no ETH, and asks before it signs.',
      'The wallet then pays for calls that it signs in for (SIGN-IN-WITH-X). The key still cannot.',
    ],
    available: isEnough,
    whyNot: isEnough ? null : missing,
  }
}

const UNKNOWN = 'not checked'

const browserMethod = (
  way: Pick<FundingOption, 'id' | 'name' | 'spendableAfter'> & { step: string },
): FundingOption => ({
  id: way.id,
  name: way.name,
  funds: 'key',
  autonomous: false,
  costNow: null,
  spendableAfter: way.spendableAfter,
  action: WAIT,
  links: [API_SETTINGS_URL],
  steps: [SIGN_IN, way.step, 'The command detects the payment, and finishes the run.'],
  available: true,
  whyNot: null,
})

const BROWSER_METHODS: readonly FundingOption[] = [
  browserMethod({
    id: 'usd-card',
    name: 'Dollars by card',
    spendableAfter: 'once paid',
    step: 'In Settings, API, add credit (Stripe); at least $0.10 must be there for a call.',
  }),
  browserMethod({
    id: 'coinbase-subscription',
    name: 'Coinbase subscription',
    spendableAfter: 'once paid',
    step: 'Subscribe in the dashboard; Coinbase Commerce takes the payment. Its credits come after DIEM, before dollars.',
  }),
  browserMethod({
    id: 'coinbase-onramp',
    name: 'Coinbase onramp',
    spendableAfter: 'once paid',
    step: 'Use the onramp in the dashboard; Coinbase takes the payment.',
  }),
]
