import { recoverMessageAddress, recoverTypedDataAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import { signerFrom } from '../../src/adapters/signers/signer-from.ts'
import { transferAuthorization } from '../../src/adapters/transfer-authorization.ts'
import { draftFrom, paymentFrom } from '../ports/signer.ts'
import { expectOnboarded, useWallets } from './lab.ts'
import { onboardWith } from './onboard.ts'
import { SHAPES } from './shapes.ts'

/** They have only the methods that a run needs. */
const WITHOUT_PAYMENTS = ['an ethers signer without signTransaction', "AgentKit's CdpEvmWalletProvider"]

const lab = useWallets()

describe.each(Object.entries(SHAPES))('%s', (shape, { sends, estimates, open }) => {
  test('gets a key for its wallet, with one approve and one stake, and the record has their hashes', async () => {
    const under = await lab.open()
    // A stake costs more once a second has passed since the last one, whose reward it then counts: an estimate of the same
    // second is too low by more than the 20 % that a wallet adds.
    if (estimates) await lab.sandbox.chain.test.increaseTime({ seconds: 1 })
    const result = await onboardWith(await signerFrom(await open(under)), under)
    expect(result).toMatchObject({ outcome: 'unfunded', failure: null })
    await expectOnboarded(lab, under)
    expect((await under.attempts()).map(({ raw }) => raw === null)).toEqual([sends, sends])
  })

  test('signs a text as its address, and never for another one', async () => {
    const under = await lab.open()
    const signer = await signerFrom(await open(under))
    expect(signer.address).toBe(under.address)
    const message = 'lines\nand signs outside ASCII: ✓'
    expect(await recoverMessageAddress({ message, signature: await signer.signMessage(message) })).toBe(under.address)
    const foreign = draftFrom('0x000000000000000000000000000000000000dEaD')
    await expect(signer.signTransaction(foreign)).rejects.toMatchObject({ code: 'signer/other-account' })
    if (signer.sending)
      await expect(signer.sending.send(foreign)).rejects.toMatchObject({ code: 'signer/other-account' })
    expect(under.wallet.asked).not.toContain('eth_sendTransaction')
  })

  test('signs a payment of USDC as its address when it signs typed data', async () => {
    const under = await lab.open()
    const signer = await signerFrom(await open(under))
    const signature = await signer.signPayment?.(paymentFrom(under.address))
    if (signature === undefined) return expect(WITHOUT_PAYMENTS).toContain(shape)
    const authorization = transferAuthorization(paymentFrom(under.address))
    expect(await recoverTypedDataAddress({ ...authorization, signature })).toBe(under.address)
  })
})
