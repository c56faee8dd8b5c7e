import type { z } from 'zod'
import type { Address } from '../../domain/addresses.ts'
import type { ListedKey } from '../../domain/key.ts'
import { createRedactor } from '../../domain/redact.ts'
import {
  InvalidAddressError,
  MintOutcomeUnknownError,
  NoCredentialError,
  UnexpectedShapeError,
  VeniceError,
  type VeniceErrorClass,
} from '../../errors/venice/all.ts'
import { TOP_UP_ERRORS } from '../../errors/x402.ts'
import type { MintRequest, Venice } from '../../ports/venice.ts'
import { SIWX_HEADER } from '../siwx.ts'
import type { KeyListAnswer } from './answer.ts'
import { readSiweChallenge, readTokenChallenge } from './challenge.ts'
import { errorFromResponse } from './error-from-response.ts'
import { createHttp, type HttpOptions, type HttpReply, type HttpRequest } from './http.ts'
import { type AnswerSchema, ChallengeAnswer, readAnswer } from './read-answer.ts'
import { type ServerClock, serverClock } from './server-clock.ts'
import type { SharedTerms } from './shared-terms.ts'
import type { Entry } from './x402.ts'

const MINT_PATH = '/api_keys/generate_web3_key'
/** For ADMIN keys. */
const KEYS_PATH = '/api_keys'
const RATE_LIMITS_PATH = '/api_keys/rate_limits'
/** Public; it needs no credential. */
const MODELS_PATH = '/models'
const COMPLETIONS_PATH = '/chat/completions'
/** Statuses for a sign-in with a wrong time. */
const REFUSED_SIGN_IN: ReadonlySet<number> = new Set([400, 401, 403])

/** What reads answers is loaded while the first of them is awaited: its schemas take as long to load as all the rest of the client. */
const answers = () => import('./answer.ts')
const models = () => import('./models.ts')
const x402 = () => import('./x402.ts')

interface Ask<Answer> extends HttpRequest {
  schema: () => Promise<AnswerSchema<Answer>>
  /** The wallet it is about, for errors. */
  address?: Address
  /** Texts that no error may contain. */
  secrets?: readonly string[]
  /** Error classes of only this route. */
  also?: readonly VeniceErrorClass[]
}

export interface VeniceClientOptions extends Omit<HttpOptions, 'serverClock'> {
  /** Learns Venice's time from every answer; `signIn` signs with it. Default: a new one for this client. */
  serverClock?: ServerClock | undefined

  /**
   * Makes the wallet's credential for one request, as the value of its header. Called for every request. Without it,
   * the wallet cannot make requests or payments.
   */
  signIn?: (() => Promise<string>) | undefined

  /** Clients that share this read the payment terms only once. Default: each client reads them itself. */
  sharedTerms?: SharedTerms | undefined
}

/**
 * Venice's API over HTTP. Retries nothing, with one exception: a challenge is requested again without the address if
 * the server does not know that parameter. A key is sent only in the `Authorization` header, and no error quotes it.
 */
