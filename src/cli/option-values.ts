import { InvalidArgumentError } from 'commander'
import { ADDRESS_PATTERN, type Address } from '../domain/addresses.ts'
import { parseAmount, USDC_DECIMALS } from '../domain/amounts.ts'
import { parseDuration } from '../domain/duration.ts'
import { isHttpUrl, isRpcUrl, VENICE_RPC } from '../domain/endpoint-url.ts'
import { expiryProblem } from '../domain/rfc3339.ts'

/** Parser of an option's value: what `parse` refuses is a usage error that says what it must be. */
export const checked =
  <T>(parse: (text: string) => T | null, what: string) =>
  (text: string): T => {
    const value = parse(text)
    if (value === null) throw new InvalidArgumentError(`It must be ${what}.`)
    return value
  }

export const amount = checked(parseAmount, 'a decimal amount such as 1 or 0.5, with at most 18 decimals')
export const dollars = checked((text) => parseAmount(text, USDC_DECIMALS), 'an amount of dollars such as 5 or 0.10')
export const positiveAmount = checked((text) => {
  const value = parseAmount(text)
  return value === 0n ? null : value
}, 'a decimal amount above 0 such as 1 or 0.5, with at most 18 decimals')
export const duration = checked(parseDuration, 'a duration such as 30s, 10m or 1h')
export const count = checked((text) => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : null), 'a whole number from 1')
export const port = checked(
  (text) => (/^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : null),
  'a port from 0 to 65535',
)
export const digest = checked(
  (text) => (/^[0-9a-f]{64}$/.test(text) ? text : null),
  'the 64 hex digits that `plan` prints',
)
export const httpUrl = checked((text) => (isHttpUrl(text) ? text : null), 'an http(s) URL')
export const expiry = (text: string): string => {
  const problem = expiryProblem(text, Date.now())
  if (problem !== null) throw new InvalidArgumentError(`Not usable: ${problem}.`)
  return text
}
export const address = checked(
  (text) => (ADDRESS_PATTERN.test(text) ? (text as Address) : null),
  '0x and 40 hex digits',
)
export const description = checked(
  (text) => (text.length <= 48 ? text : null),
  'at most 48 characters; a marker is added',
)

const rpcUrl = checked((text) => (isRpcUrl(text) ? text : null), 'an http(s) or ws(s) URL')

/** URLs of an option that may be given several times. */
export const collectUrls = (url: string, urls: string[] | undefined): string[] => [
  ...(urls ?? []),
  url === VENICE_RPC ? url : rpcUrl(url),
]

/** A number of things of which there may be many, such as wallets or requests. */
export const many = checked((text) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : null), 'a whole number from 1')
