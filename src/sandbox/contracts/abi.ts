import { parseAbi } from 'viem'

/** The parts of the sandbox's contracts that TypeScript calls. The staking variants share one interface. */
export const vvvAbi = parseAbi([
  'constructor(address owner, address holder, uint256 supply)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'function nonces(address owner) view returns (uint256)',
  'function owner() view returns (address)',
  'function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
])

export const stakingAbi = parseAbi([
  'function initialize(address venice, address diem, address owner, uint256 emissionRate)',
  'function stake(address recipient, uint256 amount)',
  'function stake(uint256 amount)',
  'function claim()',
  'function initiateUnstake(uint256 amount)',
  'function finalizeUnstake()',
  'function mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut)',
  'function burnDiem(uint256 diemAmountToBurn)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function upgradeToAndCall(address implementation, bytes data) payable',
  'function setCooldownDuration(uint256 duration)',
  'function balanceOf(address account) view returns (uint256)',
  'function balanceOfUnlocked(address account) view returns (uint256)',
  'function pendingRewards(address account) view returns (uint256)',
  'function stakes(address account) view returns (uint256 rewardDebt, uint256 cooldownEnd, uint256 cooldownAmount)',
  'function lockedStakes(address account) view returns (uint256 sVVVLockedAmount, uint256 outstandingDiemAmount)',
  'function getDiemAmountOut(uint256 sVVVAmountToLock) view returns (uint256)',
  'function cooldownDuration() view returns (uint256)',
  'function totalSupply() view returns (uint256)',
])

export const diemAbi = parseAbi([
  'constructor(address minter)',
  'function stake(uint256 amount)',
  'function initiateUnstake(uint256 amount)',
  'function unstake()',
  'function balanceOf(address account) view returns (uint256)',
  'function totalSupply() view returns (uint256)',
  'function stakedInfos(address account) view returns (uint256 amountStaked, uint256 coolDownEnd, uint256 coolDownAmount)',
])

export const usdcAbi = parseAbi([
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, bytes signature)',
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
  'function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
  'function authorizationState(address authorizer, bytes32 nonce) view returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
])

const OPERATION =
  'struct PackedUserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; bytes32 accountGasLimits; uint256 preVerificationGas; bytes32 gasFees; bytes paymasterAndData; bytes signature; }'

export const entryPointAbi = parseAbi([
  OPERATION,
  'function depositTo(address account) payable',
  'function getNonce(address sender, uint192 key) view returns (uint256)',
  'function getUserOpHash(PackedUserOperation op) view returns (bytes32)',
  'function handleOps(PackedUserOperation[] ops, address beneficiary)',
  'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
  'error FailedOp(uint256 opIndex, string reason)',
])

export const entryPoint06Abi = parseAbi([
  'struct UserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; uint256 callGasLimit; uint256 verificationGasLimit; uint256 preVerificationGas; uint256 maxFeePerGas; uint256 maxPriorityFeePerGas; bytes paymasterAndData; bytes signature; }',
  'function handleOps(UserOperation[] ops, address beneficiary)',
])

export const smartAccountAbi = parseAbi([
  'struct Call { address target; uint256 value; bytes data; }',
  'function executeBatch(Call[] calls)',
])

export const accountFactoryAbi = parseAbi([
  'function createAccount(address entryPoint, address owner) returns (address)',
  'function getAddress(address entryPoint, address owner) view returns (address)',
])
