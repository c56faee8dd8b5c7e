import { z } from 'zod'
import { nextEpochAt } from '../../../domain/epoch.ts'
import { dataReply, standardError } from '../envelopes.ts'
import { type Call, checked, jsonBody, type Routes } from '../http.ts'
import { createKeyBody, patchKeyBody } from '../key-schema.ts'
import { createdKeyView, isoOrNull, keyView, keyViewWithUsage } from '../keys.ts'
import { MODELS } from '../models.ts'
import type { VeniceState } from '../state.ts'

const idBody = z.strictObject({ id: z.string() })

/** Management of keys, for ADMIN keys, and `rate_limits`, which every key may read about itself. */
export function apiKeyRoutes({ auth, keys, accounts, spending, limits, clock }: VeniceState): Routes {
  return {
    'GET /api_keys'(call) {
      const { owner } = auth.adminKey(call)
      const data = keys.activeOf(owner).map((key) => keyViewWithUsage(key, accounts, clock()))
      return dataReply(data, { object: 'list' })
    },
    'POST /api_keys'(call) {
      const { owner } = auth.adminKey(call)
      if (!limits.keyCreations.hit(owner.toLowerCase())) {
        limits.logBreach(call, 'RPM')
        throw standardError(429, 'Rate limit exceeded')
      }
      const fields = jsonBody(call, createKeyBody)
      keys.requireRoom(owner)
      return dataReply(createdKeyView(keys.create(owner, fields)), { success: true })
    },
    'PATCH /api_keys'(call) {
      const { owner } = auth.adminKey(call)
      const { id, ...patch } = jsonBody(call, patchKeyBody)
      const key = keys.find(owner, id)
      if (!key) throw standardError(400, 'API key not found or expired')
      keys.update(key, patch)
      return dataReply(keyView(key), { success: true })
    },
    'DELETE /api_keys'(call) {
      const { owner } = auth.adminKey(call)
      const key = keys.find(owner, idOf(call))
      if (!key) throw standardError(400, 'API key could not be found')
      key.revoked = true
      return { status: 200, body: { success: true } }
    },
    'GET /api_keys/{id}'(call) {
      const { owner } = auth.adminKey(call)
      const key = keys.find(owner, call.params.id ?? '')
      if (!key) throw standardError(400, 'API key not found')
      return dataReply(keyViewWithUsage(key, accounts, clock()))
    },
    async 'GET /api_keys/rate_limits'(call) {
      const key = auth.key(call)
      const { USD, DIEM, BUNDLED_CREDITS } = await spending.spendableWith(key)
      return dataReply({
        accessPermitted: await spending.accessPermitted(call, key),
        apiTier: { id: 'paid', isCharged: true },
        balances: { USD, DIEM, BUNDLED_CREDITS },
        keyExpiration: isoOrNull(key.expiresAt),
        nextEpochBegins: nextEpochAt(clock()),
        rateLimits: MODELS.map(({ id, rateLimits }) => ({ apiModelId: id, rateLimits })),
      })
    },
    'GET /api_keys/rate_limits/log'(call) {
      return dataReply(limits.breachesOf(auth.adminKey(call).owner), { object: 'list' })
    },
  }
}

/** The id of the key to delete: from the query, or from a JSON body. */
const idOf = (call: Call): string =>
  call.text === '' ? checked({ id: call.query.get('id') ?? undefined }, idBody).id : jsonBody(call, idBody).id
