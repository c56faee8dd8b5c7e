import type { AnyStateMachine } from 'xstate'
import type { OnboardingContext, OnboardingInput } from '../../machines/onboarding/context.ts'
import type { EffectContract } from '../../machines/onboarding/effects.ts'
import type { Address } from '../domain/addresses.ts'
import type { Shape } from '../domain/shape.ts'
import type { Failure } from '../errors/failure.ts'
import type { EffectIo } from './effects/io.ts'
import type { Migration } from './migrations.ts'
import type { RunView } from './view.ts'

/** The wallet and the chain of a run. */
interface Request {
  runId: string
  chainId: number
  address: Address
}

/** What the driver must know of a machine's types. All of it is plain JSON without secrets. */
export interface Kind {
  /** `record` must never be lost; a new pass starts from it. */
  context: { request: Request; record: unknown; failure: Failure | null }
  input: { request: Request }
  /** Input and output of each effect, by its name. */
  effects: object
  /** What may be shown of a context. */
  view: object
}

export interface Onboarding extends Kind {
  context: OnboardingContext
  input: OnboardingInput
  effects: EffectContract
  view: RunView
}

/** What is needed of a machine to open the records of its runs. */
export interface Recorded<K extends Kind> {
  readonly machine: { readonly id: string }
  /** Rises with every change of the machine that affects older records. */
  readonly version: number
  /** From every older format to the current one. */
  readonly migrations: readonly Migration[]
  /** The shape that a stored context must have. */
  readonly context: Shape
  view(context: K['context'], value: unknown): K['view']
  /** The context of a resumed run, with the options that belong to the process and not to the run. */
  asAskedNow(context: K['context'], input: K['input']): K['context']
}

/** A machine, and how the driver deals with its runs. */
export interface Definition<K extends Kind> extends Recorded<K> {
  /** Its states invoke at most one effect each, and every effect rejects with a `Failure`. */
  readonly machine: AnyStateMachine
}

export type NameOf<K extends Kind> = keyof K['effects'] & string

type Contract = { input: unknown; output: unknown }

/** The effects of a machine, as functions. */
export type EffectsOf<K extends Kind> = {
  readonly [Name in NameOf<K>]: K['effects'][Name] extends Contract
    ? (input: K['effects'][Name]['input'], io: EffectIo) => Promise<K['effects'][Name]['output']>
    : never
}

/** The effect that a state waits for. Its input is stored, so that a resumed effect runs on the same input. */
export interface DueEffect<K extends Kind = Onboarding> {
  id: string
  src: NameOf<K>
  input: unknown
}

/** XState's snapshot without the actors: `due` is the only one that runs. */
export interface StoredSnapshot<K extends Kind = Onboarding> {
  status: 'active' | 'done'
  value: unknown
  context: K['context']
}

/** A run as it is on disk: XState's snapshot, the due effect, and what is needed to trust them. */
export interface Envelope<K extends Kind = Onboarding> {
  format: number
  machine: { id: string; version: number; definition: string }
  runId: string
  chainId: number
  address: string
  /** Rises by one with every save of the run, passes included. */
  revision: number
  /** The number of times that the run started again from its record. */
  pass: number
  /** ISO 8601. */
  writtenAt: string
  snapshot: StoredSnapshot<K>
  due: DueEffect<K> | null
}
