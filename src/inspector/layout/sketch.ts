import type { GraphEdge, GraphState, MachineGraph } from '../../diagram/graph.ts'
import {
  isCommon,
  reasonOf,
  type SharedTransitions,
  sharedTransitions,
  stageOf,
} from '../../diagram/shared-transitions.ts'
import { inWords } from '../model/words.ts'
import { type Chip, chipRows, textWidth } from './measure.ts'

/** A machine as a page draws it: an overview of all stages, and the inside of each. Plain JSON. */
export interface SketchedMachine {
  id: string
  states: readonly SketchedState[]
  /** In the order of the machine's graph; arrows name them by index. */
  edges: readonly Pick<GraphEdge, 'from' | 'to' | 'event' | 'guard'>[]
  overview: Sketch
  /** By the path of a top state; without those that have nothing inside. */
  insides: Readonly<Record<string, Sketch>>
}

export interface SketchedState extends Pick<GraphState, 'path' | 'key' | 'parent' | 'initial' | 'description'> {
  isFinal: boolean
  /** What cannot be taken back once this state has done its work. */
  irreversible: string | null
  /** Whom the machine waits for here. */
  awaits: string | null
}

/** Boxes and arrows with their places, in CSS pixels at full size. */
export interface Sketch {
  width: number
  height: number
  boxes: readonly PlacedBox[]
  arrows: readonly PlacedArrow[]
}

export interface Box {
  /** Path of the state; `*` stands for several, the empty path for the machine as a whole. */
  path: string
  parent: string | null
  label: string
  kind: 'state' | 'final' | 'aside' | 'start'
  isIrreversible: boolean
  width: number
  height: number
  /** The states inside, when they are only named and not drawn in full. */
  chips: readonly Chip[]
}

export interface PlacedBox extends Box {
  x: number
  y: number
}

export interface Arrow {
  from: string
  to: string
  /** Empty when it is always taken. */
  label: string
  /** Every reason, when the label names only some. */
  reasons: readonly string[]
  /** Indexes of the transitions it stands for. */
  edges: readonly number[]
}

export interface PlacedArrow extends Arrow {
  points: readonly (readonly [number, number])[]
  /** Middle of the label. */
  at: readonly [number, number] | null
}

/** A sketch before its boxes have places. */
export interface Draft {
  direction: 'DOWN' | 'RIGHT'
  boxes: readonly Box[]
  arrows: readonly Arrow[]
}

export type Engine = (draft: Draft) => Promise<Sketch>

const SEVERAL = '*'
/** Path of the dot where a stage is entered. */
const START = '>'
export const LABEL_SIZE = 12
const TITLE_SIZE = 14
const BOX_HEIGHT = 32
/** Where the inside of a stage is shown on a page of usual width. */
const INSIDE_SIZE = { width: 700, height: 400 }
/** Characters of a label that names all reasons; longer ones would push the boxes apart. */
const LABEL_LENGTH = 24
const TITLE_HEIGHT = 29

/** Draws `graph` with `engine`. */
export async function sketchMachine(graph: MachineGraph, engine: Engine): Promise<SketchedMachine> {
  const common = sharedTransitions(graph)
  const stages = graph.states.filter(({ parent }) => parent === null)
  const insides: Record<string, Sketch> = {}
  for (const { path } of stages) {
    if (graph.states.some(({ parent }) => parent === path))
      insides[path] = await largest(insideOf(graph, path, common), engine)
  }
  return {
    id: graph.id,
    states: graph.states.map(stateOf),
    edges: graph.edges.map(({ from, to, event, guard }) => ({ from, to, event, guard })),
    overview: await engine(overviewOf(graph, common)),
    insides,
  }
}

/** Of both directions the one that can be drawn larger where the inside of a stage is shown. */
async function largest(draft: Omit<Draft, 'direction'>, engine: Engine): Promise<Sketch> {
  const [down, right] = await Promise.all([
    engine({ ...draft, direction: 'DOWN' }),
    engine({ ...draft, direction: 'RIGHT' }),
  ])
  const scale = ({ width, height }: Sketch) => Math.min(INSIDE_SIZE.width / width, INSIDE_SIZE.height / height, 1)
  return scale(right) > scale(down) ? right : down
}

const stateOf = ({ path, key, parent, initial, description, type, meta }: GraphState): SketchedState => ({
  path,
  key,
  parent,
  initial,
  description,
  isFinal: type === 'final',
  irreversible: typeof meta.irreversible === 'string' ? meta.irreversible : null,
  awaits: typeof meta.awaits === 'string' ? meta.awaits : null,
})

function overviewOf(graph: MachineGraph, common: SharedTransitions): Draft {
  const leads = graph.edges.flatMap((edge, index): Lead[] => {
    const [from, to] = [stageOf(edge.from), stageOf(edge.to)]
    const reason = reasonIn(graph, edge)
    if (from === to && edge.from !== edge.to) return []
    if (isShared(common, from, { to, reason }, edge)) return [{ from: SEVERAL, to, reason, index }]
    return from === to ? [] : [{ from, to, reason, index }]
  })
  const boxes = graph.states
    .filter(({ parent }) => parent === null)
    .map((state) =>
      stageBox(
        state,
        graph.states.filter(({ parent }) => parent === state.path),
      ),
    )
  return { direction: 'DOWN', boxes: withStandIns(boxes, leads, 'any stage'), arrows: merged(leads) }
}

