import { describe, expect, it } from 'vitest'
import * as venice from '../../src/errors/venice/all.ts'
import { type Exchange, REPLY_ERRORS, VENICE_ERRORS, VeniceError } from '../../src/errors/venice/all.ts'
import { shown } from '../support/told.ts'

const exchange: Exchange = {
  request: 'POST https://api.venice.ai/api/v1/api_keys/generate_web3_key',
  address: '0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf',
  status: 400,
  said: 'No.',
  reason: 'REASON',
  retryAfterMs: 1_000,
}
const errors = VENICE_ERRORS.map((Class) => ({ Class, error: new Class(exchange) }))

/** Both error tables of the mint, in the words of the documents. */
const TABLES: [words: string, name: string][] = [
  ['Invalid wallet address', 'InvalidAddressError'],
  ['JWT has expired', 'TokenExpiredError'],
  ['JWT signature is invalid', 'TokenSignatureInvalidError'],
  ['JWT claims are invalid', 'TokenClaimsInvalidError'],
  ['JWT is malformed', 'TokenMalformedError'],
  ['Wallet signature does not match', 'WalletSignatureMismatchError'],
  ['Could not verify wallet signature', 'SignatureNotVerifiedError'],
  ['Wallet has no staked VVV on Base', 'NoStakedVvvError'],
  ['Wallet 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf has no staked VVV on Base', 'NoStakedVvvError'],
  ['The challenge has expired', 'ChallengeExpiredError'],
  ['This challenge has already been used', 'ChallengeUsedError'],
  ['The challenge was issued for a different wallet address', 'ChallengeOtherWalletError'],
  ['The message is not a valid Venice API key authorization challenge', 'ChallengeNotValidError'],
  ['The challenge statement was modified', 'ChallengeStatementModifiedError'],
  ['The challenge domain must be "api.venice.ai"', 'ChallengeDomainError'],
]

describe('the tables of mint errors', () => {
  it.each(TABLES)('"%s" matches exactly one class', (words, name) => {
    const matching = REPLY_ERRORS.filter(
      ({ status, match }) => [status].flat().includes(400) && (match === undefined || match.test(words)),
    )
    expect(matching.map((Class) => Class.name)).toEqual([name])
  })

  it('leave no class without a row', () => {
    const named = new Set(TABLES.map(([, name]) => name))
    const others = REPLY_ERRORS.filter(({ status, name }) => [status].flat().includes(400) && !named.has(name))
    expect(others.map(({ name }) => name)).toEqual([
      'TooManyKeysError',
      'KeyNotFoundError',
      'InvalidRequestError',
      'ContentTypeRefusedError',
    ])
  })
})

