import { say, setting, type Told } from '../domain/next-action.ts'
import { type ErrorOptions, OnboardingError } from './base.ts'

/**
 * The key is stored where this program cannot read it back.
 *
 * @hint The key is stored. Name its place with `--save-key`, or ask Venice with the key: `GET /api_keys/rate_limits`.
 */
export class KeyNotReadableError extends OnboardingError {
  override readonly name = 'KeyNotReadableError'
  readonly code = 'key/not-readable'
  readonly recovery = 'stop'
  readonly exit = 'unexpected'
  readonly hint: Told

  /** @param isOpen - whether this process has that sink open. */
  constructor(sink: string, { isOpen = true, ...options }: ErrorOptions & { isOpen?: boolean } = {}) {
    super(`The key cannot be read back from ${sink}.`, options)
    const ask = 'The key is stored; ask Venice with it: GET /api_keys/rate_limits.'
    this.hint = isOpen ? ask : say`Name the place that holds it with ${setting('saveKey', `'${sink}'`)}. ${ask}`
  }
}
