import type { Address, Hex } from '../../src/domain/addresses.ts'

/** The steps of Venice's guide with `fetch`, shared by the scripts. */
export async function fetchToken(apiUrl: string): Promise<string> {
  const response = await fetch(`${apiUrl}/api_keys/generate_web3_key`)
  if (!response.ok) throw new Error(`GET: HTTP ${response.status}`)
  const { data } = (await response.json()) as { data: { token: string } }
  return data.token
}

export async function mint(
  apiUrl: string,
  body: { address: Address; signature: Hex; token: string },
): Promise<{ apiKey: string }> {
  const response = await fetch(`${apiUrl}/api_keys/generate_web3_key`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, apiKeyType: 'INFERENCE', description: 'bench' }),
  })
  if (!response.ok) throw new Error(`POST: HTTP ${response.status} ${await response.text()}`)
  const { data } = (await response.json()) as { data: { apiKey: string } }
  return data
}

export async function rateLimits(apiUrl: string, apiKey: string): Promise<void> {
  const response = await fetch(`${apiUrl}/api_keys/rate_limits`, { headers: { authorization: `Bearer ${apiKey}` } })
  if (!response.ok) throw new Error(`rate_limits: HTTP ${response.status}`)
}
