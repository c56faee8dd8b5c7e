import type { Attempt, ChainReport } from '../src/domain/attempt.ts'
import type { Failure } from '../src/errors/failure.ts'

export interface In<Context> {
  context: Context
}

export interface Of<Output> {
  event: { output: Output }
}

/** Counts one turn of the loop `name`; a guard bounds it. */
export const counting = <Name extends string>(name: Name) => ({ type: 'count', params: { name } }) as const

/**
 * The part of a chart that signs, sends and watches transactions, and the transitions that it shares with other states.
 * Each state that may fail needs a sibling `wait`, and the chart needs a final state `failed`. Its setup must hold the
 * guards of `transaction-setup` and the actions named here.
 *
 * @param machine - id of the machine.
 * @param plan - path of the state that reads the chain and makes a plan.
 */
export function transactionStates<const Machine extends string, const Plan extends string>(
  machine: Machine,
  plan: Plan,
) {
  const failed = `#${machine}.failed` as const
  const planning = `#${machine}.${plan}` as const
  const awaitConfirmation = `#${machine}.awaitConfirmation` as const

  /** Waits until the absolute time in context, then enters `target`. */
  const wait = (target: string, why: string) =>
    ({
      description: why,
      meta: { awaits: 'clock' },
      invoke: {
        src: 'sleepUntil',
        id: 'sleepUntil',
        input: ({ context }: In<{ wakeAt: string | null }>) => ({ until: context.wakeAt ?? new Date(0).toISOString() }),
        onDone: { target },
        onError: { target: failed, actions: 'noteFailure' },
      },
    }) as const

  /** The same, for a wallet that lacks funds. */
  const awaitFunds = (target: string, why: string) => ({ ...wait(target, why), meta: { awaits: 'funds' } }) as const

  const retryLater = { guard: 'isTransient', target: 'wait', actions: 'scheduleRetry' } as const
  const awaitFundsLater = { guard: 'mayAwaitFunds', target: 'wait', actions: 'scheduleFundsCheck' } as const
  const replan = { guard: 'mayReplan', target: planning, actions: ['noteFailure', counting('replans')] } as const
  const fail = { target: failed, actions: 'noteFailure' } as const

  const replanOrFail = [replan, fail] as const
  const retryReplanOrFail = [retryLater, awaitFundsLater, ...replanOrFail] as const

  /** The fees are now too low: the transaction is signed again with the same nonce and current fees, and recorded. */
  const replaceUnderNonce = {
    guard: 'mayReplace',
    target: `${awaitConfirmation}.replace`,
    actions: ['noteFailure', counting('replacements')],
  } as const

  /** No node accepts it at its fees now. The base fee may fall while the watch still waits. */
  const watchForLowerBaseFee = {
    guard: { type: 'failedWith', params: { code: 'chain/fee-too-low' } },
    target: `${awaitConfirmation}.watch`,
    actions: 'noteFailure',
  } as const

  const recordBroadcast = {
    type: 'recordBroadcast',
    params: <Output>({ event }: Of<Output>) => event.output,
  } as const
  const recordAttempts = {
    type: 'recordAttempts',
    params: ({ event }: Of<readonly Attempt[]>) => ({ attempts: event.output }),
  } as const
  const recordReport = {
    type: 'recordReport',
    params: ({ event }: Of<{ report: ChainReport; problem: Failure | null }>) => event.output,
  } as const

  /** Sends the signed and recorded attempts that `guard` finds before it goes to `target`. */
  const resend = <const Guard extends string, const Target extends string>(guard: Guard, target: Target) =>
    ({
      description: 'A transaction that is signed and recorded is sent again, never signed again.',
      always: [{ guard, target: 'broadcast' }, { target }],
    }) as const

  /** Signs the drafts, and enters `onDone` with them recorded. Nothing is sent. */
  const sign = <Context, Input>(description: string, input: (context: Context) => Input, onDone: string) =>
    ({
      description,
      meta: { awaits: 'signer' },
      invoke: {
        src: 'signTransactions',
        id: 'signTransactions',
        input: ({ context }: In<Context>) => input(context),
        onDone: { target: onDone, actions: ['noteProgress', recordAttempts] },
        onError: retryReplanOrFail,
      },
    }) as const

  /**
   * Sends the recorded attempts, then takes the first matching transition of `instead`, or enters `awaitConfirmation`.
   */
  const send = <Context, Input, const Instead extends readonly object[] = []>(
    description: string,
    input: (context: Context) => Input,
    ...instead: Instead
  ) =>
    ({
      description,
      meta: { awaits: 'rpc' },
      invoke: {
        src: 'broadcast',
        id: 'broadcast',
        input: ({ context }: In<Context>) => input(context),
        onDone: [...instead, { target: awaitConfirmation, actions: ['noteProgress', recordBroadcast] }],
        onError: [watchForLowerBaseFee, ...retryReplanOrFail],
      },
    }) as const

  /**
   * Watches the sent attempts until they are decided, and sends again or replaces those that are stuck.
   *
   * @param inputs - of the three effects, from the context.
   * @param onSettled - transitions when nothing is wrong, tried in order before watching continues.
   */
  const confirmation = <Context, Watch, Send, Replace, const Settled extends readonly object[]>(
    inputs: {
      watch: (context: Context) => Watch
      rebroadcast: (context: Context) => Send
      replace: (context: Context) => Replace
    },
    onSettled: Settled,
  ) =>
    ({
      watch: {
        description: 'Look once a block, until something about a transaction is decided.',
        meta: { awaits: 'block' },
        invoke: {
          src: 'watchTransactions',
          id: 'watchTransactions',
          input: ({ context }: In<Context>) => inputs.watch(context),
          onDone: { target: 'judge', actions: ['noteProgress', recordReport] },
          onError: retryReplanOrFail,
        },
      },
      judge: {
        description: 'Decide by what was seen.',
        always: [
          replaceUnderNonce,
          { guard: 'mayReplan', target: planning, actions: counting('replans') },
          { guard: 'mayRebroadcast', target: 'rebroadcast', actions: counting('rebroadcasts') },
          { guard: 'hasProblem', target: failed },
          ...onSettled,
          { guard: 'hasOpenAttempts', target: 'watch' },
          { guard: 'mayPollAgain', target: planning, actions: counting('replans') },
          { target: failed, actions: 'noteNotStaked' },
        ],
      },
      rebroadcast: {
        description: 'Hand out what is recorded and no node knows: the same bytes again, or what replaces them.',
        meta: { awaits: 'rpc' },
        invoke: {
          src: 'broadcast',
          id: 'broadcast',
          input: ({ context }: In<Context>) => inputs.rebroadcast(context),
          onDone: { target: 'watch', actions: ['noteProgress', recordBroadcast] },
          // The watch finds out which transaction used the nonce.
          onError: [{ guard: 'isOutdated', target: 'watch' }, watchForLowerBaseFee, retryLater, awaitFundsLater, fail],
        },
      },
      replace: {
        description: 'Sign again what cannot be mined, under its nonce at higher fees; fill a nonce that nobody uses.',
        meta: { awaits: 'signer' },
        invoke: {
          src: 'replaceTransactions',
          id: 'replaceTransactions',
          input: ({ context }: In<Context>) => inputs.replace(context),
          onDone: { target: 'rebroadcast', actions: ['noteProgress', recordAttempts] },
          onError: [{ guard: 'mayStillBeMined', target: 'watch', actions: 'noteFailure' }, ...retryReplanOrFail],
        },
      },
      wait: wait('watch', 'The RPC failed for the moment; back off.'),
    }) as const

  return {
    wait,
    awaitFunds,
    retryLater,
    replanOrFail,
    retryReplanOrFail,
    recordBroadcast,
    resend,
    sign,
    send,
    confirmation,
  }
}
