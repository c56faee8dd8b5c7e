import { parseEther } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { createChain } from '../../../src/adapters/chain/create-chain.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { callsWallet } from '../../../src/adapters/signers/calls-wallet.ts'
import { privateKeySigner } from '../../../src/adapters/signers/private-key.ts'
import { smartAccount } from '../../../src/adapters/signers/smart-account.ts'
import type { Address } from '../../../src/domain/addresses.ts'
import type { Signer } from '../../../src/ports/signer.ts'
import { BATCH_DELEGATE } from '../../../src/sandbox/contracts/deploy.ts'
import { type AttemptsUnderTest, describeAttempts, type Makes } from '../../ports/attempts.ts'
import { providerAt } from '../../support/calls-provider.ts'
import { startCallsWallet } from '../../support/calls-wallet.ts'
import { useSandbox } from '../../support/sandbox.ts'
import { sandboxAccount, type Version } from '../../support/smart-account.ts'

const lab = useSandbox({ isDenim: false })

const ETH = parseEther('0.01')
const SEPARATE: Makes = {
  stake: ['approve', 'stake'],
  diem: ['approve', 'stake', 'mintDiem', 'stakeDiem'],
}
const TOGETHER: Makes = { stake: ['approve and stake'], diem: ['approve and stake', 'mintDiem and stakeDiem'] }

async function under(signer: Signer, funds: { vvv: bigint }): Promise<AttemptsUnderTest> {
  const { chain, rpcUrl } = lab.sandbox
  const { address, operations, calls } = signer
  await chain.fund(address, { eth: ETH, ...funds })
  await chain.setBlockTime(undefined)
  return {
    signer,
    chain: createChain({
      rpcUrls: [rpcUrl],
      clock: systemClock,
      smart: operations && { address, account: operations },
      calls: calls && { address, account: calls },
    }),
    mine: () => chain.mine(),
  }
}

const keyed = async (delegate?: Address) => {
  const { address, privateKey } = await lab.sandbox.chain.createWallet()
  if (delegate !== undefined) await lab.sandbox.chain.setDelegation(address, delegate)
  return privateKeySigner(privateKey, 'a test')
}

const smart = async (version: Version) => {
  const { rpcUrl } = lab.sandbox
  return smartAccount(await sandboxAccount({ rpcUrl, ownerKey: generatePrivateKey(), version }), { bundlerUrl: rpcUrl })
}

describeAttempts('an EOA', async (funds) => under(await keyed(), funds), SEPARATE)
describeAttempts('a delegated account', async (funds) => under(await keyed(BATCH_DELEGATE), funds), TOGETHER)
describeAttempts('an account of EntryPoint 0.6', async (funds) => under(await smart('0.6'), funds), TOGETHER)
describeAttempts('an account of EntryPoint 0.7', async (funds) => under(await smart('0.7'), funds), TOGETHER)
describeAttempts('an account of EntryPoint 0.8', async (funds) => under(await smart('0.8'), funds), TOGETHER)
describeAttempts(
  'a wallet that makes calls together',
  async (funds) => {
    const { url } = await startCallsWallet(lab, { vvv: 0n })
    return under(await callsWallet(providerAt(url)), funds)
  },
  TOGETHER,
)
