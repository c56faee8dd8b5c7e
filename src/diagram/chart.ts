import type { GraphEdge, GraphState, MachineGraph } from './graph.ts'
import { type Exit, isCommon, reasonOf, sharedTransitions, stageOf, transitionsOf } from './shared-transitions.ts'

/** What a diagram draws: boxes, boxes in boxes, and arrows between them. */
export interface Chart {
  boxes: readonly Box[]
  arrows: readonly Arrow[]
  /** Path of the box that is entered first. */
  initial: string | null
}

export interface Box {
  /** Path of the state it stands for; see `standIn` for those that stand for more. */
  path: string
  label: string
  parent: string | null
  /** Path of the box inside that is entered first. */
  initial: string | null
  isFinal: boolean
  isParallel: boolean
  isIrreversible: boolean
  /** Drawn only because arrows lead there or come from there. */
  isAside: boolean
}

export interface Arrow {
  from: string
  to: string
  /** One for each transition it stands for. */
  labels: readonly string[]
}

/** stages: the states at the top. full: everything. inside: one of those at the top, and where it leads to. */
export type Detail = 'stages' | 'full' | { inside: string }

const SEVERAL = '*'

/** Decides what is drawn. Exits that most stages share start at one box that stands for all of these. */
export function chartOf(graph: MachineGraph, detail: Detail): Chart {
  if (detail === 'stages') return stagesChart(graph)
  return detail === 'full' ? fullChart(graph) : insideChart(graph, detail.inside)
}

function stagesChart(graph: MachineGraph): Chart {
  const common = sharedTransitions(graph)
  const own = transitionsOf(graph).filter((way) => !isCommon(common, way.from, way))
  const arrows = merged([
    ...own.map(({ from, to, reason }) => ({ from, to: to ?? from, label: reason })),
    ...severalArrows(common.exits),
  ])
  const always = (arrow: Arrow) =>
    own.some(({ from, to, reason }) => from === arrow.from && to === arrow.to && reason === '')
  const top = graph.states.filter(({ parent }) => parent === null)
  return {
    boxes: [...top.map(boxOf).map(closed), ...standIns(graph, common.name, common.exits)],
    arrows: arrows.map((arrow) => ({ ...arrow, labels: always(arrow) ? [] : abridged(arrow.labels) })),
    initial: graph.initial,
  }
}

function fullChart(graph: MachineGraph): Chart {
  const common = sharedTransitions(graph)
  const own = graph.edges.filter(
    (edge) => !isCommon(common, stageOf(edge.from), { to: edge.to, reason: reasonOf(edge, graph) }),
  )
  const exits = common.exits.filter(({ to }) => to !== null)
  return {
    boxes: [...graph.states.map(boxOf), ...standIns(graph, common.name, exits)],
    arrows: merged([...own.map((edge) => labelled(edge, graph)), ...severalArrows(exits)]),
    initial: graph.initial,
  }
}

function insideChart(graph: MachineGraph, inside: string): Chart {
  const isInside = (path: string) => stageOf(path) === inside
  const edges = graph.edges
    .filter(({ from }) => isInside(from))
    .map((edge) => labelled(edge, graph))
    .map((arrow) => (isInside(arrow.to) ? arrow : { ...arrow, to: stageOf(arrow.to) }))
  const asides = graph.states.filter(({ path }) => !isInside(path) && edges.some(({ to }) => to === path))
  return {
    boxes: [
      ...graph.states.filter(({ path }) => isInside(path)).map(boxOf),
      ...asides.map(boxOf).map((box) => ({ ...closed(box), isAside: true })),
    ],
    arrows: merged(edges),
    initial: inside,
  }
}

const boxOf = ({ path, key, parent, initial, type, meta }: GraphState): Box => ({
  path,
  label: key,
  parent,
  initial,
  isFinal: type === 'final',
  isParallel: type === 'parallel',
  isIrreversible: meta.irreversible !== undefined,
  isAside: false,
})

const closed = (box: Box): Box => ({ ...box, initial: null })

/** Stands for what is no single state: `*` for those that share an exit, the empty path for the machine as a whole. */
const standIn = (path: string, label: string): Box => ({
  path,
  label,
  parent: null,
  initial: null,
  isFinal: false,
  isParallel: false,
  isIrreversible: false,
  isAside: true,
})

const standIns = (graph: MachineGraph, name: string, exits: readonly Exit[]): Box[] => [
  ...(graph.edges.some(({ from }) => from === '') ? [standIn('', 'anywhere')] : []),
  ...(exits.length > 0 ? [standIn(SEVERAL, name)] : []),
]

const severalArrows = (exits: readonly Exit[]): LabelledArrow[] =>
  exits.map(({ to, reason }) => ({ from: SEVERAL, to: to ?? SEVERAL, label: reason }))

interface LabelledArrow {
  from: string
  to: string
  label: string
}

function labelled(edge: GraphEdge, graph: MachineGraph): LabelledArrow {
  const reason = reasonOf(edge, graph)
  const parts = [edge.event, reason === '' ? '' : `[${reason}]`]
  return { from: edge.from, to: endOf(edge, graph), label: parts.filter((part) => part !== '').join(' ') }
}

/** An arrow from within a box to that box is hard to see: it ends where the box is entered. */
function endOf({ from, to }: GraphEdge, graph: MachineGraph): string {
  const initial = graph.states.find(({ path }) => path === to)?.initial
  return from.startsWith(`${to}.`) && typeof initial === 'string' ? initial : to
}

/** One arrow for all that lead from one box to another. */
function merged(arrows: readonly LabelledArrow[]): Arrow[] {
  const byEnds = new Map<string, Arrow>()
  for (const { from, to, label } of arrows) {
    const ends = `${from} ${to}`
    const labels = byEnds.get(ends)?.labels ?? []
    byEnds.set(ends, { from, to, labels: label === '' || labels.includes(label) ? labels : [...labels, label] })
  }
  return [...byEnds.values()]
}

const abridged = (labels: readonly string[]): readonly string[] =>
  labels.length > 2 ? [`${labels[0]} + ${labels.length - 1} more`] : labels
