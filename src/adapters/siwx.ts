/** The header that carries a wallet's sign-in. Venice also accepts the older `X-Sign-In-With-X`. */
export const SIWX_HEADER = 'SIGN-IN-WITH-X'
