import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../adapters/atomic-file.ts'
import { ADDRESS_PATTERN, type Address } from '../domain/addresses.ts'

/** How to find a sandbox again. Holds no wallet key: the sandbox gives that out itself. */
export interface Pointer {
  control: string
  token: string
  address: string
  /** Wallets of the sandboxes before it, whose runs are of no other network. */
  earlier?: readonly string[]
}

/** By hand: a schema library would take `status` half as long again to start. */
function isPointer(value: unknown): value is Pointer {
  const { control, token, address, earlier = [] } = (value ?? {}) as Partial<Record<keyof Pointer, unknown>>
  if (!Array.isArray(earlier) || !earlier.every((each) => typeof each === 'string')) return false
  const isAddress = typeof address === 'string' && ADDRESS_PATTERN.test(address)
  return typeof control === 'string' && URL.canParse(control) && typeof token === 'string' && isAddress
}

const pointerFile = (stateDir: string): string => join(stateDir, 'sandbox.json')

/** Side effects: replaces `sandbox.json` (0600) in `stateDir`. The wallets of earlier sandboxes stay known. */
export function writePointer(stateDir: string, pointer: Pointer): void {
  const earlier = sandboxWallets(stateDir).filter((address) => address !== pointer.address)
  replaceFile(pointerFile(stateDir), JSON.stringify({ ...pointer, ...(earlier.length > 0 && { earlier }) }))
}

/** Makes `pointer`, of an earlier sandbox, the one that is meant again. Side effects: as `writePointer`. */
export const restorePointer = (stateDir: string, pointer: Pointer): void =>
  replaceFile(pointerFile(stateDir), JSON.stringify(pointer))

/** Addresses of every wallet that a sandbox from `stateDir` has made for a run. */
export function sandboxWallets(stateDir: string): readonly string[] {
  const pointer = readPointer(stateDir)
  return pointer === null ? [] : [...new Set([...(pointer.earlier ?? []), pointer.address])]
}

/** What was last written in `stateDir`, also of a sandbox that has ended; null where there is nothing. */
export function readPointer(stateDir: string): Pointer | null {
  try {
    const pointer: unknown = JSON.parse(readFileSync(pointerFile(stateDir), 'utf8'))
    return isPointer(pointer) ? pointer : null
  } catch {
    return null
  }
}

/** Address of the wallet whose run was last begun in a sandbox from `stateDir`, or null. */
export const lastSandboxWallet = (stateDir: string): Address | null =>
  (readPointer(stateDir)?.address as Address | undefined) ?? null
