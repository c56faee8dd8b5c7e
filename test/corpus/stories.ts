import type { OnboardingInput } from '../../machines/onboarding/context.ts'
import { onboardingMachine } from '../../machines/onboarding/machine.ts'
import { graphOf } from '../../src/diagram/graph.ts'
import { setting } from '../../src/domain/next-action.ts'
import { statePath } from '../../src/driver/events.ts'
import { RpcError } from '../../src/errors/chain/endpoints.ts'
import {
  TransactionRevertedError,
  TransactionStuckError,
  TransactionSupersededError,
} from '../../src/errors/chain/transactions.ts'
import { ChallengeLostError } from '../../src/errors/challenge.ts'
import { BudgetExceededError } from '../../src/errors/policy.ts'
import { SigningFailedError } from '../../src/errors/signer/signing.ts'
import { SinkWriteError } from '../../src/errors/sink.ts'
import * as venice from '../../src/errors/venice/all.ts'
import { InsufficientUsdcError, InsufficientVvvError } from '../../src/errors/wallet.ts'
import { PaymentOutcomeUnknownError } from '../../src/errors/x402.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { type Script, scriptedEffects } from '../support/fakes.ts'
import { Crash, driveOn, memoryHost } from '../support/memory-host.ts'
import {
  ADDRESS,
  draft,
  failure,
  funding,
  hashOf,
  keyRef,
  payment,
  request,
  VVV,
  walletState,
  watched,
} from '../support/samples.ts'

/** One process of a run: the answers of its effects, and the state in which it is killed. */
interface Life {
  script?: Script
  input?: Partial<OnboardingInput>
  /** The process is killed as soon as this state is recorded; otherwise it lives to the end of its pass. */
  until?: string
}

const rpcDown = new RpcError('the connection was reset')
const unavailable = new venice.UnavailableError()
const lost = new venice.MintOutcomeUnknownError()
const full = new SinkWriteError({ sink: 'fake', reason: 'the disk is full' })
const locked = failure(new SigningFailedError({ address: ADDRESS, reason: 'the device is locked' }), {
  recovery: 'retry',
})
const poor = new InsufficientVvvError({
  address: ADDRESS,
  vvv: { has: 0n, needs: VVV },
  eth: { has: VVV, needs: 1_000n },
})
const poorKey = funding({ spendable: false, cause: 'no-balance', reason: 'No balance.' })
const later: Partial<OnboardingInput> = { fundsDeadline: '2026-11-23T13:00:00.000Z' }
const allowed = { readWalletState: { always: walletState({ allowance: VVV.toString(), drafts: [] }) } } satisfies Script
const siwe = { fetchChallenge: { always: { form: 'siwe', expiresAt: '2026-11-23T12:15:00.000Z' } } } satisfies Script
const diem: Partial<OnboardingInput> = { request: request({ fund: { way: 'diem', amount: '100000000000000000' } }) }
const x402: Partial<OnboardingInput> = { request: request({ fund: { way: 'x402', amount: '5000000' } }) }
const missing: Script = { watchTransactions: [(input) => watched(input, { fates: { stake: 'missing' } })] }
const stuck: Script = {
  watchTransactions: [
    (input) =>
      watched(input, {
        fates: { approve: 'pending', stake: 'pending' },
        problem: failure(new TransactionStuckError(hashOf('approve', 7), 5)),
      }),
  ],
}
const superseded: Script = {
  watchTransactions: [
    (input) =>
      watched(input, {
        fates: { stake: 'superseded' },
        problem: failure(new TransactionSupersededError(hashOf('stake', 8), 8)),
      }),
  ],
}
const reverted: Script = {
  watchTransactions: [
    (input) =>
      watched(input, {
        fates: { stake: 'reverted' },
        problem: failure(new TransactionRevertedError('stake', hashOf('stake', 8))),
      }),
  ],
}

/**
 * Runs, named after the state in which they end or after their special case. Together they rest in every
 * state of the machine in which a run can rest.
 */
