import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  createPublicClient,
  formatUnits,
  hashMessage,
  http,
  isAddressEqual,
  isErc6492Signature,
  isHex,
  parseAbi,
  recoverMessageAddress,
  size,
} from 'viem'
import { ADDRESSES, type Address } from '../../domain/addresses.ts'

/**
 * What the server reads from the chain, always at the latest block. Every call rejects when the node does not answer.
 */
export interface ChainReader {
  /** sVVV, base units, locked ones included. */
  stakedVvv(address: Address): Promise<bigint>
  /** DIEM staked on the DIEM contract, in whole DIEM; DIEM in cooldown does not count. */
  stakedDiem(address: Address): Promise<number>
  /** USDC, base units. */
  usdc(address: Address): Promise<bigint>
  /**
   * Which contract signatures `isSigner` accepts: of deployed contracts (ERC-1271), of undeployed ones as well
   * (ERC-6492), or none.
   */
  contractSignatures: ContractSignatures
  /** Whether `address` signed `message` with `personal_sign` (EIP-191), or as a contract. */
  isSigner(request: { address: Address; message: string; signature: string }): Promise<boolean>
}

export type ContractSignatures = 'all' | 'deployed' | 'none'

const ERC20 = parseAbi(['function balanceOf(address) view returns (uint256)'])
const DIEM = parseAbi(['function stakedInfos(address) view returns (uint256, uint256, uint256)'])
const ERC1271 = parseAbi(['function isValidSignature(bytes32, bytes) view returns (bytes4)'])
const ERC1271_VALID = '0x1626ba7e'

/** Reads over `rpcUrl` without retries, so that a failing node shows at once. */
export function createChainReader(rpcUrl: string): ChainReader {
  const client = createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }) })
  const balanceOf = (token: Address, owner: Address) =>
    client.readContract({ address: token, abi: ERC20, functionName: 'balanceOf', args: [owner] })
  return {
    contractSignatures: 'all',
    stakedVvv: (address) => balanceOf(ADDRESSES.staking, address),
    usdc: (address) => balanceOf(ADDRESSES.usdc, address),
    async stakedDiem(address) {
      const [staked] = await client.readContract({
        address: ADDRESSES.diem,
        abi: DIEM,
        functionName: 'stakedInfos',
        args: [address],
      })
      return Number(formatUnits(staked, 18))
    },
    async isSigner({ address, message, signature }) {
      if (!isHex(signature) || size(signature) === 0) return false
      const signer = await recoverMessageAddress({ message, signature }).catch(() => undefined)
      if (signer && isAddressEqual(signer, address)) return true
      if (this.contractSignatures === 'none') return false
      const code = await client.getCode({ address })
      const isTaken = this.contractSignatures === 'all' && isErc6492Signature(signature)
      if (!code) return isTaken && client.verifyMessage({ address, message, signature })
      try {
        const args = [hashMessage(message), signature] as const
        const answer = await client.readContract({ address, abi: ERC1271, functionName: 'isValidSignature', args })
        return answer === ERC1271_VALID
      } catch (error) {
        if (isContractAnswer(error)) return false
        throw error
      }
    },
  }
}

/** A revert, or a missing `isValidSignature`, is an answer. An unreachable node is not. */
const isContractAnswer = (error: unknown): boolean =>
  error instanceof BaseError &&
  error.walk(
    (cause) => cause instanceof ContractFunctionRevertedError || cause instanceof ContractFunctionZeroDataError,
  ) !== null
