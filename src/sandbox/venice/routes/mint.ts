import { getAddress, isAddress } from 'viem'
import type { Address } from '../../../domain/addresses.ts'
import { dataReply, standardError } from '../envelopes.ts'
import { jsonBody, type Routes } from '../http.ts'
import { type KeyFields, mintBody } from '../key-schema.ts'
import { createdKeyView } from '../keys.ts'
import type { VeniceState } from '../state.ts'

/** `/api_keys/generate_web3_key`: a challenge, and a key for a wallet that signed it and has staked VVV. */
export function mintRoutes(state: VeniceState): Routes {
  const { keys, accounts } = state
  return {
    async 'GET /api_keys/generate_web3_key'(call) {
      const given = call.query.get('address') ?? ''
      const address = isWallet(given) ? given : undefined
      return dataReply(await state.challenges[state.challengeForm].issue(address), { success: true })
    },
    /** Checked in the order of Venice's error table: body, address, challenge, signature, stake. */
    async 'POST /api_keys/generate_web3_key'(call) {
      const challenges = state.challenges[state.challengeForm]
      const { text, wallet, signature, fields } =
        state.challengeForm === 'jwt'
          ? request(jsonBody(call, mintBody.jwt), 'token')
          : request(jsonBody(call, mintBody.siwe), 'message')
      if (!isWallet(wallet)) throw standardError(400, 'Invalid wallet address')
      const address = getAddress(wallet)
      await challenges.check(text, address)
      await requireSignature(state, address, text, signature)
      await requireStake(state, address)
      keys.requireRoom(address)
      challenges.consume(text)
      accounts.open(address)
      return dataReply(echo(createdKeyView(keys.create(address, fields)), fields), { success: true })
    },
  }
}

function request<Name extends 'token' | 'message'>(
  body: KeyFields & { address: string; signature: string } & Record<Name, string>,
  name: Name,
) {
  const { address, signature, ...fields } = body
  return { text: body[name], wallet: address, signature, fields }
}

async function requireSignature(state: VeniceState, address: Address, message: string, signature: string) {
  if (state.scripted.verificationFailures > 0) {
    state.scripted.verificationFailures -= 1
    throw unverifiable()
  }
  const signed = await state.chain.isSigner({ address, message, signature }).catch(() => {
    throw unverifiable()
  })
  if (!signed) throw standardError(400, 'Wallet signature does not match')
}

async function requireStake(state: VeniceState, address: Address) {
  const staked = await state.chain.stakedVvv(address).catch(() => {
    throw unverifiable()
  })
  const lags = state.scripted.stakeLag > 0
  if (lags) state.scripted.stakeLag -= 1
  if (lags || staked === 0n) throw standardError(400, `Wallet ${address} has no staked VVV on Base`)
}

const unverifiable = () => standardError(400, 'Could not verify wallet signature')

const isWallet = (text: string): text is Address => isAddress(text, { strict: false })

/**
 * Venice's echo of the limits is wrong on this route, but the stored limits are right: `diem` is read from `vcu`, and a
 * `usd` of 0 comes back as null.
 */
const echo = (created: ReturnType<typeof createdKeyView>, { consumptionLimit }: KeyFields) => ({
  ...created,
  consumptionLimit: {
    usd: consumptionLimit?.usd || null,
    diem: consumptionLimit?.vcu ?? null,
    vcu: consumptionLimit?.vcu ?? null,
  },
})
