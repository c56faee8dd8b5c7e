import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Address } from '../../domain/addresses.ts'
import type { Payment } from '../../domain/payment.ts'
import { errnoOf } from '../../errors/errno.ts'
import { StoreUnreadableError, StoreWriteError } from '../../errors/store.ts'
import type { PaymentLedger } from '../../ports/payment-ledger.ts'
import { lockDirectories } from './lock-directories.ts'

/** The number of bytes that are read at the end of a ledger: some thousand payments, far more than one day has. */
const READ_BYTES = 1024 * 1024

/**
 * The ledger of a wallet, next to its lock and with the same scope: one user on one machine, all state directories. One
 * line per payment; lines are only appended. It limits payments and approves nothing: if it is deleted, only the budget
 * of each state directory holds.
 *
 * Side effects: creates folders and, at the first payment, a file of mode 0600 in each.
 *
 * @param directories - Default: next to the locks, except in folders that are lost at a reboot.
 */
export function openPaymentLedger(
  { chainId, address }: { chainId: number; address: Address },
  directories: readonly string[] = lockDirectories().map((directory) => dirname(directory)),
): PaymentLedger {
  const name = `payments-${chainId}-${address.toLowerCase()}.ndjson`
  const paths = directories.map((directory) => join(directory, name))
  return {
    payments() {
      const all = paths.flatMap(linesOf).flatMap(paymentIn)
      return [...new Map(all.map((payment) => [payment.nonce, payment])).values()]
    },
    note(payment) {
      for (const path of paths) append(path, JSON.stringify(payment))
    },
  }
}

function linesOf(path: string): string[] {
  let file: number | undefined
  try {
    file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    const { size } = fs.fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, READ_BYTES))
    const read = fs.readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, read).split('\n')
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return []
    throw new StoreUnreadableError({ path, cause })
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/** The payment in a line. A line that a crash has cut has none, because its payment was not signed. */
function paymentIn(line: string): Payment[] {
  try {
    const found = JSON.parse(line) as Payment | null
    const isOne = /^0x[0-9a-f]{64}$/i.test(found?.nonce ?? '') && /^\d{1,30}$/.test(found?.value ?? '')
    return isOne && found !== null ? [found] : []
  } catch {
    return []
  }
}

function append(path: string, line: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants
  try {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const file = fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
    try {
      // Begins a new line, even if the one before was cut.
      fs.writeFileSync(file, `\n${line}\n`)
      fs.fsyncSync(file)
    } finally {
      fs.closeSync(file)
    }
  } catch (cause) {
    throw new StoreWriteError({ path, cause })
  }
}
