import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { replaceFile } from '../../../adapters/atomic-file.ts'
import { newMnemonic, openSeed, sealSeed } from '../../../adapters/signers/seed.ts'
import type { Address } from '../../../domain/addresses.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'

/** What each wallet of the sandbox holds, in base units, and what each that pays for calls itself. */
const FUNDS = { eth: 10n ** 16n, vvv: 10n ** 19n }
const USDC = 100_000_000n
/** For the gas of a stake: far more than any costs in the sandbox. */
const GAS_PER_STAKE = 10n ** 14n

export interface DevWallets {
  files: { seed: string; passwordFile: string }
  addresses: readonly Address[]
}

/**
 * Wallets of a new seed in the sandbox.
 *
 * @param staking - with what a stake of their own takes. @param paying - with USDC.
 */
export async function makeWallets(
  sandbox: Sandbox,
  { stateDir, count, staking, paying }: { stateDir: string; count: number; staking: boolean; paying: boolean },
): Promise<DevWallets> {
  const files = { seed: join(stateDir, 'fleet-seed.json'), passwordFile: join(stateDir, 'fleet-password') }
  const password = randomBytes(24).toString('base64url')
  replaceFile(files.passwordFile, `${password}\n`)
  replaceFile(files.seed, await sealSeed(newMnemonic(), password))
  const opened = await openSeed({ path: files.seed, passwordFile: files.passwordFile })
  const addresses = Array.from({ length: count }, (_, index) => opened.addressOf(index))
  const funds = { ...(staking && FUNDS), ...(paying && { usdc: USDC }) }
  for (const address of addresses) await sandbox.chain.fund(address, funds)
  return { files, addresses }
}

/** A treasury that can stake `stake` for each of so many wallets. Its key is in a file, and has no value outside the sandbox. */
export async function makeTreasury(
  sandbox: Sandbox,
  { stateDir, count, stake }: { stateDir: string; count: number; stake: bigint },
): Promise<{ treasury: Address; treasuryFile: string }> {
  const treasuryFile = join(stateDir, 'fleet-treasury')
  const wallets = BigInt(count)
  const { address, privateKey } = await sandbox.chain.createWallet({
    eth: FUNDS.eth + wallets * GAS_PER_STAKE,
    vvv: wallets * stake,
  })
  replaceFile(treasuryFile, `${privateKey}\n`)
  return { treasury: address, treasuryFile }
}
