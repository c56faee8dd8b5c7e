import { type Exchange, VeniceError } from './base.ts'

/**
 * The key does not exist, or no longer. The routes for keys answer that with 400.
 * @see https://github.com/veniceai/skills/blob/main/skills/venice-api-keys/SKILL.md (2026-10-02)
 */
export class KeyNotFoundError extends VeniceError {
  static readonly status = 400
  static readonly match = /API key (?:could not be|not) found/
  override readonly name = 'KeyNotFoundError'
  readonly code = 'venice/key-not-found'
  readonly recovery = 'stop'
  readonly exit = 'rejected'
  readonly hint = 'There is nothing to do: the key was deleted, or has expired.'

  constructor(exchange: Exchange = {}) {
    super('Venice holds no active key with this id.', exchange)
  }
}
