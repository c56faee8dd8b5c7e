import { ADDRESSES, type Address } from '../../domain/addresses.ts'

/** `bytes32(uint256(keccak256('eip1967.proxy.implementation')) - 1)`. @see https://eips.ethereum.org/EIPS/eip-1967 */
export const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** First four bytes of the Keccak-256 of each function's signature. */
const SELECTORS = {
  /** `aggregate3((address,bool,bytes)[])` of Multicall3. */
  aggregate3: '82ad56cb',
  /** `getEthBalance(address)` of Multicall3. */
  getEthBalance: '4d2301cc',
  balanceOf: '70a08231',
  allowance: 'dd62ed3e',
}

/**
 * The body of the first request of a process that reads a wallet. It is made before viem is loaded, but equals byte for
 * byte the body that `readWallet` makes with viem. A test compares the two.
 *
 * @param address - of an EOA, with its checksum.
 */
export function firstQuestion(address: Address): string {
  const calls: [method: string, params?: readonly unknown[]][] = [
    ['eth_getCode', [ADDRESSES.multicall3, 'latest']],
    ['eth_getCode', [address, 'latest']],
    ['eth_getTransactionCount', [address, 'pending']],
    ['eth_getStorageAt', [ADDRESSES.staking, IMPLEMENTATION_SLOT, 'latest']],
    ['eth_getBlockByNumber', ['latest', false]],
    ['eth_maxPriorityFeePerGas'],
    ['eth_chainId'],
    ['eth_call', [{ data: amountsOf(address), to: ADDRESSES.multicall3 }, 'latest']],
  ]
  return JSON.stringify(
    calls.map(([method, params], index) => ({ jsonrpc: '2.0', id: index + 1, method, ...(params && { params }) })),
  )
}

const { aggregate3, allowance, balanceOf, getEthBalance } = SELECTORS

/** VVV, sVVV, allowance and ETH of `address`, through Multicall3. */
const amountsOf = (address: Address): string =>
  aggregate([
    [ADDRESSES.vvv, balanceOf + word(address)],
    [ADDRESSES.staking, balanceOf + word(address)],
    [ADDRESSES.vvv, allowance + word(address) + word(ADDRESSES.staking)],
    [ADDRESSES.multicall3, getEthBalance + word(address)],
  ])

/** @see https://docs.soliditylang.org/en/v0.8.26/abi-spec.html#formal-specification-of-the-encoding */
function aggregate(calls: readonly [target: Address, data: string][]): string {
  const tuples = calls.map(([target, data]) => {
    const bytes = data.length / 2
    const padded = data.padEnd(Math.ceil(bytes / 32) * 64, '0')
    const mayFail = word(1)
    return word(target) + mayFail + word(3 * 32) + word(bytes) + padded
  })
  let offset = 32 * tuples.length
  const offsets = tuples.map((tuple) => {
    const own = offset
    offset += tuple.length / 2
    return word(own)
  })
  return `0x${aggregate3}${word(32)}${word(tuples.length)}${offsets.join('')}${tuples.join('')}`
}

/** 32 bytes in hex. */
const word = (value: Address | number): string =>
  (typeof value === 'number' ? value.toString(16) : value.slice(2).toLowerCase()).padStart(64, '0')
