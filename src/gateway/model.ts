/** Bytes of a body that are parsed to find the model in it. */
const MAX_BYTES = 256 * 1024
/** What Venice's models are called, features behind a colon included; nothing that could be a sentence. */
const NAME = /^[\w.:/@=&+-]{1,100}$/

/** The model that a request in JSON asks for; null where it does not say, or is too long to be looked into for that. */
export function modelIn(contentType: string | undefined, body: Uint8Array | null): string | null {
  if (body === null || body.length > MAX_BYTES || !/\bjson\b/i.test(contentType ?? '')) return null
  try {
    const asked: unknown = JSON.parse(new TextDecoder().decode(body))
    const model = typeof asked === 'object' && asked !== null && 'model' in asked ? asked.model : null
    return typeof model === 'string' && NAME.test(model) ? model : null
  } catch {
    return null
  }
}
