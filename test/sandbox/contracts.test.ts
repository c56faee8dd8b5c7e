import {
  type Address,
  BaseError,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  isAddressEqual,
  keccak256,
  numberToHex,
  parseAbi,
  parseAbiParameters,
  parseEther,
  parseEventLogs,
  type RawContractError,
  zeroAddress,
} from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADDRESSES } from '../../src/domain/addresses.ts'
import { type StakingForm, TREASURY } from '../../src/sandbox/contracts/deploy.ts'
import { type SandboxChain, startChain } from '../../src/sandbox/local-chain.ts'
import { diem, openWallet, refusal, staking, vvv } from './wallet.ts'

const PANIC_UNDERFLOW = 0x11n
const ONE = parseEther('1')
const eventAbi = parseAbi([
  'event Transfer(address indexed from, address indexed to, uint256 amount)',
  'event Staked(address indexed account, uint256 amount)',
  'event Claimed(address indexed account, uint256 amount)',
])

let chain: SandboxChain
beforeAll(async () => {
  chain = await startChain({ blockTimeMs: 0 })
})
afterAll(() => chain.close())

async function openStaker(amount: bigint) {
  const wallet = await openWallet(chain, { vvv: amount })
  await wallet.send({ ...vvv, functionName: 'approve', args: [staking.address, amount] })
  await wallet.send({ ...staking, functionName: 'stake', args: [wallet.address, amount] })
  return wallet
}

