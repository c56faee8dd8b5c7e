/** The header that carries a wallet's sign-in. Venice also takes `X-Sign-In-With-X`, which it had before. */
export const SIWX_HEADER = 'SIGN-IN-WITH-X'
