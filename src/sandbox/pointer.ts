import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../adapters/atomic-file.ts'
import { ADDRESS_PATTERN, type Address } from '../domain/addresses.ts'

/** How to find a sandbox again. It holds no wallet key, which only the sandbox itself gives out. */
export interface Pointer {
  control: string
  token: string
  address: string
  /** Wallets of earlier sandboxes. Their runs exist only in the sandbox. */
  earlier?: readonly string[]
}

/** Hand-written: with a schema library, `status` would start 50 % slower. */
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

/** Makes `pointer`, of an earlier sandbox, the current one again. Side effects: as `writePointer`. */
export const restorePointer = (stateDir: string, pointer: Pointer): void =>
  replaceFile(pointerFile(stateDir), JSON.stringify(pointer))

/** Addresses of every wallet that a sandbox from `stateDir` has made for a run. */
export function sandboxWallets(stateDir: string): readonly string[] {
  const pointer = readPointer(stateDir)
  return pointer === null ? [] : [...new Set([...(pointer.earlier ?? []), pointer.address])]
}

/** The last pointer in `stateDir`, also of a sandbox that has ended; null if there is none. */
export function readPointer(stateDir: string): Pointer | null {
  try {
    const pointer: unknown = JSON.parse(readFileSync(pointerFile(stateDir), 'utf8'))
    return isPointer(pointer) ? pointer : null
  } catch {
    return null
  }
}

/** The wallet whose run was last started in a sandbox from `stateDir`, or null. */
export const lastSandboxWallet = (stateDir: string): Address | null =>
  (readPointer(stateDir)?.address as Address | undefined) ?? null