export function createVeniceClient({ signIn, sharedTerms, ...options }: VeniceClientOptions): Venice {
  const { serverClock: time = serverClock({ now: options.clock.now, id: () => '' }) } = options
  const http = createHttp({ ...options, serverClock: time })
  /** The entry of the last 402: x402 requires it back with the payment. */
  let entry: Entry | null = null

  async function ask<Answer>({ schema, address, secrets = [], also, ...request }: Ask<Answer>) {
    const asked = http(request)
    const loading = schema()
    // Where the request fails, nobody waits for it.
    loading.catch(() => {})
    const reply = await asked
    if (reply.status >= 200 && reply.status <= 299) return { reply, answer: readAnswer(reply, await loading) }
    throw refusal(reply, { address, secrets, also })
  }

  /** The wallet as the credential of one request. @throws {NoCredentialError} this client has no wallet. */
  async function wallet() {
    if (signIn === undefined) throw new NoCredentialError({ facts: ['No wallet was given to sign in with.'] })
    const header = await signIn()
    return { headers: { [SIWX_HEADER]: header }, secrets: [header] }
  }

  /**
   * A request with the wallet as its credential. If it was signed before the server's time was known and is refused,
   * and the clocks differ, it is signed again. A request that is refused in this way is neither done nor charged.
   */
  async function askAsWallet<Answer>(request: Ask<Answer>) {
    const wasKnown = time.isKnown()
    try {
      return await ask({ ...request, ...(await wallet()) })
    } catch (error) {
      const isRefused = error instanceof VeniceError && REFUSED_SIGN_IN.has(error.status ?? 0)
      if (wasKnown || !isRefused || time.skewMs() === 0) throw error
      return ask({ ...request, ...(await wallet()) })
    }
  }

  /** The 402 of the top-up route. */
  async function readPrice(signal?: AbortSignal) {
    const { TOP_UP_PATH, readTerms } = await x402()
    const reply = await http({ method: 'POST', path: TOP_UP_PATH, signal })
    const { request, status } = reply
    if (status >= 200 && status <= 299) {
      throw new UnexpectedShapeError({ request, status, reason: 'it asks for no payment' })
    }
    if (status !== 402) throw refusal(reply, { also: TOP_UP_ERRORS })
    return readTerms(reply)
  }

  return {
    origin: new URL(options.apiUrl).origin,
    prepare: () =>
      answers().then(
        () => {},
        () => {},
      ),

    async fetchChallenge(address, signal) {
      const request: Ask<ChallengeAnswer> = {
        method: 'GET',
        path: MINT_PATH,
        schema: async () => ChallengeAnswer,
        address,
        signal,
      }
      const { reply, answer } = await ask({ ...request, query: { address } }).catch((error: unknown) => {
        // Only the query of a GET can be wrong.
        const isAboutQuery =
          error instanceof VeniceError && error.status === 400 && !(error instanceof InvalidAddressError)
        if (!isAboutQuery) throw error
        return ask(request)
      })
      return challengeIn(reply, answer, address)
    },

    async mint(request, signal) {
      signal?.throwIfAborted()
      const { address, signature, challenge, key } = request
      // Before anything is posted: what is answered may be a key, and must not wait for a file.
      const { MintAnswer } = await answers()
      const { answer } = await ask({
        method: 'POST',
        path: MINT_PATH,
        body: mintBody(request),
        schema: async () => MintAnswer,
        address,
        secrets: [signature, challenge.text],
        signal,
      }).catch((error: unknown) => {
        throw mintError(error, address)
      })
      const { id, apiKey, apiKeyType, expiresAt } = answer.data
      return { id, apiKey, type: apiKeyType ?? key.type, expiresAt: expiresAt ?? null }
    },

    async rateLimits(apiKey, signal) {
      const { answer } = await ask({
        method: 'GET',
        path: RATE_LIMITS_PATH,
        ...bearer(apiKey),
        schema: async () => (await answers()).RateLimitsAnswer,
        signal,
      })
      const { accessPermitted, apiTier, balances, keyExpiration, nextEpochBegins } = answer.data
      return {
        accessPermitted,
        tier: apiTier?.id ?? null,
        balances: {
          usd: balances?.USD ?? null,
          diem: balances?.DIEM ?? null,
          bundledCredits: balances?.BUNDLED_CREDITS ?? null,
        },
        keyExpiresAt: keyExpiration ?? null,
        nextEpochAt: nextEpochBegins ?? null,
      }
    },

    async listKeys(adminKey, signal) {
      const { answer } = await ask({
        method: 'GET',
        path: KEYS_PATH,
        ...bearer(adminKey),
        schema: async () => (await answers()).KeyListAnswer,
        signal,
      })
      return answer.data.map(listedKey)
    },

    async deleteKey(adminKey, id, signal) {
      const query = { id }
      await ask({
        method: 'DELETE',
        path: KEYS_PATH,
        query,
        ...bearer(adminKey),
        schema: async () => (await answers()).DeletionAnswer,
        signal,
      })
    },

    async textModels(signal) {
      const query = { type: 'text' }
      const { answer } = await ask({
        method: 'GET',
        path: MODELS_PATH,
        query,
        schema: async () => (await models()).ModelsAnswer,
        signal,
      })
      const { paidTextModels } = await models()
      return paidTextModels(answer)
    },

    async complete(apiKey, model) {
      const { smallestCompletion } = await models()
      const body = smallestCompletion(model)
      const { answer } = await ask({
        method: 'POST',
        path: COMPLETIONS_PATH,
        body,
        ...bearer(apiKey),
        schema: async () => (await models()).CompletionAnswer,
      })
      return { prompt: answer.usage.prompt_tokens, completion: answer.usage.completion_tokens }
    },

    async paymentTerms(signal) {
      // Others may wait for the same answer, so the abort of one does not end it.
      const read = await (sharedTerms === undefined ? readPrice(signal) : sharedTerms.latest(() => readPrice()))
      entry = read.entry
      return { ...read.terms, skewMs: time.skewMs() }
    },

    async topUp(payment, signature) {
      const { TOP_UP_PATH, paymentHeaders, topUpError } = await x402()
      const headers = paymentHeaders(payment, signature, entry)
      const { answer } = await ask({
        method: 'POST',
        path: TOP_UP_PATH,
        headers,
        schema: async () => (await x402()).TopUpAnswer,
        secrets: [signature, ...Object.values(headers)],
        also: TOP_UP_ERRORS,
      }).catch((error: unknown) => {
        throw topUpError(error)
      })
      return { paymentId: answer.data.paymentId }
    },

    async walletCredit(address, signal) {
      const { balancePath, creditIn } = await x402()
      const { answer } = await askAsWallet({
        method: 'GET',
        path: balancePath(address),
        schema: async () => (await x402()).BalanceAnswer,
        address,
        signal,
      })
      return creditIn(answer)
    },

    async completeAsWallet(model) {
      const { smallestCompletion } = await models()
      const { answer } = await askAsWallet({
        method: 'POST',
        path: COMPLETIONS_PATH,
        body: smallestCompletion(model),
        schema: async () => (await models()).CompletionAnswer,
      })
      return { prompt: answer.usage.prompt_tokens, completion: answer.usage.completion_tokens }
    },

    async clockSkewMs(signal) {
      const { serverMs, sentAtMs } = await http({ method: 'GET', path: MODELS_PATH, signal })
      return serverMs - sentAtMs
    },
  }
}

