import type { EffectName } from '../../../machines/onboarding/effects.ts'
import { createRedactor, type Redactor } from '../../domain/redact.ts'
import { createGate } from '../../gate/gate.ts'
import { draftDiem } from './diem.ts'
import * as funding from './funding.ts'
import { createGuard, sleepingUntil } from './guard.ts'
import { DEFAULT_SETTINGS, type EffectSettings, type Effects, type Ports } from './io.ts'
import * as payment from './payment.ts'
import { replaceTransactions } from './replace.ts'
import * as chain from './transactions.ts'
import { createVault } from './vault.ts'
import * as venice from './venice.ts'
import { watchTransactions } from './watch.ts'

/** Effects without outside changes. A pause may cut them short. */
const INTERRUPTIBLE: ReadonlySet<EffectName> = new Set([
  'readWalletState',
  'watchTransactions',
  'fetchChallenge',
  'checkFunding',
  'draftDiem',
  'findPayment',
  'checkCredit',
  'sleepUntil',
])

/**
 * Effects that may wait for a person, a wallet or a sink, but record and send nothing. A pause does not wait for them.
 */
const ABANDONABLE: ReadonlySet<EffectName> = new Set([
  'readWalletState',
  'signTransactions',
  'replaceTransactions',
  'signChallenge',
  'openSink',
  'offerPayment',
])

/**
 * Makes the machine's effects from the ports. Every effect rejects with a `Failure`, without any secret seen, or with
 * `Interrupted`. One set of effects serves one run in one process, and keeps the run's secrets in memory.
 */
export function createEffects(
  ports: Ports,
  { settings = {}, redactor = createRedactor() }: { settings?: Partial<EffectSettings>; redactor?: Redactor } = {},
): Effects {
  const { clock } = ports
  const gate = createGate({ signer: ports.signer, minter: ports.minter, clock, decode: ports.chain.decode })
  const dependencies = { ports, settings: { ...DEFAULT_SETTINGS, ...settings }, redactor, gate, vault: createVault() }
  const guarded = createGuard({ clock, redactor, interruptible: INTERRUPTIBLE, abandonable: ABANDONABLE })

  return {
    readWalletState: guarded('readWalletState', chain.readWalletState(dependencies)),
    signTransactions: guarded('signTransactions', chain.signTransactions(dependencies)),
    broadcast: guarded('broadcast', chain.broadcast(dependencies)),
    watchTransactions: guarded('watchTransactions', watchTransactions(dependencies)),
    replaceTransactions: guarded('replaceTransactions', replaceTransactions(dependencies)),
    fetchChallenge: guarded('fetchChallenge', venice.fetchChallenge(dependencies)),
    signChallenge: guarded('signChallenge', venice.signChallenge(dependencies)),
    openSink: guarded('openSink', venice.openSink(dependencies)),
    mintKey: guarded('mintKey', venice.mintKey(dependencies)),
    storeKey: guarded('storeKey', venice.storeKey(dependencies)),
    recoverKey: guarded('recoverKey', venice.recoverKey(dependencies)),
    checkFunding: guarded('checkFunding', funding.checkFunding(dependencies)),
    proveFunding: guarded('proveFunding', funding.proveFunding(dependencies)),
    draftDiem: guarded('draftDiem', draftDiem(dependencies)),
    offerPayment: guarded('offerPayment', payment.offerPayment(dependencies)),
    postPayment: guarded('postPayment', payment.postPayment(dependencies)),
    findPayment: guarded('findPayment', payment.findPayment(dependencies)),
    checkCredit: guarded('checkCredit', payment.checkCredit(dependencies)),
    proveCredit: guarded('proveCredit', payment.proveCredit(dependencies)),
    sleepUntil: guarded('sleepUntil', sleepingUntil(clock)),
  }
}
