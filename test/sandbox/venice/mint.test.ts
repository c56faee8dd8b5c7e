import { parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { openVenice } from './harness.ts'

const FIFTEEN_MINUTES = 15 * 60_000

describe('mint with a JWT challenge', () => {
  it('returns a key that is shown once and stored for its wallet', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    const { status, body } = await mint(await mintBody(wallet))
    expect(status).toBe(200)
    expect(body).toEqual({
      success: true,
      data: {
        id: expect.any(String),
        apiKey: expect.stringMatching(/^VENICE_INFERENCE_KEY_[A-Za-z0-9_-]{42}$/),
        apiKeyType: 'INFERENCE',
        consumptionLimit: { usd: null, diem: null, vcu: null },
        limitPeriod: 'EPOCH',
        modelPrivacy: 'ALL',
        description: 'Web3 API Key',
        expiresAt: null,
      },
    })
    expect(venice.secretOf(body.data.id)).toBe(body.data.apiKey)
    expect(venice.keys()).toMatchObject([
      { id: body.data.id, owner: wallet.address, type: 'INFERENCE', revoked: false },
    ])
    expect(JSON.stringify(venice.keys())).not.toContain(body.data.apiKey)
    expect(venice.accountOf(wallet.address).opened).toBe(true)
  })

  it('makes a second key from the same token and signature', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    const body = await mintBody(stakedWallet())
    await mint(body)
    expect((await mint(body)).status).toBe(200)
    expect(venice.keys()).toHaveLength(2)
  })

  it('accepts a lower-case address and stores its checksummed form', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    await mint(await mintBody(wallet, { address: wallet.address.toLowerCase() }))
    expect(venice.keys()[0]?.owner).toBe(wallet.address)
  })

  it('returns diem from vcu and a usd of 0 as null, and stores both as sent', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    const { body } = await mint(await mintBody(stakedWallet(), { consumptionLimit: { usd: 0, diem: 2 } }))
    expect(body.data.consumptionLimit).toEqual({ usd: null, diem: null, vcu: null })
    expect(venice.keys()[0]?.limit).toEqual({ usd: 0, diem: 2 })
  })

  it.each([
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T10:20:30Z', '2027-01-31T10:20:30.000Z'],
    ['', null],
  ])('accepts the expiry %j', async (expiresAt, echoed) => {
    const { mint, mintBody, stakedWallet } = await openVenice()
    const { body } = await mint(await mintBody(stakedWallet(), { expiresAt }))
    expect(body.data.expiresAt).toBe(echoed)
  })

  it.each([
    ['an unknown field', { chain: 'base' }],
    ['a missing key type', { apiKeyType: undefined }],
    ['an expiry of null', { expiresAt: null }],
    ['a date that does not exist', { expiresAt: '2027-13-01' }],
    ['a negative limit', { consumptionLimit: { usd: -1 } }],
    ['a message next to the token', { message: 'x' }],
  ])('rejects %s with the tree and the list of issues', async (_, fields) => {
    const { mint, mintBody, stakedWallet } = await openVenice()
    const { status, body } = await mint(await mintBody(stakedWallet(), fields))
    expect(status).toBe(400)
    expect(body).toEqual({
      error: 'Invalid request parameters',
      details: expect.objectContaining({ _errors: expect.any(Array) }),
      issues: [expect.objectContaining({ message: expect.any(String) })],
    })
  })
})