describe('staking', () => {
  it('mints sVVV to the recipient and takes VVV from the sender', async () => {
    const sender = await openWallet(chain, { vvv: 3n * ONE })
    const { address: recipient } = await chain.createWallet()
    await sender.send({ ...vvv, functionName: 'approve', args: [staking.address, 3n * ONE] })
    await sender.send({ ...staking, functionName: 'stake', args: [recipient, 2n * ONE] })

    const [left, received, own] = await Promise.all([
      chain.public.readContract({ ...vvv, functionName: 'balanceOf', args: [sender.address] }),
      chain.public.readContract({ ...staking, functionName: 'balanceOf', args: [recipient] }),
      chain.public.readContract({ ...staking, functionName: 'balanceOf', args: [sender.address] }),
    ])
    expect({ left, received, own }).toEqual({ left: ONE, received: 2n * ONE, own: 0n })
  })

  it('panics with an underflow without an allowance or without a balance', async () => {
    const rich = await openWallet(chain, { vvv: ONE })
    const stake = { ...staking, functionName: 'stake', args: [rich.address, ONE] }
    expect(await refusal(rich.call(stake))).toBe(PANIC_UNDERFLOW)

    const poor = await openWallet(chain)
    await poor.send({ ...vvv, functionName: 'approve', args: [staking.address, ONE] })
    expect(await refusal(poor.call(stake))).toBe(PANIC_UNDERFLOW)
  })

  it('does not use up an unlimited allowance', async () => {
    const wallet = await openWallet(chain, { vvv: ONE })
    const unlimited = 2n ** 256n - 1n
    await wallet.send({ ...vvv, functionName: 'approve', args: [staking.address, unlimited] })
    await wallet.send({ ...staking, functionName: 'stake', args: [wallet.address, ONE] })
    const args = [wallet.address, staking.address] as const
    expect(await chain.public.readContract({ ...vvv, functionName: 'allowance', args })).toBe(unlimited)
  })

  it('rejects a stake of zero and any transfer of sVVV', async () => {
    const staker = await openStaker(ONE)
    const nothing = { ...staking, functionName: 'stake', args: [staker.address, 0n] }
    const transfer = { ...staking, functionName: 'transfer', args: [TREASURY, ONE] }
    expect(await refusal(staker.call(nothing))).toBe('STAKE_ZERO')
    expect(await refusal(staker.call(transfer))).toBe('NOT_TRANSFERRABLE')
  })

  it('keeps balances and allowances of VVV in the slots of the real token', async () => {
    const { address } = await chain.createWallet({ eth: ONE })
    const balances = slotOf(address, 3n)
    const allowances = keccak256(
      encodeAbiParameters(parseAbiParameters('address, bytes32'), [staking.address, slotOf(address, 4n)]),
    )
    const value = numberToHex(ONE, { size: 32 })
    const stake = { ...staking, functionName: 'stake', args: [address, ONE], account: address } as const
    const stateDiff = [balances, allowances].map((slot) => ({ slot, value }))
    const stateOverride = [{ address: vvv.address, stateDiff }]

    expect(await refusal(chain.public.estimateContractGas(stake))).toBe(PANIC_UNDERFLOW)
    expect(await chain.public.estimateContractGas({ ...stake, stateOverride })).toBeGreaterThan(60_000n)
  })

  it('pays rewards in VVV when the stake changes', async () => {
    const staker = await openStaker(parseEther('1000'))
    await chain.test.increaseTime({ seconds: 86_400 })
    await chain.mine()
    const pending = await chain.public.readContract({
      ...staking,
      functionName: 'pendingRewards',
      args: [staker.address],
    })
    await staker.send({ ...staking, functionName: 'claim', args: [] })
    const earned = await chain.public.readContract({ ...vvv, functionName: 'balanceOf', args: [staker.address] })
    expect(pending).toBeGreaterThan(0n)
    expect(earned).toBeGreaterThanOrEqual(pending)
  })

  it('emits the events of a real stake in order, the reward through the contract', async () => {
    const staker = await openStaker(ONE)
    await staker.send({ ...vvv, functionName: 'approve', args: [staking.address, ONE] })
    await chain.test.increaseTime({ seconds: 60 })
    await chain.fund(staker.address, { vvv: ONE })
    const { logs } = await staker.send({ ...staking, functionName: 'stake', args: [staker.address, ONE] })
    const [none, self] = [zeroAddress, getAddress(staker.address)]
    const pool = getAddress(staking.address)
    const told = parseEventLogs({ abi: eventAbi, logs }).map(({ eventName, args, address }) =>
      eventName === 'Transfer'
        ? [isAddressEqual(address, vvv.address) ? 'VVV' : 'sVVV', args.from, args.to]
        : [eventName, Object.values(args)[0]],
    )
    expect(told).toEqual([
      ['VVV', none, TREASURY],
      ['VVV', none, pool],
      ['VVV', pool, self],
      ['Claimed', self],
      ['sVVV', none, self],
      ['VVV', self, pool],
      ['Staked', self],
    ])
  })

  it('burns sVVV at once on an unstake and pays after the cooldown', async () => {
    const staker = await openStaker(ONE)
    await staker.send({ ...staking, functionName: 'initiateUnstake', args: [ONE] })
    const finalize = { ...staking, functionName: 'finalizeUnstake', args: [] }
    const balance = await chain.public.readContract({ ...staking, functionName: 'balanceOf', args: [staker.address] })
    expect(balance).toBe(0n)
    expect(await refusal(staker.call(finalize))).toBe('COOLDOWN_NOT_OVER')

    await chain.test.increaseTime({ seconds: 7 * 86_400 })
    await chain.mine()
    await staker.send(finalize)
    const returned = await chain.public.readContract({ ...vvv, functionName: 'balanceOf', args: [staker.address] })
    expect(returned).toBeGreaterThanOrEqual(ONE)
  })

  it('lets only its owner upgrade it', async () => {
    const { address: stranger } = await chain.createWallet()
    const upgradeBy = (account: Address) => {
      const args = [ADDRESSES.stakingImplementation, '0x'] as const
      return chain.public.simulateContract({ ...staking, functionName: 'upgradeToAndCall', args, account })
    }
    await expect(upgradeBy(stranger)).rejects.toBeInstanceOf(BaseError)
    await expect(upgradeBy(TREASURY)).resolves.toBeDefined()
  })
})

