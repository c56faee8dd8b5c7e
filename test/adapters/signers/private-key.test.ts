import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { privateKeyFileSigner, privateKeySigner } from '../../../src/adapters/signers/private-key.ts'
import { verifyingSigner } from '../../../src/adapters/signers/verify.ts'
import { CANARY_ADDRESS, CANARY_KEY } from '../../ports/signer.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const thrownBy = async (act: () => unknown): Promise<unknown> => {
  try {
    return await act()
  } catch (error) {
    return error
  }
}

function fileWith(text: string, mode = 0o600): string {
  const path = join(temporaryDirectory(), 'key')
  writeFileSync(path, text, { mode })
  return path
}

describe('a private key', () => {
  test.each([CANARY_KEY, CANARY_KEY.slice(2), ` ${CANARY_KEY}\r\n`, CANARY_KEY.toUpperCase()])(
    'is read in each usual form',
    (key) => {
      expect(privateKeySigner(key, 'WALLET_PRIVATE_KEY').address).toBe(CANARY_ADDRESS)
    },
  )

  test.each([
    ['too short', CANARY_KEY.slice(0, -1)],
    ['too long', `${CANARY_KEY}0`],
    ['not hex', CANARY_KEY.replace('c0ffee01', 'c0ffee0g')],
    ['quoted', `"${CANARY_KEY}"`],
    ['two keys', `${CANARY_KEY} ${CANARY_KEY}`],
    ['empty', ''],
    ['zero', `0x${'0'.repeat(64)}`],
    ['beyond the order of the curve', `0x${'f'.repeat(64)}`],
  ])('that is %s is refused, and no part of it is shown', async (_, key) => {
    const error = await thrownBy(() => privateKeySigner(key, 'WALLET_PRIVATE_KEY'))
    expect(error).toMatchObject({ code: 'signer/bad-private-key', exit: 'config' })
    expect(String(error)).toContain('WALLET_PRIVATE_KEY')
    expect(inspect(error, { depth: null })).not.toMatch(/c0ffee|0000000|fffffff/i)
  })
})

test('what is prepared for signing changes no signature, and is there behind the one that checks them', async () => {
  const [plain, prepared] = [privateKeySigner(CANARY_KEY, 'a test'), privateKeySigner(CANARY_KEY, 'a test')]
  const verifying = verifyingSigner(prepared)
  verifying.prepare?.()
  expect(prepared.prepare).toBeDefined()
  expect(await verifying.signMessage('text')).toBe(await plain.signMessage('text'))
})

describe('a private key in a file', () => {
  test('is read through a link, as Kubernetes mounts it, without its newline', async () => {
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(fileWith(`${CANARY_KEY}\n`), link)
    expect((await privateKeyFileSigner(link)).address).toBe(CANARY_ADDRESS)
  })

  test.skipIf(process.platform === 'win32')(
    'that every user can read is refused with the command that restricts it',
    async () => {
      const path = fileWith(CANARY_KEY, 0o644)
      await expect(privateKeyFileSigner(path)).rejects.toMatchObject({
        code: 'signer/key-file-too-open',
        hint: `Run \`chmod 600 ${path}\`.`,
      })
    },
  )

  test.skipIf(process.getuid?.() === 0)(
    'that every user can read is used when nobody can restrict it (skipped: root can)',
    async () => {
      expect((await privateKeyFileSigner(fileWith(CANARY_KEY, 0o444))).address).toBe(CANARY_ADDRESS)
    },
  )

  test('that its group can read is used', async () => {
    expect((await privateKeyFileSigner(fileWith(CANARY_KEY, 0o640))).address).toBe(CANARY_ADDRESS)
  })

  test('that is missing, a directory, a device or too large is named in the error', async () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'folder'))
    writeFileSync(join(dir, 'large'), 'x'.repeat(5000))
    for (const path of [join(dir, 'missing'), join(dir, 'folder'), '/dev/zero', join(dir, 'large')]) {
      await expect(privateKeyFileSigner(path)).rejects.toMatchObject({
        code: 'signer/key-file-unreadable',
        message: expect.stringContaining(path),
      })
    }
  })

  test('with other content is refused, and the content is not shown', async () => {
    const path = fileWith('WALLET_PRIVATE_KEY=canary')
    const error = await thrownBy(() => privateKeyFileSigner(path))
    expect(error).toMatchObject({ code: 'signer/bad-private-key', message: expect.stringContaining(path) })
    expect(inspect(error, { depth: null })).not.toContain('canary')
  })
})
