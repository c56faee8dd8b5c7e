/** A separate chain id per test process, so that their locks do not conflict. Children get it from their parent. */
process.env.TEST_CHAIN_ID ??= String(1_000_000 + process.pid)

export const WALLET = {
  chainId: Number(process.env.TEST_CHAIN_ID),
  address: '0xABcdEFABcdEFabcdEfAbCdefabcdeFABcDEFabCD',
} as const