const STORIES: Readonly<Record<string, readonly Life[]>> = {
  'check-balance-read': [{ until: 'checkBalance.read' }],
  'check-balance-await-funds': [
    { script: { readWalletState: [poor] }, input: later, until: 'checkBalance.awaitFunds' },
  ],
  'check-balance-wait': [{ script: { readWalletState: [rpcDown] }, until: 'checkBalance.wait' }],
  'approve-prepare': [{ until: 'approve.prepare' }],
  'approve-broadcast': [{ until: 'approve.broadcast' }],
  'approve-wait': [{ script: { broadcast: [rpcDown] }, until: 'approve.wait' }],
  'stake-prepare': [{ script: allowed, until: 'stake.prepare' }],
  'stake-broadcast': [{ until: 'stake.broadcast' }],
  'stake-wait': [{ script: { broadcast: [{ hashes: [hashOf('approve', 7)] }, rpcDown] }, until: 'stake.wait' }],
  'await-confirmation-watch': [{ until: 'awaitConfirmation.watch' }],
  'await-confirmation-replace': [{ script: stuck, until: 'awaitConfirmation.replace' }],
  'await-confirmation-rebroadcast-raised': [{ script: stuck, until: 'awaitConfirmation.rebroadcast' }],
  'await-confirmation-rebroadcast': [{ script: missing, until: 'awaitConfirmation.rebroadcast' }],
  'await-confirmation-wait': [{ script: { watchTransactions: [rpcDown] }, until: 'awaitConfirmation.wait' }],
  'fetch-token-fetch': [{ until: 'fetchToken.fetch' }],
  'fetch-token-wait': [{ script: { fetchChallenge: [unavailable] }, until: 'fetchToken.wait' }],
  'sign-sign': [{ until: 'sign.sign' }],
  'sign-wait': [{ script: { signChallenge: [locked] }, until: 'sign.wait' }],
  'mint-open': [{ until: 'mint.open' }],
  'mint-post': [{ until: 'mint.post' }],
  'mint-wait': [{ script: { mintKey: [new venice.RateLimitedError({ retryAfterMs: 42_000 })] }, until: 'mint.wait' }],
  'mint-settle': [{ script: { ...siwe, mintKey: [lost] }, until: 'mint.settle' }],
  'mint-recover': [{ script: { mintKey: [lost] }, until: 'mint.recover' }],
  'mint-store': [{ script: { mintKey: [full] }, until: 'mint.store' }],
  'mint-store-later': [{ script: { mintKey: [full], storeKey: [full] }, until: 'mint.storeLater' }],
  'funding-check-ask': [{ until: 'fundingCheck.ask' }],
  'funding-check-await-credit': [
    { script: { checkFunding: [poorKey] }, input: later, until: 'fundingCheck.awaitCredit' },
  ],
  'funding-check-prove': [{ input: { mustProve: true }, until: 'fundingCheck.prove' }],
  'funding-check-prove-later': [
    { script: { proveFunding: [unavailable] }, input: { mustProve: true }, until: 'fundingCheck.proveLater' },
  ],
  proven: [{ input: { mustProve: true } }],
  'funding-check-wait': [{ script: { checkFunding: [unavailable] }, until: 'fundingCheck.wait' }],
  'mint-diem-draft': [{ input: diem, until: 'mintDiem.draft' }],
  'mint-diem-prepare': [{ input: diem, until: 'mintDiem.prepare' }],
  'mint-diem-broadcast': [{ input: diem, until: 'mintDiem.broadcast' }],
  'mint-diem-await-funds': [
    { script: { draftDiem: [poor] }, input: { ...diem, ...later }, until: 'mintDiem.awaitFunds' },
  ],
  'mint-diem-wait': [{ script: { draftDiem: [rpcDown] }, input: diem, until: 'mintDiem.wait' }],
  'mint-diem-prepare-after-the-lock': [
    {
      script: { draftDiem: [walletState({ drafts: [draft('mintDiem', 9)] })] },
      input: diem,
      until: 'mintDiem.broadcast',
    },
    { input: diem, until: 'mintDiem.prepare' },
  ],
  'funded-by-diem': [{ input: diem }],
  'top-up-offer': [{ input: x402, until: 'topUp.offer' }],
  'top-up-await-funds': [
    {
      script: { offerPayment: [new InsufficientUsdcError({ address: ADDRESS, has: 0n, needs: 5_000_000n })] },
      input: { ...x402, ...later },
      until: 'topUp.awaitFunds',
    },
  ],
  'top-up-post': [{ input: x402, until: 'topUp.post' }],
  'top-up-find': [{ input: x402, until: 'topUp.find' }],
  'top-up-wait': [{ script: { postPayment: [new PaymentOutcomeUnknownError()] }, input: x402, until: 'topUp.wait' }],
  'top-up-ask': [{ input: x402, until: 'topUp.ask' }],
  'top-up-ask-later': [{ script: { checkCredit: [unavailable] }, input: x402, until: 'topUp.askLater' }],
  'top-up-prove': [{ input: { ...x402, mustProve: true }, until: 'topUp.prove' }],
  'top-up-prove-later': [
    { script: { proveCredit: [unavailable] }, input: { ...x402, mustProve: true }, until: 'topUp.proveLater' },
  ],
  'funded-by-x402': [{ input: { ...x402, mustProve: true } }],
  'failed-payments-not-taken': [
    { script: { findPayment: { always: { payment: payment({ status: 'void' }) } } }, input: x402 },
  ],
  funded: [{}],
  unfunded: [{ script: { checkFunding: [funding({ spendable: false, reason: 'No balance.', tier: 'explorer' })] } }],

  'funded-after-a-lost-mint': [{ script: { mintKey: [lost] } }],
  'funded-after-a-key-found-in-the-sink': [
    { until: 'mint.post' },
    { script: { mintKey: [new ChallengeLostError()], recoverKey: [{ key: keyRef({ id: null }) }] } },
  ],
  'unfunded-because-nobody-could-say': [{ script: { checkFunding: { always: unavailable } } }],
  'failed-rpc-down': [{ script: { readWalletState: { always: rpcDown } } }],
  'failed-by-budget': [
    {
      script: {
        signTransactions: [new BudgetExceededError({ cap: setting('maxVvv'), limit: '0.5 VVV', needed: '1 VVV' })],
      },
    },
  ],
  'failed-unsent': [{ script: { broadcast: { always: rpcDown } } }],
  'failed-while-sent': [{ script: { watchTransactions: { always: rpcDown } } }],
  'failed-reverted': [{ script: reverted }],
  'failed-too-many-keys': [{ script: { mintKey: [new venice.TooManyKeysError()] } }],
  'failed-stake-not-seen': [{ script: { mintKey: { always: new venice.NoStakedVvvError() } } }],
  'failed-mints-lost': [{ script: { mintKey: { always: lost } } }],
  'failed-key-not-stored': [{ script: { mintKey: [full], storeKey: { always: full } } }],
  'stake-prepare-after-a-superseded-one': [{ script: superseded, until: 'stake.prepare' }],
  'pass-2-await-confirmation-watch': [
    { script: { watchTransactions: { always: rpcDown } } },
    { until: 'awaitConfirmation.watch' },
  ],
  'pass-2-mint-post': [{ script: { mintKey: [new venice.TooManyKeysError()] } }, { until: 'mint.post' }],
  'pass-2-mint-recover-one-lost': [
    { script: { mintKey: [lost, new venice.TooManyKeysError()] } },
    { script: { mintKey: [lost] }, until: 'mint.recover' },
  ],
  'pass-3-funded': [
    { script: { fetchChallenge: { always: unavailable } } },
    { script: { mintKey: [new venice.TooManyKeysError()] } },
    {},
  ],
}

