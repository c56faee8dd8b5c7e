import type { GraphEdge, GraphState, MachineGraph } from './graph.ts'

export interface ScxmlOptions {
  /** Paths of the states that were visited. */
  path?: readonly string[]
  /** Path of the state the machine is in. */
  current?: string
}

/** Namespace of what SCXML has no word for: descriptions, meta, and the path of a run. */
const OURS = 'urn:venice-onboard:chart'

/**
 * Writes `graph` as State Chart XML. Guards and actions are in it by name, as `cond` and in a comment of their own
 * namespace: what they do is code. Eventless transitions have no `event`, as SCXML wants it.
 *
 * @see https://www.w3.org/TR/scxml/
 */
export function toScxml(graph: MachineGraph, { path = [], current }: ScxmlOptions = {}): string {
  const marks = { visited: new Set(path), current }
  const head = {
    xmlns: 'http://www.w3.org/2005/07/scxml',
    'xmlns:chart': OURS,
    version: '1.0',
    name: nmtoken(graph.id),
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<scxml${attributes({ ...head, initial: graph.initial === null ? undefined : idOf(graph.initial) })}>`,
    ...transitions(graph, ''),
    ...children(graph, null, marks),
    '</scxml>',
    '',
  ].join('\n')
}

interface Marks {
  visited: ReadonlySet<string>
  current: string | undefined
}

const ELEMENTS: Readonly<Record<string, string>> = { final: 'final', parallel: 'parallel', history: 'history' }

function children(graph: MachineGraph, parent: string | null, marks: Marks): string[] {
  return graph.states.filter((state) => state.parent === parent).flatMap((state) => element(graph, state, marks))
}

function element(graph: MachineGraph, state: GraphState, marks: Marks): string[] {
  const { path, type, description, meta, invokes, initial } = state
  const name = ELEMENTS[type] ?? 'state'
  const inner = [
    ...invokes.map((src) => `<invoke${attributes({ type: 'xstate', src })}/>`),
    ...transitions(graph, path),
    ...children(graph, path, marks),
  ]
  const head = attributes({
    id: idOf(path),
    initial: initial === null ? undefined : idOf(initial),
    'chart:description': description ?? undefined,
    'chart:irreversible': typeof meta.irreversible === 'string' ? meta.irreversible : undefined,
    'chart:visited': marks.visited.has(path) ? 'true' : undefined,
    'chart:current': marks.current === path ? 'true' : undefined,
  })
  return inner.length === 0
    ? [`  <${name}${head}/>`]
    : [`  <${name}${head}>`, ...inner.map((line) => `  ${line}`), `  </${name}>`]
}

const transitions = (graph: MachineGraph, from: string): string[] =>
  graph.edges.filter((edge) => edge.from === from).map((edge) => `  ${transition(edge)}`)

const transition = ({ event, guard, to, actions }: GraphEdge): string =>
  `<transition${attributes({
    event: event === '' ? undefined : eventOf(event),
    cond: guard ?? undefined,
    target: to === '' ? undefined : idOf(to),
    'chart:actions': actions.length === 0 ? undefined : actions.join(' '),
  })}/>`

/** SCXML names what an invoked service answers `done.invoke`, and an error `error.execution`. */
function eventOf(event: string): string {
  if (event === 'done') return 'done.invoke'
  return event === 'error' ? 'error.execution' : nmtoken(event)
}

const idOf = (path: string): string => nmtoken(path)

/** Ids and events are names: letters, digits, dots and underscores, not beginning with a digit. */
const nmtoken = (text: string): string =>
  text === '*' ? '*' : text.replace(/[^\w.-]/g, '_').replace(/^(?=[\d.-])/, '_')

const attributes = (values: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${escaped(value)}"`]))
    .join('')

/** Also control characters: XML 1.0 cannot hold them at all. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, ' ')
