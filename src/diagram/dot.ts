import { type Arrow, type Box, type Chart, chartOf, type Detail } from './chart.ts'
import type { MachineGraph } from './graph.ts'
import { shownBoxes } from './mermaid.ts'

export interface DotOptions {
  detail: Detail
  /** Paths of the states that were visited. */
  path?: readonly string[]
  /** Path of the state the machine is in. */
  current?: string
}

/**
 * Draws `graph` in the language of Graphviz. States with states inside are clusters; an arrow to such a state ends at its
 * border.
 */
export function toDot(graph: MachineGraph, { detail, path = [], current }: DotOptions): string {
  const chart = chartOf(graph, detail)
  const marks: Marks = {
    visited: new Set(shownBoxes(chart, path)),
    current: new Set(shownBoxes(chart, current === undefined ? [] : [current])),
  }
  const initial =
    chart.initial === null
      ? []
      : [START, `__start -> ${quoted(anchorOf(chart, chart.initial))}${clip(chart, '', chart.initial)}`]
  return [
    `digraph ${quoted(graph.id)} {`,
    '  compound=true',
    '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"]',
    '  edge [fontname="sans-serif", fontsize=10]',
    ...[...initial, ...boxLines(chart, null, marks), ...chart.arrows.map((arrow) => arrowLine(chart, arrow))].map(
      (line) => `  ${line}`,
    ),
    '}',
  ].join('\n')
}

const START = '__start [shape=point, label=""]'

interface Marks {
  visited: ReadonlySet<string>
  current: ReadonlySet<string>
}

function boxLines(chart: Chart, parent: string | null, marks: Marks): string[] {
  return chart.boxes
    .filter((box) => box.parent === parent)
    .flatMap((box) => {
      const inner = boxLines(chart, box.path, marks)
      if (inner.length === 0) return [`${quoted(box.path)} [${attributes(box, marks).join(', ')}]`]
      const head = attributes(box, marks).map((attribute) => `  ${attribute}`)
      return [`subgraph ${quoted(clusterOf(box.path))} {`, ...head, ...inner.map((line) => `  ${line}`), '}']
    })
}

function attributes({ path, label, isFinal, isIrreversible, isAside }: Box, { visited, current }: Marks): string[] {
  const styles = ['rounded', 'filled', ...(isAside ? ['dashed'] : [])]
  const fill = current.has(path) ? '#2563eb' : visited.has(path) ? '#dcfce7' : 'white'
  return [
    `label=${quoted(label)}`,
    `style=${quoted(styles.join(','))}`,
    `fillcolor=${quoted(fill)}`,
    ...(current.has(path) ? ['fontcolor="white"'] : []),
    ...(isIrreversible ? ['color="#d97706"', 'penwidth=3'] : []),
    ...(isFinal ? ['peripheries=2'] : []),
  ]
}

function arrowLine(chart: Chart, { from, to, labels }: Arrow): string {
  const label = labels.length === 0 ? [] : [`label=${quoted(labels.join('\n'))}`]
  const clips = clip(chart, from, to, label)
  return `${quoted(anchorOf(chart, from))} -> ${quoted(anchorOf(chart, to))}${clips}`
}

/** Graphviz draws arrows between nodes only: those of a cluster are cut off at its border. */
function clip(chart: Chart, from: string, to: string, more: readonly string[] = []): string {
  const isCluster = (path: string) => chart.boxes.some(({ parent }) => parent === path)
  const all = [
    ...more,
    ...(isCluster(from) ? [`ltail=${quoted(clusterOf(from))}`] : []),
    ...(isCluster(to) ? [`lhead=${quoted(clusterOf(to))}`] : []),
  ]
  return all.length === 0 ? '' : ` [${all.join(', ')}]`
}

/** The node that stands for a box: itself, or the first inside. */
function anchorOf(chart: Chart, path: string): string {
  const inside = chart.boxes.find(({ parent }) => parent === path)
  return inside === undefined
    ? path
    : anchorOf(chart, chart.boxes.find((box) => box.path === path)?.initial ?? inside.path)
}

const clusterOf = (path: string): string => `cluster ${path}`

/** A quoted string: Graphviz reads `\n` in it as a line break. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
