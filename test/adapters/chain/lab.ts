import { beforeEach } from 'vitest'
import { type ChainOptions, createChain } from '../../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { privateKeySigner } from '../../../src/adapters/signers/private-key.ts'
import type { Attempt, Draft } from '../../../src/domain/attempt.ts'
import type { Funds } from '../../../src/sandbox/faucet.ts'
import type { ChainUnderTest } from '../../ports/chain.ts'
import { VVV } from '../../support/samples.ts'
import { type SandboxUnderTest, useSandbox } from '../../support/sandbox.ts'
import { sendOwn } from '../../support/wallet-actions.ts'

export const STAKE = { stakeAmount: VVV, open: [] }
export const FUNDS: Funds = { eth: VVV, vvv: 10n * VVV }

/** The real adapter over a real node, which shows its pool. Blocks are mined by hand. */
export function useChain() {
  const lab = useSandbox({ isDenim: false })
  beforeEach(() => lab.sandbox.chain.setBlockTime(undefined))
  return {
    lab,
    open: (funds: Funds = FUNDS, rpcUrls?: readonly string[], options?: LabOptions) =>
      openChain(lab, funds, rpcUrls, options),
  }
}

type LabOptions = Pick<ChainOptions, 'acceptImplementation'>

async function openChain(
  { sandbox }: SandboxUnderTest,
  funds: Funds,
  rpcUrls: readonly string[] = [sandbox.rpcUrl],
  options: LabOptions = {},
) {
  const wallet = await sandbox.chain.createWallet(funds)
  const signer = privateKeySigner(wallet.privateKey, 'a test')
  const chain = createChain({ rpcUrls, clock: systemClock, timeoutMs: 2_000, ...options })
  const { address } = wallet
  const under: ChainUnderTest = {
    chain,
    address,
    async sign(draft: Draft): Promise<Attempt> {
      const signed = await signer.signTransaction(draft)
      const signedAt = new Date().toISOString()
      return {
        ...draft,
        ...signed,
        restsOn: null,
        signedAt,
        status: 'signed',
        blockNumber: null,
        gasUsed: null,
        feeWei: null,
      }
    },
    mine: () => sandbox.chain.mine(),
    async sendForeign(nonce) {
      await sendOwn(sandbox, wallet, { to: address, nonce })
    },
  }
  return {
    ...under,
    wallet,
    survey: () => chain.survey({ address, ...STAKE }),
    async signed(): Promise<Attempt[]> {
      const { drafts } = await chain.survey({ address, ...STAKE })
      return Promise.all(drafts.map(under.sign))
    },
    /** HTTP requests that `work` takes. */
    async requestsOf(work: () => Promise<unknown>): Promise<number> {
      sandbox.chain.requests.reset()
      await work()
      return sandbox.chain.requests.http
    },
  }
}