describe('each row of the JWT form’s error table', () => {
  it('Invalid wallet address', async () => {
    const { mint, mintBody, stakedWallet } = await openVenice()
    const answer = await mint(await mintBody(stakedWallet(), { address: '0x123', token: 'x' }))
    expect(answer).toMatchObject({ status: 400, body: { error: 'Invalid wallet address' } })
  })

  it('JWT has expired, 15 minutes after it was issued', async () => {
    const { mint, mintBody, stakedWallet, time } = await openVenice()
    const body = await mintBody(stakedWallet())
    time.now += FIFTEEN_MINUTES
    expect(await mint(body)).toMatchObject({ status: 400, body: { error: 'JWT has expired' } })
    time.now -= 1000
    expect((await mint(body)).status).toBe(200)
  })

  it('JWT signature is invalid', async () => {
    const { mint, mintBody, stakedWallet } = await openVenice()
    const other = await openVenice()
    const token = await other.venice.signToken()
    const answer = await mint(await mintBody(stakedWallet(), { token }))
    expect(answer).toMatchObject({ status: 400, body: { error: 'JWT signature is invalid' } })
  })

  it.each([{ iss: 'https://elsewhere.example' }, { aud: 'elsewhere' }])(
    'JWT claims are invalid: %j',
    async (claims) => {
      const { venice, mint, mintBody, stakedWallet } = await openVenice()
      const answer = await mint(await mintBody(stakedWallet(), { token: await venice.signToken(claims) }))
      expect(answer).toMatchObject({ status: 400, body: { error: 'JWT claims are invalid' } })
    },
  )

  it('JWT is malformed', async () => {
    const { mint, mintBody, stakedWallet } = await openVenice()
    const answer = await mint(await mintBody(stakedWallet(), { token: 'a.b' }))
    expect(answer).toMatchObject({ status: 400, body: { error: 'JWT is malformed' } })
  })

  it.each([
    ['of another wallet', (message: string) => privateKeyToAccount(generatePrivateKey()).signMessage({ message })],
    ['that is not a signature', async () => '0x1234'],
    ['that is not hex', async () => 'hello'],
  ])('Wallet signature does not match: one %s', async (_, sign) => {
    const { mint, mintBody, stakedWallet } = await openVenice()
    const body = await mintBody(stakedWallet())
    const answer = await mint({ ...body, signature: await sign(body.token) })
    expect(answer).toMatchObject({ status: 400, body: { error: 'Wallet signature does not match' } })
  })

  it('Could not verify wallet signature, when the node does not answer', async () => {
    const { chain, mint, mintBody, stakedWallet } = await openVenice()
    const body = await mintBody(stakedWallet())
    chain.state.failing = 'eth_call'
    expect(await mint(body)).toMatchObject({ status: 400, body: { error: 'Could not verify wallet signature' } })
    chain.state.failing = ''
    expect((await mint(body)).status).toBe(200)
  })

  it('Could not verify wallet signature, as often as scripted', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    venice.setVerificationFailures(2)
    const body = await mintBody(stakedWallet())
    const answers = [await mint(body), await mint(body), await mint(body)]
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 200])
    expect(answers[0]?.body).toEqual({ error: 'Could not verify wallet signature' })
  })

  it('Wallet … has no staked VVV on Base', async () => {
    const { chain, mint, mintBody, stakedWallet } = await openVenice()
    const wallet = stakedWallet()
    chain.setSVvv(wallet.address, 0n)
    const error = `Wallet ${wallet.address} has no staked VVV on Base`
    expect(await mint(await mintBody(wallet))).toMatchObject({ status: 400, body: { error } })
    chain.setSVvv(wallet.address, 1n)
    expect((await mint(await mintBody(wallet))).status).toBe(200)
  })

  it('Wallet … has no staked VVV on Base although it has, as often as scripted', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    venice.stakeLag(1)
    const wallet = stakedWallet()
    const body = await mintBody(wallet)
    expect((await mint(body)).body).toEqual({ error: `Wallet ${wallet.address} has no staked VVV on Base` })
    expect((await mint(body)).status).toBe(200)
  })
})

