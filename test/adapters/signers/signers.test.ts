import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encryptKeystoreJson, Wallet } from 'ethers'
import { expect, test } from 'vitest'
import { ethersSigner } from '../../../src/adapters/signers/ethers-signer.ts'
import { keystoreSigner } from '../../../src/adapters/signers/keystore.ts'
import { privateKeyFileSigner, privateKeySigner } from '../../../src/adapters/signers/private-key.ts'
import { verifyingSigner } from '../../../src/adapters/signers/verify.ts'
import { CANARY_ADDRESS, CANARY_KEY, describeSigner, draftFrom } from '../../ports/signer.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const fromKey = () => privateKeySigner(CANARY_KEY, 'a test')
const fromEthers = () => ethersSigner(new Wallet(CANARY_KEY))

async function fromEthersKeystore() {
  const dir = temporaryDirectory()
  const account = { address: CANARY_ADDRESS, privateKey: CANARY_KEY }
  const path = join(dir, 'keystore.json')
  writeFileSync(path, await encryptKeystoreJson(account, 'password', { scrypt: { N: 1024, r: 8, p: 1 } }))
  const passwordFile = join(dir, 'password')
  writeFileSync(passwordFile, 'password\n', { mode: 0o600 })
  return keystoreSigner({ path, passwordFile })
}

async function fromFile() {
  const path = join(temporaryDirectory(), 'key')
  writeFileSync(path, `${CANARY_KEY}\n`, { mode: 0o600 })
  return privateKeyFileSigner(path)
}

describeSigner('a private key', async () => fromKey())
describeSigner('a private key in a file', fromFile)
describeSigner('a keystore made by ethers', fromEthersKeystore)
describeSigner('an ethers wallet', fromEthers)
describeSigner('a checked signer', async () => verifyingSigner(await fromEthers()))

test('every way to give the same key signs the same bytes', async () => {
  const signers = await Promise.all([fromKey(), fromEthers(), fromEthersKeystore(), fromFile()])
  const draft = draftFrom(CANARY_ADDRESS)
  const signed = await Promise.all(
    signers.map(async (signer) => [await signer.signTransaction(draft), await signer.signMessage('challenge')]),
  )
  for (const other of signed) expect(other).toEqual(signed[0])
})
