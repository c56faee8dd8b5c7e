import type { Eip1193Provider } from '../../src/adapters/signers/eip1193.ts'

/** What a page or a program gives to ask such a wallet with. */
export const providerAt = (url: string): Eip1193Provider => ({
  async request({ method, params }: { method: string; params?: unknown }) {
    const reply = await fetch(url, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const { result, error } = (await reply.json()) as { result?: unknown; error?: { code: number; message: string } }
    if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code })
    return result
  },
})