describe('mint with a SIWE challenge', () => {
  it('binds the challenge to the wallet, the chain and the purpose', async () => {
    const { call, stakedWallet } = await openVenice({ challenge: 'siwe' })
    const { address } = stakedWallet()
    const { body } = await call(`GET /api_keys/generate_web3_key?address=${address}`)
    expect(body.data).toEqual({
      message: expect.any(String),
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      expiresAt: '2026-10-05T12:15:00.000Z',
    })
    expect(body.data.message).toBe(
      [
        'api.venice.ai wants you to sign in with your Ethereum account:',
        address,
        '',
        'Authorize Venice API key creation. Anyone who holds this signature can create an API key on your Venice account.',
        '',
        'URI: https://api.venice.ai/api/v1/api_keys/generate_web3_key',
        'Version: 1',
        'Chain ID: 8453',
        `Nonce: ${body.data.nonce}`,
        'Issued At: 2026-10-05T12:00:00.000Z',
        'Expiration Time: 2026-10-05T12:15:00.000Z',
        'Resources:',
        '- urn:venice:api-key:create',
      ].join('\n'),
    )
  })

  it('makes one key per signature, even when two requests race', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice({ challenge: 'siwe' })
    const body = await mintBody(stakedWallet())
    const answers = await Promise.all([mint(body), mint(body)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(await mint(body)).toMatchObject({ status: 400, body: { error: 'This challenge has already been used' } })
    expect(venice.keys()).toHaveLength(1)
  })

  it('does not use up the challenge in a failed attempt', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice({ challenge: 'siwe' })
    venice.stakeLag(1)
    const body = await mintBody(stakedWallet())
    expect((await mint(body)).status).toBe(400)
    expect((await mint(body)).status).toBe(200)
  })

  it('issues no challenge without an address', async () => {
    const { call } = await openVenice({ challenge: 'siwe' })
    const answer = await call('GET /api_keys/generate_web3_key')
    expect(answer).toMatchObject({ status: 400, body: { error: 'Invalid wallet address' } })
  })

  it('accepts no token once it is in force', async () => {
    const { venice, mint, mintBody, stakedWallet } = await openVenice()
    const body = await mintBody(stakedWallet())
    venice.setChallenge('siwe')
    expect(await mint(body)).toMatchObject({ status: 400, body: { error: 'Invalid request parameters' } })
  })
})

describe('each row of the SIWE form’s error table', () => {
  it('The challenge has expired', async () => {
    const { mint, mintBody, stakedWallet, time } = await openVenice({ challenge: 'siwe' })
    const body = await mintBody(stakedWallet())
    time.now += FIFTEEN_MINUTES
    expect(await mint(body)).toMatchObject({ status: 400, body: { error: 'The challenge has expired' } })
  })

  it('The challenge was issued for a different wallet address', async () => {
    const { mint, mintBody, stakedWallet } = await openVenice({ challenge: 'siwe' })
    const answer = await mint(await mintBody(stakedWallet(), { address: stakedWallet().address }))
    expect(answer.body).toEqual({ error: 'The challenge was issued for a different wallet address' })
  })

  it.each([
    ['The challenge domain must be "api.venice.ai"', (text: string) => text.replace('api.venice.ai', 'evil.example')],
    ['The challenge statement was modified', (text: string) => text.replace('Anyone', 'No one')],
    [
      'The message is not a valid Venice API key authorization challenge',
      (text: string) => text.replace('Chain ID: 8453', 'Chain ID: 1'),
    ],
    ['The message is not a valid Venice API key authorization challenge', () => 'sign me'],
  ])('%s', async (error, change) => {
    const { mint, mintBody, stakedWallet } = await openVenice({ challenge: 'siwe' })
    const wallet = stakedWallet()
    const { message, ...body } = await mintBody(wallet)
    const changed = change(message)
    const signature = await wallet.signMessage({ message: changed })
    expect(await mint({ ...body, message: changed, signature })).toMatchObject({ status: 400, body: { error } })
  })

  it('Invalid wallet address, Wallet signature does not match, and no stake, as in the JWT form', async () => {
    const { chain, mint, mintBody, stakedWallet } = await openVenice({ challenge: 'siwe' })
    const wallet = stakedWallet()
    const body = await mintBody(wallet)
    expect((await mint({ ...body, address: '0x' })).body.error).toBe('Invalid wallet address')
    expect((await mint({ ...body, signature: '0x00' })).body.error).toBe('Wallet signature does not match')
    chain.setSVvv(wallet.address, 0n)
    expect((await mint(body)).body.error).toBe(`Wallet ${wallet.address} has no staked VVV on Base`)
  })

  it('Could not verify wallet signature', async () => {
    const { chain, mint, mintBody, stakedWallet } = await openVenice({ challenge: 'siwe' })
    const body = await mintBody(stakedWallet())
    chain.state.failing = 'eth_call'
    expect((await mint(body)).body.error).toBe('Could not verify wallet signature')
  })
})

it('mints for a contract wallet that confirms the signature (EIP-1271)', async () => {
  const { chain, mint, mintBody, stakedWallet } = await openVenice()
  const signer = stakedWallet()
  const contract = '0x00000000000000000000000000000000000c0de1'
  chain.setSVvv(contract, parseEther('1'))
  const body = await mintBody(signer, { address: contract })
  expect((await mint(body)).body.error).toBe('Wallet signature does not match')
  chain.addSmartWallet(contract)
  expect((await mint(body)).status).toBe(200)
})
