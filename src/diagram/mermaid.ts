import { type Arrow, type Box, type Chart, chartOf, type Detail } from './chart.ts'
import type { MachineGraph } from './graph.ts'

export interface MermaidOptions {
  detail: Detail
  /** Paths of the states that were visited. */
  path?: readonly string[]
  /** Path of the state the machine is in. */
  current?: string
}

/** Borders and, for a run, fills that are legible on GitHub's light and dark page. */
const STYLES = {
  irreversible: 'stroke:#d97706,stroke-width:3px',
  aside: 'stroke-dasharray:4 4',
  visited: 'fill:#dcfce7,color:#14532d',
  current: 'fill:#2563eb,color:#ffffff',
} as const
type Style = keyof typeof STYLES

/**
 * Draws `graph` as a Mermaid state diagram.
 *
 * Irreversible states have a thick border; dashed boxes stand for what is outside the picture, or for several states.
 */
export function toMermaid(graph: MachineGraph, { detail, path = [], current }: MermaidOptions): string {
  const chart = chartOf(graph, detail)
  const styled: [Style, readonly string[]][] = [
    ['irreversible', chart.boxes.filter((box) => box.isIrreversible).map(({ path }) => path)],
    ['aside', chart.boxes.filter((box) => box.isAside).map(({ path }) => path)],
    ['visited', shownBoxes(chart, path)],
    ['current', shownBoxes(chart, current === undefined ? [] : [current])],
  ]
  return [
    'stateDiagram-v2',
    ...entered(chart.initial),
    ...boxLines(chart.boxes, null),
    ...chart.arrows.map(arrowLine),
    ...styled.flatMap(([style, paths]) => styleLines(style, paths)),
  ].join('\n  ')
}

function boxLines(boxes: readonly Box[], parent: string | null): string[] {
  const isParallel = boxes.some((box) => box.path === parent && box.isParallel)
  return boxes
    .filter((box) => box.parent === parent)
    .flatMap((box, index) => {
      const id = idOf(box.path)
      const head = id === box.label ? `state ${id}` : `state "${escaped(box.label)}" as ${id}`
      const inner = [...entered(box.initial), ...boxLines(boxes, box.path)].map((line) => `  ${line}`)
      const end = box.isFinal && !box.isAside ? [`${id} --> [*]`] : []
      const lines = inner.length === 0 ? [head, ...end] : [`${head} {`, ...inner, '}']
      return isParallel && index > 0 ? ['--', ...lines] : lines
    })
}

const entered = (path: string | null): string[] => (path === null ? [] : [`[*] --> ${idOf(path)}`])

const arrowLine = ({ from, to, labels }: Arrow): string => {
  const ends = `${idOf(from)} --> ${idOf(to)}`
  return labels.length === 0 ? ends : `${ends}: ${labels.map(escaped).join('<br/>')}`
}

const styleLines = (style: Style, paths: readonly string[]): string[] =>
  paths.length === 0 ? [] : [`classDef ${style} ${STYLES[style]}`, `class ${paths.map(idOf).join(',')} ${style}`]

/** The boxes that show `paths`: their own, or the innermost drawn around it. */
export function shownBoxes({ boxes }: Chart, paths: readonly string[]): string[] {
  const drawn = paths.flatMap((path) => {
    const around = boxes.filter((box) => path === box.path || path.startsWith(`${box.path}.`))
    return around.at(-1)?.path ?? []
  })
  return [...new Set(drawn)]
}

/** Words that Mermaid keeps for itself. */
const RESERVED = /^(state|note|class|classDef|default|style|click|href|scale|end|stateDiagram|accTitle|accDescr)$/i

const idOf = (path: string): string => path.replace(/\W/g, '_').replace(RESERVED, '$1_') || 'anywhere_'

/** Everything but plain text as a character code: colons, semicolons, quotes and braces end a label, tags are markup. */
const escaped = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[^\p{L}\p{N} .,…’/()[\]+-]/gu, (character) => `#${character.codePointAt(0)};`)
