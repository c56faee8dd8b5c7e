import { describe, expect, it } from 'vitest'
import type { TransitionEvent } from '../../src/driver/events.ts'
import { projectAwaiting, projectStep } from '../../src/inspector/projection.ts'
import { payment as samplePayment } from '../support/samples.ts'
import { historyOf } from './history.ts'

const events = (await historyOf()).filter((event): event is TransitionEvent => event.type === 'transition')
const last = events.at(-1) as TransitionEvent
const project = (event: unknown) => projectStep(event, null)?.step ?? null

describe('the public view of an event', () => {
  it('includes every step of a run, with the knowledge of that time', () => {
    const steps = events.map(project)
    expect(steps.map((step) => step?.to[0])).toEqual(events.map(({ to }) => to))
    expect(steps.at(-1)?.view).toMatchObject({ key: { last6: last.view.key?.last6 }, funding: { spendable: true } })
    expect(steps.at(-1)?.view.transactions).toHaveLength(2)
  })

  it('includes only listed fields: a new field is not shown, however deep', () => {
    const poisoned = JSON.parse(
      JSON.stringify(last, (_, value) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, canary: 'canary-7' } : value,
      ),
    )
    expect(JSON.stringify(project(poisoned))).not.toContain('canary')
  })

  it('contains no text that looks like a secret, even where text belongs', () => {
    const token = `eyJhbGciOiJFUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(40)}`
    const failure = { code: 'x', message: `It said ${token}`, hint: 'VENICE_INFERENCE_KEY_abcdef' }
    const text = JSON.stringify(
      project({ ...last, failure, view: { ...last.view, warnings: [`0x${'cd'.repeat(65)}`] } }),
    )
    expect(text).not.toMatch(/eyJhbG|INFERENCE_KEY|cdcdcd/)
  })

  it('says what the account is, who pays the gas, and whom it stakes for', () => {
    const mintAs = `0x${'a9'.repeat(20)}`
    const operations = { entryPoint: mintAs, version: '0.8', isSponsored: true, isDeployed: false, secret: 'canary-7' }
    const walletState = {
      ...events.find(({ view }) => view.walletState)?.view.walletState,
      account: 'smart',
      operations,
      mintAs,
    }
    const shown = project({ ...last, view: { ...last.view, walletState } })?.view.walletState
    expect(shown).toMatchObject({
      account: 'smart account of EntryPoint 0.8, not deployed yet; a paymaster pays the gas',
      stakesFor: mintAs,
    })
    expect(JSON.stringify(shown)).not.toContain('canary')
  })

  it('contains single lines of bounded length', () => {
    const step = project({
      ...last,
      failure: { code: 'x', message: `a\u0000\u001b[31m\n${'z'.repeat(9_000)}`, hint: '' },
    })
    expect(step?.failure?.message).toMatch(/^a␀␛\[31m z{1,600}…$/u)
  })

  it.each([
    ['a value that is not an object', 'text'],
    ['null', null],
    ['an unknown type', { ...last, type: 'other' }],
    ['a state that is not a path', { ...last, to: '<script>' }],
    ['an endless path', { ...last, to: 'a.'.repeat(5_000) }],
    ['an invalid time', { ...last, at: 'yesterday' }],
    ['a negative revision', { ...last, revision: -1 }],
    ['no view', { ...last, view: undefined }],
  ])('is empty for %s', (_, event) => {
    expect(project(event)).toBeNull()
  })

  it('of a payment shows recipient, amount and settlement, and nothing of its signature', () => {
    const { from, asset, chainId, toward, validAfter, validBefore, ...payment } = samplePayment({ status: 'settled' })
    const signed = {
      ...payment,
      from,
      asset,
      chainId,
      toward,
      validAfter,
      validBefore,
      signature: `0x${'cd'.repeat(65)}`,
    }
    const wallet = { balanceUsd: 5, canConsume: true, checkedAt: last.at, reason: null, proof: null, header: 'canary' }
    const view = { ...last.view, payments: [signed, { ...signed, to: 'javascript:alert(1)' }] }
    const step = project({ ...last, view: { ...view, funding: { ...last.view.funding, wallet } } })
    expect(step?.view.payments).toEqual([payment])
    expect(step?.view.funding?.wallet).toEqual({ balanceUsd: 5, canConsume: true, checkedAt: last.at })
    expect(JSON.stringify(step)).not.toMatch(/cdcd|canary/)
  })

  it('omits an invalid part, and keeps the rest', () => {
    const [transaction] = last.view.transactions
    const view = {
      ...last.view,
      key: { last6: '<b>' },
      transactions: [{ ...transaction, hash: 'javascript:alert(1)' }, transaction],
    }
    const step = project({ ...last, view })
    expect(step?.view.key).toBeNull()
    expect(step?.view.transactions).toHaveLength(1)
    expect(step?.view.funding).not.toBeNull()
  })

  it('of a resuming process is a step that changes nothing', () => {
    const before = project(last)
    const event = {
      type: 'resumed',
      at: last.at,
      runId: last.runId,
      revision: last.revision,
      state: last.to,
      since: last.at,
    }
    const resumed = projectStep(event, before)
    expect(resumed?.step).toMatchObject({ kind: 'resumed', to: before?.to, view: before?.view })
  })
})

it('a wait is shown without other fields', () => {
  const event = { type: 'progress', at: last.at, effect: 'mintKey', awaits: 'venice', apiKey: 'canary' }
  expect(projectAwaiting(event)).toEqual({ at: last.at, effect: 'mintKey', awaits: 'venice', block: null, until: null })
})
