import type { AnyStateMachine } from 'xstate'
import type { OnboardingContext, OnboardingInput } from '../../machines/onboarding/context.ts'
import type { EffectContract } from '../../machines/onboarding/effects.ts'
import type { Address } from '../domain/addresses.ts'
import type { Failure } from '../errors/failure.ts'
import type { EffectIo } from './effects/io.ts'
import type { Migration } from './migrations.ts'
import type { Shape } from './shape.ts'
import type { RunView } from './view.ts'

/** Whose run it is, and which. */
interface Request {
  runId: string
  chainId: number
  address: Address
}

/** What the driver must know of a machine's types. All of it is plain JSON without secrets. */
export interface Kind {
  /** `record` is what must never be forgotten; a new pass starts from it. */
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

/** A machine, and how the driver deals with its runs. */
export interface Definition<K extends Kind> {
  /** Its states invoke at most one effect each, and every effect rejects with a `Failure`. */
  readonly machine: AnyStateMachine
  /** Rises with every change of the machine that an older record must know of. */
  readonly version: number
  /** From every format that was ever written to the one of today. */
  readonly migrations: readonly Migration[]
  /** What a stored context must look like to be one. */
  readonly context: Shape
  view(context: K['context'], value: unknown): K['view']
  /** The context of a run that a process resumes: some options belong to the process, not to the run. */
  asAskedNow(context: K['context'], input: K['input']): K['context']
}

export type NameOf<K extends Kind> = keyof K['effects'] & string

type Contract = { input: unknown; output: unknown }

/** The effects of a machine, as functions. */
export type EffectsOf<K extends Kind> = {
  readonly [Name in NameOf<K>]: K['effects'][Name] extends Contract
    ? (input: K['effects'][Name]['input'], io: EffectIo) => Promise<K['effects'][Name]['output']>
    : never
}

/** The effect a state waits for. Its input is kept as it was, so that a resumed effect runs on the same one. */
export interface DueEffect<K extends Kind = Onboarding> {
  id: string
  src: NameOf<K>
  input: unknown
}

/** XState's snapshot, without the actors: what is running is `due`, and nothing else ever runs. */
export interface StoredSnapshot<K extends Kind = Onboarding> {
  status: 'active' | 'done'
  value: unknown
  context: K['context']
}

/** A run as it is on disk: XState's snapshot, what is due, and all that is needed to trust them. */
export interface Envelope<K extends Kind = Onboarding> {
  format: number
  machine: { id: string; version: number; definition: string }
  runId: string
  chainId: number
  address: string
  /** Rises by one with every save of the run, passes included. */
  revision: number
  /** How often the run was started again from its record. */
  pass: number
  /** ISO 8601. */
  writtenAt: string
  snapshot: StoredSnapshot<K>
  due: DueEffect<K> | null
}
