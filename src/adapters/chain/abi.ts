import { parseAbi } from 'viem'

export const erc20Abi = parseAbi([
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 amount) returns (bool)',
])

/** StakingV2 behind the proxy: names from the verified source (Sourcify exact match of 2025-08-22). */
export const stakingAbi = parseAbi([
  'function stake(address recipient, uint256 amount)',
  'function balanceOf(address account) view returns (uint256)',
  'function balanceOfUnlocked(address account) view returns (uint256)',
  'function getDiemAmountOut(uint256 sVVVAmountToLock) view returns (uint256)',
  'function mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut)',
  'function cooldownDuration() view returns (uint256)',
])

/** DIEM stakes inside itself. @see https://docs.venice.ai/overview/vvv-diem */
export const diemAbi = parseAbi([
  'function balanceOf(address account) view returns (uint256)',
  // It returns more: the end and the amount of a cooldown.
  'function stakedInfos(address account) view returns (uint256 amountStaked)',
  'function stake(uint256 amount)',
])

/** @see https://eips.ethereum.org/EIPS/eip-3009 */
export const usdcAbi = parseAbi(['function authorizationState(address authorizer, bytes32 nonce) view returns (bool)'])

/** @see https://www.multicall3.com */
export const multicallAbi = parseAbi([
  'function getEthBalance(address account) view returns (uint256)',
  'function getBlockNumber() view returns (uint256)',
  'struct Call3 { address target; bool allowFailure; bytes callData; }',
  'struct Result { bool success; bytes returnData; }',
  'function aggregate3(Call3[] calls) payable returns (Result[] returnData)',
])

/** OP Stack predeploy. @see https://docs.optimism.io/concepts/transactions/fees */
export const gasPriceOracleAbi = parseAbi([
  'function getL1FeeUpperBound(uint256 unsignedTxSize) view returns (uint256)',
  'function getOperatorFee(uint256 gasUsed) view returns (uint256)',
])