describe('every error about Venice', () => {
  it('is in the list of Venice errors', () => {
    const exported = Object.values(venice).filter(
      (value) => typeof value === 'function' && value.prototype instanceof VeniceError,
    )
    expect(new Set(VENICE_ERRORS)).toEqual(new Set(exported))
  })

  it('has the name of its class', () => {
    expect(errors.map(({ error }) => error.name)).toEqual(errors.map(({ Class }) => Class.name))
  })

  it('has a code of its own', () => {
    expect(new Set(errors.map(({ error }) => error.code)).size).toBe(errors.length)
  })

  it('keeps the wait that Venice asked for', () => {
    expect(errors.every(({ error }) => error.retryAfterMs === 1_000)).toBe(true)
  })

  it('shows the exchange as facts, one per line', () => {
    expect(new venice.NoStakedVvvError(exchange).facts).toEqual([
      'Request: POST https://api.venice.ai/api/v1/api_keys/generate_web3_key',
      'Status: 400',
      'Venice said: No.',
    ])
  })

  it('says what happened, whether a retry is safe, and what to do next', () => {
    const lines = errors.map(({ error: { code, recovery, exit, mayBeDone, message, hint } }) =>
      [`${code} (${recovery}, ${exit}${mayBeDone ? ', may be done' : ''})`, message, shown(hint)].join('\n  '),
    )
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "venice/browser-check (retry, transient)
        A server in front of Venice wants to check a browser first.
        Venice itself did not see the request. Try again after a pause, or from another network: it distrusts some VPNs and clouds.
      venice/invalid-address (fixInput, config)
        Venice does not accept 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf as a wallet address.
        Give the key of an ordinary EVM wallet: its address is 0x and 40 hex digits.
      venice/token-expired (refreshToken, transient)
        The validation token expired before the mint request reached Venice.
        Fetch a new token, sign it, and submit it at once.
      venice/token-signature-invalid (refreshToken, transient)
        Venice does not recognise its own signature on the validation token.
        Fetch a new token and submit it unchanged. If this repeats, something between here and Venice alters it.
      venice/token-claims-invalid (refreshToken, transient)
        The validation token was issued for something other than minting a key at this API.
        Fetch a new token from the same API URL that the mint request goes to.
      venice/token-malformed (refreshToken, transient)
        Venice cannot read the validation token.
        Fetch a new token and submit it unchanged.
      venice/wallet-signature-mismatch (signAgain, rejected)
        The signature over the challenge is not one of 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf.
        Sign the exact text of the challenge with personal_sign and the wallet that owns the address.
      venice/signature-not-verified (retry, transient)
        Venice could not check the signature of 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf on Base at the moment.
        Submit the same signature again after a pause.
      venice/no-staked-vvv (stake, rejected)
        Venice sees no VVV staked on Base by 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf.
        Stake VVV on Base with this wallet; after a confirmed stake, Venice needs a moment to see it.
      venice/challenge-expired (refreshToken, transient)
        The challenge expired before the mint request reached Venice.
        Fetch a new challenge, sign it, and submit it at once.
      venice/challenge-used (refreshToken, transient)
        A key was already minted with this challenge.
        A key was minted with this challenge. Fetch a new challenge only to mint another key.
      venice/challenge-other-wallet (refreshToken, transient)
        Venice issued the challenge for a wallet other than 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf.
        Fetch a new challenge for the address that signs it.
      venice/challenge-not-valid (refreshToken, transient)
        Venice does not recognise the challenge as one that it issued.
        Fetch a new challenge and submit it unchanged.
      venice/challenge-statement-modified (refreshToken, transient)
        The statement in the challenge is not the one that Venice wrote.
        Fetch a new challenge and submit it unchanged. If this repeats, something between here and Venice alters it.
      venice/challenge-domain (refreshToken, transient)
        The challenge names a domain other than the one Venice answers for.
        Fetch a new challenge from the same API URL that the mint request goes to.
      venice/too-many-keys (stop, rejected)
        The Venice account of 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf has reached the maximum of 500 active API keys.
        Revoke keys that are no longer used at https://venice.ai/settings/api, then run the same command again.
      venice/key-not-found (stop, rejected)
        Venice holds no active key with this id.
        There is nothing to do: the key was deleted, or has expired.
      venice/invalid-request (fixInput, config)
        Venice refuses the request because of its fields.
        Change the option behind each field named here, then run the same command again.
      venice/content-type-refused (fixInput, config)
        The request reached Venice without its content type.
        Look for a proxy between here and Venice that changes the Content-Type header.
      venice/admin-key-required (fixInput, config)
        This request needs an ADMIN key; the key given is an INFERENCE key.
        Use a key minted with --key-type ADMIN.
      venice/sign-in-used (retry, transient)
        Venice has seen this sign-in of the wallet before.
        Try again. If the error repeats, look for a proxy that repeats requests.
      venice/sign-in-clock (fixInput, config)
        The time in the sign-in of the wallet does not match Venice’s clock.
        Set the clock of this machine; \`venice-onboard doctor\` shows how far it is off.
      venice/sign-in-refused (stop, rejected)
        Venice refuses the sign-in of the wallet.
        Check the clock of this machine with \`venice-onboard doctor\`, and that the wallet signs with its own key, not as a contract.
      venice/authentication-failed (stop, rejected)
        Venice does not accept the credential: it is unknown, expired or revoked.
        Check whether the key has expired or was revoked. To mint another one, put the run aside with \`venice-onboard wipe\`.
      venice/no-credential (fixInput, config)
        The request reached Venice without a credential.
        Give a key; if one was given, look for a proxy that removes the Authorization header.
      venice/wallet-credit-too-low (fund, funds)
        The x402 credit of the wallet is below the $0.10 that Venice requires.
        Top up the wallet with USDC on Base: \`venice-onboard fund x402 5\`.
      venice/balance-insufficient (fund, funds)
        The Venice account has neither enough DIEM nor enough credit for this request.
        Stake at least 0.1 DIEM with this wallet or add credit at https://venice.ai/settings/api; with staked DIEM, wait for the next epoch (00:00 UTC).
      venice/key-usd-limit-reached (fixInput, funds)
        The key has reached its own USD spending limit.
        Wait until the limit period of the key resets, or mint a key with a higher --limit usd=.
      venice/key-diem-limit-reached (fixInput, funds)
        The key has reached its own DIEM spending limit.
        Wait until the limit period of the key resets, or mint a key with a higher --limit diem=.
      venice/api-access-disabled (stop, rejected)
        Venice has disabled API access for this account.
        Ask Venice why the API is closed to this account; another key or another stake does not open it.
      venice/blocked (fixInput, config)
        A web page in front of Venice refuses the request.
        Venice itself did not see the request. Check --api-url and any proxy, or try from another network or country.
      venice/forbidden (stop, rejected)
        Venice forbids this request.
        Read what Venice said. Repeating the request does not help.
      venice/not-found (fixInput, config)
        The server at the API URL does not know this route.
        Check --api-url: it ends in /api/v1.
      venice/request-timed-out (retry, transient, may be done)
        The server gave up on the request.
        Try again after a pause.
      venice/gone (stop, rejected)
        Venice has retired this route.
        Update venice-onboard: Venice has replaced this route.
      venice/payload-too-large (fixInput, config)
        The request is larger than the server accepts.
        Shorten the options, such as --description.
      venice/overloaded (retry, transient)
        Venice is overloaded at the moment.
        Try again after a pause.
      venice/error-budget-spent (retry, transient)
        Too many requests from here have failed, so Venice accepts none at the moment.
        Wait half a minute. Send no other requests with this key meanwhile: failed requests count too.
      venice/rate-limited (retry, transient)
        Venice accepts no more requests from here at the moment.
        Try again after a pause.
      venice/unavailable (retry, transient, may be done)
        Venice, or something in front of it, failed.
        Try again after a pause.
      venice/unrecognised (stop, rejected)
        Venice refused with a text that is not in its documentation.
        Read what Venice said. No further step was taken; \`venice-onboard status\` shows what is recorded.
      venice/no-model-answered (stop, rejected)
        No model that the budget allows accepts a call: REASON.
        Venice accepts the key itself. Try a call with a model of your choice; \`venice-onboard run --prove\` tries again.
      venice/mint-outcome-unknown (resolveMint, transient, may be done)
        Venice may have minted a key for 0xacfE6019Ed1A7Dc6f7B508C02d1b04ec88cC21bf, but the answer was lost.
        Do not mint again by hand. Run the same command again: it looks for the key, and prints the label of a key that may be left over. \`venice-onboard keys reclaim --with-admin-key\` finds and deletes that key.
      venice/challenge-refused (stop, refused)
        The challenge was not signed: REASON.
        Check --api-url. If it is right, do not sign: tell Venice what its API offered.
      venice/unsendable-request (fixInput, config)
        The API URL or the API key cannot be used in an HTTP request.
        Check --api-url, and that the API key is one line without spaces.
      venice/host-not-found (fixInput, config)
        The host of the API URL was not found: REASON.
        Check --api-url for a typing error, and that this machine is online.
      venice/connection-failed (retry, transient)
        No connection to the API could be made: REASON.
        Check the network and --api-url; then try again.
      venice/tls-failed (fixInput, config)
        No secure connection to the API could be made: REASON.
        Check --api-url (a local API often speaks http, not https) and the clock. Behind a proxy with its own certificates, set NODE_EXTRA_CA_CERTS.
      venice/connection-lost (retry, transient, may be done)
        The connection broke before Venice's answer was complete: REASON.
        Try again after a pause.
      venice/timed-out (retry, transient, may be done)
        Venice's answer was not complete in time: REASON.
        Try again after a pause.
      venice/redirect-refused (fixInput, config)
        The server at the API URL redirects to another address. Redirects are not followed.
        Give --api-url the API's final address, with https.
      venice/answer-too-large (stop, unexpected, may be done)
        The answer was discarded: REASON.
        Check --api-url: this is not an answer of the Venice API.
      venice/html-answer (fixInput, config, may be done)
        The server at the API URL answered with a web page.
        Check --api-url (it ends in /api/v1), and whether the network requires a sign-in.
      venice/invalid-json (retry, transient, may be done)
        Venice's answer is not JSON, or was cut short.
        Try again after a pause.
      venice/unexpected-shape (stop, unexpected, may be done)
        Venice's answer does not have the documented form: REASON.
        Update venice-onboard. If it is the latest version, report this: Venice has changed its API."
    `)
  })
})
