import {
  type Address,
  concat,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  pad,
  parseAbiParameters,
  parseEther,
  slice,
  toHex,
} from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { ADDRESSES } from '../../domain/addresses.ts'
import type { NodeRpc } from '../node-rpc.ts'
import { entryPointAbi, stakingAbi, vvvAbi } from './abi.ts'
import artifacts from './artifacts.json' with { type: 'json' }

type ContractName = keyof typeof artifacts

/** Implementations for the staking proxy; see the contracts of these names. */
const STAKING_FORMS = {
  standard: 'StakingV2',
  oneArgument: 'StakingOneArgument',
  noOp: 'StakingNoOp',
  reverting: 'StakingReverting',
  diverting: 'StakingDiverting',
} as const satisfies Record<string, ContractName>
export type StakingForm = keyof typeof STAKING_FORMS

/** The Safe that owns the staking contract on Base. Here it also holds all remaining VVV and DIEM. */
export const TREASURY: Address = '0x2D8CB8DC596daD0e1E34E2042E7ae6Df93B11524'
/** The address of `Delegate`, for accounts that delegate (EIP-7702). */
export const DELEGATE: Address = addressFor('Delegate')
/** The same, for code that makes several calls in one transaction. */
export const BATCH_DELEGATE: Address = addressFor('BatchDelegate')
/**
 * ERC-4337's EntryPoints, at their addresses on every chain. @see
 * https://github.com/eth-infinitism/account-abstraction/releases
 */
export const ENTRY_POINTS = {
  '0.6': '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789',
  '0.7': '0x0000000071727De22E5E9d8BAf0edAc6f37da032',
  '0.8': '0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108',
} as const satisfies Record<string, Address>
/** The factory of accounts that act through user operations. */
export const ACCOUNT_FACTORY: Address = addressFor('SmartAccountFactory')
/** Coinbase Smart Wallet's, by version. @see https://github.com/coinbase/smart-wallet#deployments (checked 2026-12-01) */
const COINBASE = {
  '1': {
    factory: '0x0BA5ED0c6AA8c49038F819E587E2633c4A9F428a',
    implementation: '0x000100abaad02f1cfC8Bbe32bD5a564817339E72',
  },
  '1.1': {
    factory: '0xBA5ED110eFDBa3D005bfC882d75358ACBbB85842',
    implementation: '0x00000110dCdEdC9581cb5eCB8467282f2926534d',
  },
} as const satisfies Record<string, Record<string, Address>>
/** Pays for user operations that its service has signed. */
export const PAYMASTER: Address = addressFor('Paymaster')
/** The service's, the same in every sandbox: a wallet that was opened with one is paid for in the next. It holds nothing. */
export const PAYMASTER_KEY: Hex = keccak256(toHex('service of the paymaster of the sandbox'))

/**
 * Amounts and the reward rate on Base in block 51,530,033 (2026-09-19), amounts rounded to whole coins. Less sVVV is
 * locked than on Base (8,954,490), because here all of it was locked along today's curve. So DIEM's supply, and its
 * price of 500 sVVV, are as on Base.
 */
const GENESIS = {
  vvv: parseEther('114886563'),
  sVvv: parseEther('33941209'),
  lockedSVvv: parseEther('5981718'),
  emissionPerSecond: 79_274_479_959_411_466n,
}

/** keccak256('eip1967.proxy.implementation') - 1, where an ERC-1967 proxy keeps its implementation. */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
const DEPLOYMENT_GAS = toHex(15_000_000)
const ONE_ETH = toHex(parseEther('1'))

interface Placement {
  address: Address
  /** Creation code followed by the constructor's arguments. */
  code: Hex
}

/**
 * Puts the contracts at their addresses on Base, and gives the pool its size on Base by staking and minting DIEM. Mines
 * three blocks.
 */