describe('the staking forms', () => {
  const stakeUnder = async (form: StakingForm, args: readonly unknown[]) => {
    await chain.useStaking(form)
    const wallet = await openWallet(chain, { vvv: ONE })
    await wallet.send({ ...vvv, functionName: 'approve', args: [staking.address, ONE] })
    const reason = await refusal(wallet.send({ ...staking, functionName: 'stake', args }))
    const sVvv = await chain.public.readContract({ ...staking, functionName: 'balanceOf', args: [wallet.address] })
    await chain.useStaking('standard')
    return { reason, sVvv }
  }

  it('answer calls of the missing form with empty data', async () => {
    await chain.useStaking('oneArgument')
    const twoArguments = encodeFunctionData({ abi: staking.abi, functionName: 'stake', args: [TREASURY, 0n] })
    expect(await revertData(twoArguments)).toBe('0x')
    await chain.useStaking('standard')
    const oneArgument = encodeFunctionData({ abi: staking.abi, functionName: 'stake', args: [0n] })
    expect(await revertData(oneArgument)).toBe('0x')
  })

  it('stake for the sender in the one-argument form', async () => {
    expect(await stakeUnder('oneArgument', [ONE])).toEqual({ reason: undefined, sVvv: ONE })
  })

  it('succeed without a mint in the no-op form', async () => {
    expect(await stakeUnder('noOp', [TREASURY, ONE])).toEqual({ reason: undefined, sVvv: 0n })
  })

  it('give a reason in the reverting form', async () => {
    expect(await stakeUnder('reverting', [TREASURY, ONE])).toEqual({ reason: 'STAKING_PAUSED', sVvv: 0n })
  })
})

describe('DIEM', () => {
  it('is minted at the quoted price, staked, and unstaked after its cooldown', async () => {
    const locked = parseEther('100')
    const staker = await openStaker(locked)
    const quote = await chain.public.readContract({ ...staking, functionName: 'getDiemAmountOut', args: [locked] })
    expect(quote).toBeGreaterThan(parseEther('0.1'))

    await staker.send({ ...staking, functionName: 'mintDiem', args: [locked, quote] })
    await staker.send({ ...diem, functionName: 'stake', args: [quote] })
    const info = () => chain.public.readContract({ ...diem, functionName: 'stakedInfos', args: [staker.address] })
    expect(await info()).toEqual([quote, 0n, 0n])
    const free = { ...staking, functionName: 'balanceOfUnlocked', args: [staker.address] } as const
    expect(await chain.public.readContract(free)).toBe(0n)

    await staker.send({ ...diem, functionName: 'initiateUnstake', args: [quote] })
    const unstake = { ...diem, functionName: 'unstake', args: [] }
    expect(await refusal(staker.call(unstake))).toBe('COOLDOWN_NOT_OVER')
    await chain.test.increaseTime({ seconds: 86_400 })
    await chain.mine()
    await staker.send(unstake)
    await staker.send({ ...staking, functionName: 'burnDiem', args: [quote] })
    expect(await chain.public.readContract(free)).toBe(locked)
  })
})

it('a multicall answers several reads, including failing ones', async () => {
  const answers = await chain.public.multicall({
    contracts: [
      { ...staking, functionName: 'cooldownDuration' },
      { ...vvv, functionName: 'owner' },
      { ...vvv, address: TREASURY, functionName: 'owner' },
    ],
  })
  expect(answers.map(({ status, result }) => [status, result])).toEqual([
    ['success', 604_800n],
    ['success', staking.address],
    ['failure', undefined],
  ])
})

function slotOf(address: Address, slot: bigint): Hex {
  return keccak256(encodeAbiParameters(parseAbiParameters('address, uint256'), [address, slot]))
}

/** The return data of a reverting call to the staking contract. */
async function revertData(data: Hex): Promise<Hex | undefined> {
  const error = (await chain.public.call({ to: staking.address, data }).catch((thrown: unknown) => thrown)) as BaseError
  const cause = error.walk((inner) => 'data' in (inner as object)) as RawContractError | null
  return typeof cause?.data === 'object' ? cause.data.data : cause?.data
}