/** The error for a reply other than 2xx, without `secrets`. */
function refusal(
  reply: HttpReply,
  {
    address,
    secrets = [],
    also = [],
  }: {
    address?: Address | undefined
    secrets?: readonly string[]
    also?: readonly VeniceErrorClass[] | undefined
  },
): VeniceError {
  const redactor = createRedactor()
  for (const secret of secrets) redactor.add(secret)
  return errorFromResponse(reply, { address, scrub: redactor.scrub, also })
}

/** A key as the credential of a request, and as a secret that no error may contain. */
const bearer = (apiKey: string) => ({ headers: { authorization: `Bearer ${apiKey}` }, secrets: [apiKey] })

/**
 * The challenge, with its expiry moved from the server's clock to ours. It counts from the time of sending, so it is
 * rather too early.
 */
function challengeIn({ request, serverMs, sentAtMs }: HttpReply, { data }: ChallengeAnswer, address: Address) {
  const context = { address, serverMs, request }
  const challenge =
    'message' in data ? readSiweChallenge(data.message, context) : readTokenChallenge(data.token, context)
  return { ...challenge, expiresAtMs: challenge.expiresAtMs - (serverMs - sentAtMs) }
}

const listedKey = (found: z.infer<typeof KeyListAnswer>['data'][number]): ListedKey => ({
  id: found.id,
  description: found.description ?? '',
  last6: found.last6Chars,
  type: found.apiKeyType,
  createdAt: found.createdAt ?? null,
  expiresAt: found.expiresAt ?? null,
  lastUsedAt: found.lastUsedAt ?? null,
  limit: { usd: found.consumptionLimits?.usd ?? null, diem: found.consumptionLimits?.diem ?? null },
  limitPeriod: found.limitPeriod ?? null,
  modelPrivacy: found.modelPrivacy ?? null,
  used: found.currentPeriodUsage ?? null,
})

/** Only what was requested: Venice's schema is strict, and undefined fields are not in the JSON. */
const mintBody = ({ address, signature, challenge, key, label }: MintRequest) => ({
  address,
  signature,
  [challenge.form === 'siwe' ? 'message' : 'token']: challenge.text,
  apiKeyType: key.type,
  description: label,
  expiresAt: key.expiresAt,
  consumptionLimit: key.consumptionLimit,
  limitPeriod: key.limitPeriod,
  modelPrivacy: key.modelPrivacy,
})

/** `error` itself if it proves that no key was made; else "outcome unknown". */
function mintError(error: unknown, address: Address): unknown {
  const known = error instanceof VeniceError ? error : undefined
  if (known?.mayBeDone === false) return known
  const why = error instanceof Error ? error.message : 'it was interrupted'
  const facts = [`Why: ${why}`, ...(known?.facts ?? [])]
  return new MintOutcomeUnknownError({ address, cause: error, facts, retryAfterMs: known?.retryAfterMs })
}
