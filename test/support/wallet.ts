/** A chain of its own for each test process, so that locks of two never meet. Children get it from their parent. */
process.env.TEST_CHAIN_ID ??= String(1_000_000 + process.pid)

export const WALLET = {
  chainId: Number(process.env.TEST_CHAIN_ID),
  address: '0xABcdEFABcdEFabcdEfAbCdefabcdeFABcDEFabCD',
} as const
