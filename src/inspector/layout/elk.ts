import type { ELK, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import { textWidth } from './measure.ts'
import {
  type Arrow,
  type Box,
  type Draft,
  type Engine,
  LABEL_SIZE,
  type PlacedArrow,
  type PlacedBox,
} from './sketch.ts'

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.padding': '[top=8,left=8,bottom=8,right=8]',
  'elk.spacing.nodeNode': '26',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeLabel': '3',
  'elk.layered.spacing.nodeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.thoroughness': '60',
} as const

/** elkjs, an optional peer dependency (EPL-2.0). @throws when it is not installed. */
export async function loadElk(): Promise<Pick<ELK, 'layout'>> {
  const { default: bundled } = await import('elkjs/lib/elk.bundled.js')
  // It is CommonJS: its types name the constructor as the default export, Node hands out the module itself.
  const Elk = bundled as unknown as new () => ELK
  return new Elk()
}

/** Lays out with the Eclipse Layout Kernel: layers from top to bottom, orthogonal arrows, labels with room of their own. */
export const elkEngine =
  (elk: Pick<ELK, 'layout'>): Engine =>
  async ({ boxes, arrows, direction }: Draft) => {
    const root: ElkNode = {
      id: 'root',
      layoutOptions: { ...OPTIONS, 'elk.direction': direction },
      children: nodesIn(boxes, null),
      edges: arrows.map(edgeOf),
    }
    const placed = await elk.layout(root)
    const nodes = new Map(flat(placed.children ?? []).map((node) => [node.id, node]))
    const edges = new Map((placed.edges ?? []).map((edge) => [edge.id, edge]))
    return {
      width: Math.ceil(placed.width ?? 0),
      height: Math.ceil(placed.height ?? 0),
      boxes: boxes.map((box) => placedBox(box, nodes.get(idOf(box.path)))),
      arrows: arrows.map((arrow, index) => placedArrow(arrow, edges.get(`edge${index}`))),
    }
  }

const idOf = (path: string): string => `box ${path}`

const nodesIn = (boxes: readonly Box[], parent: string | null): ElkNode[] =>
  boxes
    .filter((box) => box.parent === parent)
    .map(({ path, width, height }) => {
      const children = nodesIn(boxes, path)
      const inside = { 'elk.padding': '[top=34,left=12,bottom=12,right=12]' }
      return { id: idOf(path), width, height, children, ...(children.length > 0 && { layoutOptions: inside }) }
    })

/** The way that is always taken is the main one: it goes straight. */
const MAIN = { 'elk.layered.priority.straightness': '20', 'elk.layered.priority.shortness': '20' }

const edgeOf = ({ from, to, label }: Arrow, index: number): ElkExtendedEdge => ({
  id: `edge${index}`,
  sources: [idOf(from)],
  targets: [idOf(to)],
  layoutOptions: label === '' ? MAIN : {},
  labels: label === '' ? [] : [{ text: label, width: textWidth(label, LABEL_SIZE) + 12, height: 18 }],
})

const flat = (nodes: readonly ElkNode[]): ElkNode[] => nodes.flatMap((node) => [node, ...flat(node.children ?? [])])

const round = (value: number | undefined): number => Math.round((value ?? 0) * 10) / 10

const placedBox = (box: Box, node: ElkNode | undefined): PlacedBox => ({
  ...box,
  x: round(node?.x),
  y: round(node?.y),
  width: round(node?.width),
  height: round(node?.height),
})

function placedArrow(arrow: Arrow, edge: ElkExtendedEdge | undefined): PlacedArrow {
  const section = edge?.sections?.[0]
  const points = section === undefined ? [] : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]
  const label = edge?.labels?.[0]
  return {
    ...arrow,
    points: points.map(({ x, y }) => [round(x), round(y)] as const),
    at:
      label === undefined
        ? null
        : [round((label.x ?? 0) + (label.width ?? 0) / 2), round((label.y ?? 0) + (label.height ?? 0) / 2)],
  }
}
