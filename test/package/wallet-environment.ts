import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encryptKeystoreJson } from 'ethers'
import { english, generateMnemonic, mnemonicToAccount } from 'viem/accounts'
import { coinbaseAddress } from '../../src/adapters/signers/owned-account.ts'
import type { TestSandbox } from '../../src/sandbox/testing.ts'
import type { Place } from '../library/lab.ts'
import { startJsonRpcWallet } from '../wallets/json-rpc-wallet.ts'

const root = dirname(dirname(import.meta.dirname))

/**
 * The environment of `examples/wallets`: a funded key in every form of a wallet. Writes files into `folder`; the
 * services that it starts end with the test.
 */
export async function walletEnvironment(
  { wallet: { address, privateKey }, options: { network } }: Place,
  { sandbox, folder }: { sandbox: TestSandbox; folder: string },
): Promise<Record<string, string>> {
  const wallet = await startJsonRpcWallet(network.rpcUrl, privateKey)
  const mnemonic = generateMnemonic(english)
  await sandbox.fund(mnemonicToAccount(mnemonic).address, { eth: '0.01', vvv: '10' })

  await sandbox.fund(coinbaseAddress(address), { vvv: '10' })

  const place = join(folder, address)
  mkdirSync(place)
  const put = (name: string, text: string, mode = 0o600): string => {
    const path = join(place, name)
    writeFileSync(path, text, { mode })
    return path
  }
  // Inside the consumer, so that it finds its packages there.
  const command = join(folder, 'command.mjs')
  copyFileSync(join(root, 'examples/signers/command.mjs'), command)
  const aws = fileURLToPath(new URL('./aws.ts', import.meta.url))
  put('aws', `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${aws}' "$@"\n`, 0o700)
  const scrypt = { N: 1024, r: 8, p: 1 }
  return {
    BASE_RPC_URL: network.rpcUrl,
    BUNDLER_URL: network.rpcUrl,
    PAYMASTER_URL: network.rpcUrl,
    VENICE_API_URL: network.apiUrl,
    WALLET_PRIVATE_KEY: privateKey,
    WALLET_MNEMONIC: mnemonic,
    WALLET_URL: wallet.url,
    ETH_KEYSTORE: put('keystore.json', await encryptKeystoreJson({ address, privateKey }, 'password', { scrypt })),
    ETH_PASSWORD: put('password', 'password'),
    SIGNER_COMMAND: `'${process.execPath}' '${command}' '${put('key', privateKey)}'`,
    AWS_KMS_KEY_ID: 'alias/agent',
    PATH: [place, process.env.PATH].join(delimiter),
  }
}
