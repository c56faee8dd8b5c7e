import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FleetSignerUnknownError } from '../../errors/fleet.ts'
import { KeystoreUnreadableError } from '../../errors/signer/keys.ts'
import type { Signer } from '../../ports/signer.ts'
import { keystoreSigner } from './keystore.ts'

/** Keystores are under 1 KiB. Larger files in the folder are not read. */
const MAX_BYTES = 64 * 1024

/**
 * The wallets of a folder of V3 keystores with one password. The address comes from the field `address` in the file, or
 * from the end of its name, as geth writes it. Foundry writes neither, so use the address as the name of such a file.
 *
 * @throws {KeystoreUnreadableError} the folder cannot be read.
 */
export async function openKeystoreFolder({
  directory,
  passwordFile,
}: {
  directory: string
  passwordFile: string
}): Promise<{ addresses: readonly string[]; signerOf(wallet: { address: string }): Promise<Signer> }> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new KeystoreUnreadableError({ path: directory, reason: 'cannot be read as a folder', cause })
  })
  const found = new Map<string, string>()
  for (const name of names) {
    const path = join(directory, name)
    const address = /([0-9a-f]{40})(?:\.json)?$/i.exec(name)?.[1] ?? (await addressIn(path))
    if (address !== undefined) found.set(`0x${address.toLowerCase()}`, path)
  }
  return {
    addresses: [...found.keys()],
    async signerOf({ address }) {
      const path = found.get(address.toLowerCase())
      const signer = path === undefined ? null : await keystoreSigner({ path, passwordFile })
      if (signer === null || signer.address.toLowerCase() !== address.toLowerCase()) {
        throw new FleetSignerUnknownError({ address, where: path ?? directory })
      }
      return signer
    },
  }
}

async function addressIn(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.length > MAX_BYTES) return undefined
    const { address } = JSON.parse(text) as { address?: unknown }
    return typeof address === 'string' ? /^(?:0x)?([0-9a-f]{40})$/i.exec(address)?.[1] : undefined
  } catch {
    return undefined // Not a keystore.
  }
}
