/** Hex about as long as a private key. A key that lost or gained a few digits in copying is still a secret. */
export const isPrivateKeyLike = (text: string): boolean => /^\s*["']?(?:0x)?[0-9a-f]{56,72}["']?\s*$/i.test(text)

/** A private key within other text, such as a command. */
export const hasKeyInside = (text: string): boolean => /(?<![0-9a-z])(?:0x)?[0-9a-f]{64}(?![0-9a-z])/i.test(text)

/** A Venice key in its form since 2026, within other text. Older keys have no fixed form. */
export const hasApiKeyInside = (text: string): boolean => /VENICE_(?:INFERENCE|ADMIN)_KEY_[\w-]{10}/.test(text)

/** Characters of 24 words of 8 letters, with room for separators. */
const MAX_PHRASE = 400

/**
 * 12, 15, 18, 21 or 24 words of 3 to 8 letters, as BIP-39 has them.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki
 */
export function isSeedPhrase(text: string): boolean {
  if (text.length > MAX_PHRASE) return false
  const words = text
    .trim()
    .replace(/^["']|["']$/g, '')
    .split(/[\s,]+/)
  return (
    words.length >= 12 &&
    words.length <= 24 &&
    words.length % 3 === 0 &&
    words.every((word) => /^[a-z]{3,8}$/i.test(word))
  )
}