/** The records of today's machine: sealed text by story name, and the states in which no story rests. */
export async function recordsOfToday(): Promise<{ texts: Map<string, string>; unseen: string[] }> {
  const texts = new Map<string, string>()
  const seen = new Set<string>()
  for (const [name, lives] of Object.entries(STORIES)) {
    const { text, state } = await diskAfter(lives)
    texts.set(name, text)
    seen.add(state)
  }
  return { texts, unseen: restingStates().filter((state) => !seen.has(state)) }
}

/** Dotted paths of the states in which a record can be left: those that wait for an effect, and the ends. */
const restingStates = (): string[] =>
  graphOf(onboardingMachine).states.flatMap(({ path, type, invokes }) =>
    type === 'final' || invokes.length > 0 ? path : [],
  )

/** The file after `lives`: the text that was sealed last. Deterministic. */
export async function diskAfter(lives: readonly Life[]): Promise<{ text: string; state: string }> {
  const clock = fakeClock()
  let disk: string | null = null
  let state = ''
  for (const life of lives) {
    const host = await live(clock, disk, life)
    disk = host.disk
    state = host.state
  }
  if (disk === null) throw new Error('No process recorded anything.')
  return { text: disk, state }
}

async function live(clock: FakeClock, disk: string | null, { script = {}, input = {}, until }: Life) {
  const host = memoryHost({ clock, disk })
  const { effects } = scriptedEffects({ script, clock })
  let state = ''
  const save: typeof host.save = async (envelope) => {
    await host.save(envelope)
    state = statePath(envelope.snapshot.value)
    if (state === until) throw new Crash(`in ${state}`)
  }
  const killed = await driveOn({ ...host, disk, save }, effects, { input }).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Crash) return true
      throw error
    },
  )
  if (killed !== (until !== undefined)) throw new Error(`The run does not come to ${until}; it ended in ${state}.`)
  return { disk: host.disk, state }
}
