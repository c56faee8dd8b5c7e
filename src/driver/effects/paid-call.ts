import { inDollars } from '../../domain/amounts.ts'
import type { ModelPrivacy } from '../../domain/key.ts'
import { setting } from '../../domain/next-action.ts'
import { cheapestModels, MOST_FOR_PROOF, mostForProof, type TextModel, type TokenUsage } from '../../domain/proof.ts'
import { BudgetExceededError } from '../../errors/policy.ts'
import {
  AuthenticationFailedError,
  ForbiddenError,
  NoModelAnsweredError,
  NotFoundError,
  UnexpectedShapeError,
  VeniceError,
} from '../../errors/venice/all.ts'
import type { Venice } from '../../ports/venice.ts'
import type { EffectSettings } from './io.ts'

/** The most models that are tried for one paid test call. A refused call costs nothing. */
const MOST_MODELS = 5
/** Statuses with which a model reports its own limits, e.g. that it only streams. */
const OF_THE_REQUEST: ReadonlySet<number> = new Set([400, 404, 405, 415, 422])

interface PaidCall {
  privacy: ModelPrivacy
  /** The number of calls for this proof, with this one. Each may have cost as much. */
  calls: number
  /** Models that refused in earlier processes of the run. They are tried again only if no other is left. */
  avoid: readonly string[]
  call: (model: string) => Promise<TokenUsage>
  /** Whether Venice accepts the credential elsewhere. If so, a 401 is about the model. */
  isCredentialTaken: () => Promise<boolean>
}

/**
 * Makes the smallest paid call with the cheapest model that accepts it. Models that refuse are skipped from then on,
 * unless all have refused: a model may accept tomorrow what it refuses today. It ends with the first answer, or the
 * first failure that may have cost something.
 *
 * @throws {BudgetExceededError} {UnexpectedShapeError} {NoModelAnsweredError}, and the error with which Venice refuses
 * the credential
 */
export function createPaidCall(venice: Pick<Venice, 'textModels'>, settings: Pick<EffectSettings, 'budget'>) {
  const refused = new Set<string>()
  return async ({ privacy, calls, avoid, call, isCredentialTaken }: PaidCall) => {
    const models = cheapestModels(await venice.textModels(), privacy)
    const [cheapest] = models
    if (cheapest === undefined) {
      throw new UnexpectedShapeError({ request: 'GET /models', reason: 'it lists no text model that this key may use' })
    }
    requireDollars(cheapest, calls, settings)
    const payable = models.filter((model) => !isOverCap(model, calls, settings) && !refused.has(model.id))
    const untried = payable.filter(({ id }) => !avoid.includes(id))
    const facts: string[] = []
    for (const model of (untried.length > 0 ? untried : payable).slice(0, MOST_MODELS)) {
      try {
        return { model, usage: await call(model.id) }
      } catch (error) {
        if (!(await isOfModel(error, isCredentialTaken))) throw error
        refused.add(model.id)
        facts.push(`${model.id}: ${(error as VeniceError).facts.join(' ') || (error as VeniceError).message}`)
      }
    }
    const tried = [...refused]
    throw new NoModelAnsweredError({ reason: `tried ${tried.join(', ')}`, facts, models: tried })
  }
}

/** Nothing was charged, and another model may accept the call. */
async function isOfModel(error: unknown, isCredentialTaken: () => Promise<boolean>): Promise<boolean> {
  if (error instanceof AuthenticationFailedError) return isCredentialTaken()
  if (error instanceof NotFoundError || error instanceof ForbiddenError) return true
  return error instanceof VeniceError && !error.mayBeDone && OF_THE_REQUEST.has(error.status ?? 0)
}

/** Venice answers a request with the credential. */
export const isAnswered = (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => true,
    () => false,
  )

const capOf = ({ budget: { maxUsd } }: Pick<EffectSettings, 'budget'>): bigint => maxUsd ?? MOST_FOR_PROOF

const isOverCap = (model: TextModel, calls: number, settings: Pick<EffectSettings, 'budget'>): boolean =>
  mostForProof(model, calls) > capOf(settings)

/** @throws {BudgetExceededError} the proof, with the possible cost of earlier calls, could exceed the budget. */
function requireDollars(model: TextModel, calls: number, settings: Pick<EffectSettings, 'budget'>): void {
  if (!isOverCap(model, calls, settings)) return
  const paid = calls === 1 ? `a call of ${model.id}` : `${calls} calls of ${model.id}, most of them unanswered`
  throw new BudgetExceededError({
    cap: setting('maxUsd'),
    limit: inDollars(capOf(settings)),
    needed: `up to ${inDollars(mostForProof(model, calls))} for ${paid}`,
  })
}