export async function deployContracts(node: NodeRpc, mine: () => Promise<void>): Promise<void> {
  const supply = encodeAbiParameters(parseAbiParameters('address, address, uint256'), [
    ADDRESSES.staking,
    TREASURY,
    GENESIS.vvv,
  ])
  const initialize = encodeFunctionData({
    abi: stakingAbi,
    functionName: 'initialize',
    args: [ADDRESSES.vvv, ADDRESSES.diem, TREASURY, GENESIS.emissionPerSecond],
  })
  const proxied = encodeAbiParameters(parseAbiParameters('address, bytes'), [
    ADDRESSES.stakingImplementation,
    initialize,
  ])
  await node.request({ method: 'anvil_setBalance', params: [TREASURY, toHex(parseEther('1000'))] })
  await place(node, mine, [
    { address: ADDRESSES.vvv, code: concat([bytecode('Venice'), supply]) },
    { address: ADDRESSES.stakingImplementation, code: bytecode('StakingV2') },
    { address: ADDRESSES.diem, code: concat([bytecode('Diem'), pad(ADDRESSES.staking)]) },
    { address: ADDRESSES.usdc, code: bytecode('Usdc') },
    { address: ADDRESSES.multicall3, code: bytecode('Multicall3') },
    { address: ADDRESSES.gasPriceOracle, code: bytecode('GasPriceOracle') },
    { address: DELEGATE, code: bytecode('Delegate') },
    { address: BATCH_DELEGATE, code: bytecode('BatchDelegate') },
    { address: ENTRY_POINTS['0.6'], code: bytecode('EntryPointV06') },
    { address: ENTRY_POINTS['0.7'], code: bytecode('EntryPointV07') },
    { address: ENTRY_POINTS['0.8'], code: bytecode('EntryPointV08') },
    { address: ACCOUNT_FACTORY, code: bytecode('SmartAccountFactory') },
    { address: PAYMASTER, code: concat([bytecode('Paymaster'), pad(privateKeyToAddress(PAYMASTER_KEY))]) },
    ...Object.values(COINBASE).flatMap(({ factory, implementation }) => [
      { address: factory, code: concat([bytecode('CoinbaseAccountFactory'), pad(implementation)]) },
      { address: implementation, code: bytecode('CoinbaseAccount') },
    ]),
  ])
  await place(node, mine, [{ address: ADDRESSES.staking, code: concat([bytecode('ERC1967Proxy'), proxied]) }])

  const { vvv, staking } = ADDRESSES
  const approve = { abi: vvvAbi, functionName: 'approve', args: [staking, GENESIS.sVvv] } as const
  const stake = { abi: stakingAbi, functionName: 'stake', args: [TREASURY, GENESIS.sVvv] } as const
  const mintDiem = { abi: stakingAbi, functionName: 'mintDiem', args: [GENESIS.lockedSVvv, 0n] } as const
  await sendFromTreasury(node, vvv, encodeFunctionData(approve))
  await sendFromTreasury(node, staking, encodeFunctionData(stake))
  await sendFromTreasury(node, staking, encodeFunctionData(mintDiem))
  const deposit = encodeFunctionData({ abi: entryPointAbi, functionName: 'depositTo', args: [PAYMASTER] })
  for (const entryPoint of Object.values(ENTRY_POINTS)) await sendFromTreasury(node, entryPoint, deposit, ONE_ETH)
  await mine()
}

export interface StakingPlace {
  /**
   * At the address of the implementation of record, which only a lying endpoint would show. Default: at its own
   * address.
   */
  inPlace?: boolean
}

/**
 * Points the staking proxy at another implementation, from the next call on. Writes the slot that an upgrade would
 * write, without a transaction, so without a block or an `Upgraded` event.
 */
export async function useStakingForm(node: NodeRpc, form: StakingForm, place: StakingPlace = {}): Promise<void> {
  const name = STAKING_FORMS[form]
  const address = form === 'standard' || place.inPlace ? ADDRESSES.stakingImplementation : addressFor(name)
  const runtime = await stageRuntime(node, { address, code: bytecode(name) })
  await node.request({ method: 'anvil_setCode', params: [address, runtime] })
  await node.request({ method: 'anvil_setStorageAt', params: [ADDRESSES.staking, IMPLEMENTATION_SLOT, pad(address)] })
}

/**
 * Runs each constructor at the contract's final address, so that storage and immutables (e.g. the proxy's own address)
 * are right. The creation code is put at the address, a call gets its return value, a transaction lets it write its
 * storage, and then the return value replaces the code.
 */
async function place(node: NodeRpc, mine: () => Promise<void>, placements: readonly Placement[]): Promise<void> {
  const runtimes = await Promise.all(placements.map((placement) => stageRuntime(node, placement)))
  for (const { address } of placements) await sendFromTreasury(node, address)
  await mine()
  await Promise.all(
    placements.map(({ address }, i) => node.request({ method: 'anvil_setCode', params: [address, runtimes[i]] })),
  )
}

async function stageRuntime(node: NodeRpc, { address, code }: Placement): Promise<Hex> {
  await node.request({ method: 'anvil_setCode', params: [address, code] })
  return (await node.request({ method: 'eth_call', params: [{ to: address }, 'latest'] })) as Hex
}

async function sendFromTreasury(node: NodeRpc, to: Address, data: Hex = '0x', value: Hex = '0x0'): Promise<void> {
  const transaction = { from: TREASURY, to, data, gas: DEPLOYMENT_GAS, value }
  await node.request({ method: 'eth_sendTransaction', params: [transaction] })
}

function bytecode(name: ContractName): Hex {
  return artifacts[name] as Hex // the compiler script writes only hex
}

/** An address for a contract that does not exist on Base. */
function addressFor(name: ContractName): Address {
  return getAddress(slice(keccak256(toHex(name)), 12))
}
