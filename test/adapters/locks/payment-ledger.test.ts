import { appendFileSync, readFileSync, statSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openPaymentLedger } from '../../../src/adapters/locks/payment-ledger.ts'
import type { Payment } from '../../../src/domain/payment.ts'
import { ADDRESS, payment } from '../../support/samples.ts'
import { newFolder } from '../../support/sandbox.ts'

const WALLET = { chainId: 8453, address: ADDRESS }
const NAME = `payments-8453-${ADDRESS.toLowerCase()}.ndjson`
const numbered = (number: number): Payment => payment({ nonce: `0x${String(number).padStart(64, '0')}` })
const noncesOf = (payments: readonly Payment[]) => payments.map(({ nonce }) => Number(nonce))

describe('the payment ledger next to a wallet’s lock', () => {
  test('is known to every process that opens it, each payment once, and readable by its owner only', () => {
    const folder = newFolder()
    const [one, two] = [openPaymentLedger(WALLET, [folder]), openPaymentLedger(WALLET, [folder])]
    one.note(numbered(1))
    two.note(numbered(2))
    two.note(numbered(2))
    expect(noncesOf(one.payments())).toEqual([1, 2])
    expect(statSync(join(folder, NAME)).mode & 0o777).toBe(0o600)
    expect(openPaymentLedger({ ...WALLET, chainId: 1 }, [folder]).payments()).toEqual([])
  })

  test('is complete when one of the folders is there', () => {
    const [home, temporary] = [newFolder(), newFolder()]
    openPaymentLedger(WALLET, [temporary]).note(numbered(1))
    openPaymentLedger(WALLET, [home, temporary]).note(numbered(2))
    expect(noncesOf(openPaymentLedger(WALLET, [home, temporary]).payments())).toEqual([2, 1])
    expect(noncesOf(openPaymentLedger(WALLET, [home]).payments())).toEqual([2])
  })

  test('loses only the line that a crash cut short, and not the next one', () => {
    const folder = newFolder()
    const ledger = openPaymentLedger(WALLET, [folder])
    ledger.note(numbered(1))
    ledger.note(numbered(2))
    const path = join(folder, NAME)
    truncateSync(path, readFileSync(path).length - 40)
    ledger.note(numbered(3))
    expect(noncesOf(ledger.payments())).toEqual([1, 3])
  })

  test('is read from the end of a file of any length', () => {
    const folder = newFolder()
    const ledger = openPaymentLedger(WALLET, [folder])
    ledger.note(numbered(1))
    appendFileSync(join(folder, NAME), 'x'.repeat(2 * 1024 * 1024))
    ledger.note(numbered(2))
    expect(noncesOf(ledger.payments())).toEqual([2])
  })

  test('is neither read from a link nor written through one', () => {
    const folder = newFolder()
    const elsewhere = join(folder, 'elsewhere')
    symlinkSync(elsewhere, join(folder, NAME))
    const ledger = openPaymentLedger(WALLET, [folder])
    expect(() => ledger.payments()).toThrow(expect.objectContaining({ code: 'store/unreadable' }))
    expect(() => ledger.note(numbered(1))).toThrow(expect.objectContaining({ code: 'store/write-failed' }))
  })
})
