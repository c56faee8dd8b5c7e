/** Safe’s own bytecode at its addresses on Base. Each address follows from the bytecode, so that nothing else can be there. */
import { createRequire } from 'node:module'
import type { TestSandbox } from 'venice-onboard/testing'
import { concat, createClient, getCreate2Address, type Hex, http, pad, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { base } from 'viem/chains'

const require = createRequire(import.meta.url)
const ENTRY_POINT = '0x0000000071727De22E5E9d8BAf0edAc6f37da032'
/** Of Safe: https://github.com/safe-global/safe-singleton-factory */
const SINGLETON_FACTORY = require('@safe-global/safe-singleton-factory/artifacts/8453/deployment.json')
/** The same for everybody: https://github.com/Arachnid/deterministic-deployment-proxy */
const PROXY_FACTORY = {
  address: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  signerAddress: '0x3fAB184622Dc19b6109349B94811493BF2a45362',
  transaction: `0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba0${'22'.repeat(32)}a0${'22'.repeat(32)}`,
} as const
const SALT = pad('0x0')

const codeOf = (path: string): Hex => require(`@safe-global/${path}.json`).bytecode
const CONTRACTS = 'safe-contracts/build/artifacts/contracts'
const MODULE = 'safe-4337/build/artifacts/contracts'

/** The addresses are those of `permissionless`, and of https://github.com/safe-global/safe-deployments and safe-modules-deployments. */
const SAFE: readonly { from: Hex; at: Hex; code: Hex }[] = [
  ['0x41675C099F32341bf84BFc5382aF534df5C7461a', codeOf(`${CONTRACTS}/Safe.sol/Safe`)],
  ['0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67', codeOf(`${CONTRACTS}/proxies/SafeProxyFactory.sol/SafeProxyFactory`)],
  ['0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526', codeOf(`${CONTRACTS}/libraries/MultiSend.sol/MultiSend`)],
  [
    '0x9641d764fc13c8B624c04430C7356C1C7C8102e2',
    codeOf(`${CONTRACTS}/libraries/MultiSendCallOnly.sol/MultiSendCallOnly`),
  ],
]
  .map(([at, code]) => ({ from: SINGLETON_FACTORY.address, at: at as Hex, code: code as Hex }))
  .concat([
    {
      from: PROXY_FACTORY.address,
      at: '0x2dd68b007B46fBe91B9A7c3EDa5A7a1063cB5b47',
      code: codeOf(`${MODULE}/SafeModuleSetup.sol/SafeModuleSetup`),
    },
    {
      from: PROXY_FACTORY.address,
      at: '0x75cf11467937ce3F2f357CE24ffc3DBF8fD5c226',
      code: concat([codeOf(`${MODULE}/Safe4337Module.sol/Safe4337Module`), pad(ENTRY_POINT)]),
    },
  ])

/** Deploys them as they were deployed on Base, in real transactions. @throws {Error} the bytecode is not that of an address. */
export async function deploySafe(sandbox: TestSandbox): Promise<void> {
  const { privateKey } = await sandbox.createWallet({ eth: '1' })
  const transport = http(sandbox.rpcUrl)
  const client = createClient({ account: privateKeyToAccount(privateKey), chain: base, transport })
    .extend(publicActions)
    .extend(walletActions)
  for (const { signerAddress, transaction } of [SINGLETON_FACTORY, PROXY_FACTORY]) {
    await sandbox.fund(signerAddress, { eth: '0.1' })
    const hash = await client.sendRawTransaction({ serializedTransaction: transaction })
    await client.waitForTransactionReceipt({ hash })
  }
  for (const { from, at, code } of SAFE) {
    if (getCreate2Address({ from, salt: SALT, bytecode: code }) !== at)
      throw new Error(`This is not the code of ${at}.`)
    await client.waitForTransactionReceipt({
      hash: await client.sendTransaction({ to: from, data: concat([SALT, code]) }),
    })
    if ((await client.getCode({ address: at })) === undefined) throw new Error(`There is no code at ${at}.`)
  }
}