function insideOf(graph: MachineGraph, stage: string, common: SharedTransitions): Omit<Draft, 'direction'> {
  const isInside = (path: string) => stageOf(path) === stage && path !== stage
  const leads = graph.edges.flatMap((edge, index): Lead[] => {
    if (stageOf(edge.from) !== stage) return []
    const reason = reasonIn(graph, edge)
    const to = isInside(edge.to) ? edge.to : stageOf(edge.to)
    const isOut = !isInside(edge.to)
    // What the stage itself does, it does in any of its states.
    const isAnywhere = edge.from === stage || (isOut && isShared(common, stage, { to, reason }, edge))
    const from = isAnywhere ? SEVERAL : edge.from
    return [{ from, to, reason, index }]
  })
  const inside = graph.states.filter(({ path }) => isInside(path)).map((state) => boxOf(state, stage))
  const entered = graph.states.find(({ path }) => path === stage)?.initial
  const start: Box[] = entered == null ? [] : [{ ...plainBox(START, '', 'start'), width: 12, height: 12 }]
  const enter: Lead[] = entered == null ? [] : [{ from: START, to: entered, reason: '', index: -1 }]
  const outside = [...new Set(leads.map(({ to }) => to))].filter((path) => !isInside(path))
  const asides = outside.map((path) => plainBox(path, keyOf(graph, path), 'aside'))
  return {
    boxes: withStandIns([...start, ...inside, ...asides], leads, 'any of these'),
    arrows: merged([...enter, ...leads]),
  }
}

/** Exits that most stages share, and waits that fail, which leads where all failures lead. */
const isShared = (
  common: SharedTransitions,
  stage: string,
  exit: { to: string; reason: string },
  { from, to }: GraphEdge,
): boolean =>
  stageOf(from) !== stageOf(to) &&
  (isCommon(common, stage, exit) || isCommon(common, stage, { ...exit, reason: 'else' }))

const reasonIn = (graph: MachineGraph, edge: GraphEdge): string => {
  const reason = reasonOf(edge, graph)
  return reason === '' && !/^(done|error)?$/.test(edge.event) ? edge.event : reason
}

interface Lead {
  from: string
  to: string
  reason: string
  index: number
}

/** One arrow for all that lead from one box to another. */
function merged(leads: readonly Lead[]): Arrow[] {
  const byEnds = new Map<string, Lead[]>()
  for (const lead of leads) {
    const ends = `${lead.from}\n${lead.to}`
    byEnds.set(ends, [...(byEnds.get(ends) ?? []), lead])
  }
  return [...byEnds.values()].map((group) => {
    const [first] = group as [Lead]
    const reasons = [...new Set(group.map(({ reason }) => reason))]
    const others = reasons.filter((reason) => reason !== '' && reason !== 'else').map(inWords)
    const named = others.length > 0 && reasons.includes('else') ? [...others, 'else'] : others
    return {
      from: first.from,
      to: first.to,
      label: labelOf(named, reasons.includes('')),
      reasons: named,
      edges: group.flatMap(({ index }) => (index < 0 ? [] : [index])),
    }
  })
}

/** What is always taken needs no reason; the others are named as far as there is room. */
function labelOf(named: readonly string[], isAlways: boolean): string {
  if (isAlways || named.length === 0) return ''
  const all = named.join(' · ')
  return named.length > 1 && all.length > LABEL_LENGTH ? `${named[0]} + ${named.length - 1} more` : all
}

/** Boxes that stand for several states come before the ends, to which they lead. */
function withStandIns(boxes: readonly Box[], leads: readonly Lead[], several: string): Box[] {
  const uses = (path: string) => leads.some(({ from }) => from === path)
  const isEnd = ({ kind }: Box) => kind === 'final' || kind === 'aside'
  return [
    ...boxes.filter((box) => !isEnd(box)),
    ...(uses(SEVERAL) ? [plainBox(SEVERAL, several, 'aside')] : []),
    ...(uses('') ? [plainBox('', 'anywhere', 'aside')] : []),
    ...boxes.filter(isEnd),
  ]
}

const keyOf = (graph: MachineGraph, path: string): string =>
  graph.states.find((state) => state.path === path)?.key ?? path

const plainBox = (path: string, label: string, kind: Box['kind']): Box => ({
  path,
  parent: null,
  label,
  kind,
  isIrreversible: false,
  width: Math.max(72, textWidth(label, TITLE_SIZE - 2) + 46),
  height: BOX_HEIGHT,
  chips: [],
})

const boxOf = ({ path, key, parent, type, meta }: GraphState, stage: string): Box => ({
  ...plainBox(path, key, type === 'final' ? 'final' : 'state'),
  parent: parent === stage ? null : parent,
  isIrreversible: meta.irreversible !== undefined,
})

function stageBox(state: GraphState, children: readonly GraphState[]): Box {
  const box = boxOf(state, '')
  // Room for the mark that says where the run is, and how it stands.
  const title = textWidth(state.key, TITLE_SIZE) + 64 + (box.isIrreversible ? 84 : 0)
  if (children.length === 0) return { ...box, width: Math.max(130, title) }
  const rows = chipRows(children.map(({ path, key }) => ({ path, label: key })))
  return {
    ...box,
    width: Math.max(title, rows.width),
    height: TITLE_HEIGHT + rows.height,
    chips: rows.chips.map((chip) => ({ ...chip, y: chip.y + TITLE_HEIGHT })),
  }
}
