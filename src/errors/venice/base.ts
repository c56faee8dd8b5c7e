import type { Address } from '../../domain/addresses.ts'
import { type ErrorOptions, OnboardingError } from '../base.ts'

/** The exchange with Venice behind an error. All secrets are scrubbed from it beforehand. */
export interface Exchange extends ErrorOptions {
  /** Method and URL without query, e.g. `GET https://api.venice.ai/api/v1/api_keys/rate_limits`. */
  request?: string | undefined
  /** HTTP status; undefined when there was no answer. */
  status?: number | undefined
  /** The wallet it was about. */
  address?: Address | undefined
  /** Excerpt of Venice's own words, at most 200 characters. */
  said?: string | undefined
  /** Our words for what was wrong: a clause that ends a sentence. */
  reason?: string | undefined
}

/** Base of every error about Venice. All subclasses are made from an `Exchange`, so one table makes any of them. */
export abstract class VeniceError extends OnboardingError {
  /** Whether Venice may have carried out the request anyway. False means that it has not. */
  readonly mayBeDone: boolean = false
  readonly status: number | undefined

  constructor(message: string, { request, status, said, facts = [], cause, retryAfterMs, models }: Exchange) {
    const exchange: string[] = []
    if (request !== undefined) exchange.push(`Request: ${request}`)
    if (status !== undefined) exchange.push(`Status: ${status}`)
    if (said) exchange.push(`Venice said: ${said}`)
    super(message, { cause, retryAfterMs, models, facts: [...exchange, ...facts] })
    this.status = status
  }
}

/** A class that is made from an exchange, and how a reply is recognised as it. */
export interface VeniceErrorClass {
  readonly name: string
  /** HTTP status of the replies it stands for, or several; `5xx` for all of those. */
  readonly status?: number | readonly number[] | '5xx'
  /** What Venice's words must contain; any, when absent. */
  readonly match?: RegExp
  new (exchange?: Exchange): VeniceError
}

/** The wallet of an exchange as a sentence names it. */
export const walletOf = ({ address }: Exchange): string => address ?? 'the wallet'

/** Why, appended to a sentence without its full stop. */
export const because = ({ reason }: Exchange): string => (reason === undefined ? '.' : `: ${reason}.`)
