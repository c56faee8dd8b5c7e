import { decimalText } from './decimal.ts'
import type { Funding, FundingCause } from './funding.ts'
import type { KeyRequest } from './key.ts'

/** Where credit is added and keys are changed, signed in with the wallet. @see https://docs.venice.ai/overview/vvv-diem */
export const API_SETTINGS_URL = 'https://venice.ai/settings/api'
/** Where DIEM is minted, staked and unstaked in a browser. */
export const TOKEN_URL = 'https://venice.ai/token'

/** The options that the key was minted with and that matter here. */
export type MintedAs = Pick<KeyRequest, 'limitPeriod' | 'consumptionLimit'>

export interface FundingAdvice {
  /** What to do, in sentences. */
  step: string
  links: readonly string[]
  /**
   * What to do first. options: list all funding methods. rotate: replace the key. doctor: check everything. again:
   * repeat the same request.
   */
  action: 'options' | 'rotate' | 'doctor' | 'again'
  /** The limit of the new key, e.g. `usd=5,diem=1`. */
  limit?: string
  /** ISO 8601: it does not help earlier. */
  earliestAt?: string
}

/** The next step for a key that cannot spend; null for one that can. `key`: what the key was minted with. */
export function adviceOn(funding: Funding, key: MintedAs): FundingAdvice | null {
  if (funding.spendable === true) return null
  return ADVICE[funding.cause ?? 'unknown'](funding, key)
}

type Advise = (funding: Funding, key: MintedAs) => FundingAdvice

const ADVICE: Readonly<Record<FundingCause, Advise>> = {
  'no-balance': () => ({
    step: 'Stake at least 0.1 DIEM with this wallet, or sign in with it and add credit.',
    links: [TOKEN_URL, API_SETTINGS_URL],
    action: 'options',
  }),
  'usd-too-small': () => ({
    step: 'Sign in with this wallet and add credit, at least $0.10 in total.',
    links: [API_SETTINGS_URL],
    action: 'options',
  }),
  'diem-too-small': () => ({
    step: 'Stake DIEM with this wallet until it has at least 0.1.',
    links: [TOKEN_URL],
    action: 'options',
  }),
  'diem-spent': ({ nextEpochAt }) => ({
    step: 'Wait for the next epoch, stake more DIEM, or add credit.',
    links: [TOKEN_URL, API_SETTINGS_URL],
    action: 'again',
    ...(nextEpochAt !== null && { earliestAt: nextEpochAt }),
  }),
  'key-limit-zero': (_, key) => ({
    step: 'Adding funds does not help while the limit is 0. Raise the limit in the settings, or replace the key with one that has another limit.',
    links: [API_SETTINGS_URL],
    action: 'rotate',
    ...withHigherLimit(key),
  }),
  'key-limit-used': ({ nextEpochAt, checkedAt }, key) => {
    const { limitPeriod = 'EPOCH' } = key
    const resetsAt = limitPeriod === 'MONTH' ? nextMonth(checkedAt) : nextEpochAt
    if (limitPeriod === 'LIFETIME' || resetsAt === null) {
      return {
        step: 'Raise the limit in the settings, or replace the key with one that has another limit.',
        links: [API_SETTINGS_URL],
        action: 'rotate',
        ...withHigherLimit(key),
      }
    }
    const step = 'Wait until the limit resets, or raise it in the settings.'
    return { step, links: [API_SETTINGS_URL], action: 'again', earliestAt: resetsAt }
  },
  'key-expired': () => ({ step: 'Replace the key.', links: [], action: 'rotate' }),
  'key-refused': () => ({
    step: 'Check whether the key was revoked. If it was, replace it.',
    links: [API_SETTINGS_URL],
    action: 'rotate',
  }),
  'not-admitted': () => ({
    step: 'Sign in with this wallet and check the state of the account. If nothing is wrong there, ask Venice.',
    links: [API_SETTINGS_URL],
    action: 'doctor',
  }),
  'no-credential': () => ({
    step: 'Look for a proxy between here and Venice that removes the Authorization header.',
    links: [],
    action: 'doctor',
  }),
  'wallet-credit': () => ({
    step: 'Venice took a wallet’s sign-in for the credential, so x402 credit was asked for, which never pays for a key. Look for a proxy that adds SIGN-IN-WITH-X.',
    links: [],
    action: 'doctor',
  }),
  'not-proven': () => ({ step: 'Venice admits the key. Make the call again.', links: [], action: 'again' }),
  unknown: () => ({
    step: 'Run the same command again, then `doctor` to find the cause.',
    links: [],
    action: 'doctor',
  }),
}

/** The first day of the next month, 00:00 UTC. */
function nextMonth(iso: string): string {
  const date = new Date(iso)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)).toISOString()
}

/** Twice the earlier limit; if that was 0, about what a small agent costs per day. */
function withHigherLimit({ consumptionLimit: { usd, diem } = {} }: MintedAs): Pick<FundingAdvice, 'limit'> {
  const parts = [
    ...(usd === undefined ? [] : [`usd=${usd === 0 ? 5 : decimalText(2 * usd)}`]),
    ...(diem === undefined ? [] : [`diem=${diem === 0 ? 1 : decimalText(2 * diem)}`]),
  ]
  return parts.length === 0 ? {} : { limit: parts.join(',') }
}
