import { recoverMessageAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import { signerFrom } from '../../src/adapters/signers/signer-from.ts'
import { draftFrom } from '../contracts/signer.ts'
import { expectOnboarded, useWallets } from './lab.ts'
import { onboardWith } from './onboard.ts'
import { SHAPES } from './shapes.ts'

const lab = useWallets()

describe.each(Object.entries(SHAPES))('%s', (_, { sends, open }) => {
  test('takes its wallet to a key, with one approve and one stake, and the record has their hashes', async () => {
    const under = await lab.open()
    const result = await onboardWith(await signerFrom(open(under)), under)
    expect(result).toMatchObject({ outcome: 'unfunded', failure: null })
    await expectOnboarded(lab, under)
    expect((await under.attempts()).map(({ raw }) => raw === null)).toEqual([sends, sends])
  })

  test('signs a text as its address, and never for another one', async () => {
    const under = await lab.open()
    const signer = await signerFrom(open(under))
    expect(signer.address).toBe(under.address)
    const message = 'lines\nand signs outside ASCII: ✓'
    expect(await recoverMessageAddress({ message, signature: await signer.signMessage(message) })).toBe(under.address)
    const foreign = draftFrom('0x000000000000000000000000000000000000dEaD')
    await expect(signer.signTransaction(foreign)).rejects.toMatchObject({ code: 'signer/other-account' })
    if (signer.sending)
      await expect(signer.sending.send(foreign)).rejects.toMatchObject({ code: 'signer/other-account' })
    expect(under.wallet.asked).not.toContain('eth_sendTransaction')
  })
})
