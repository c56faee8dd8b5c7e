import type { Arrow, Box, Draft, Engine, PlacedArrow, PlacedBox } from './sketch.ts'

const GAP_X = 36
const GAP_Y = 64
const MARGIN = 24

/**
 * A plain layout for machines that are drawn at run time where elkjs is not installed: rows by distance from the first
 * box, arrows as straight stretches. Boxes within boxes are drawn side by side.
 */
export const layeredEngine: Engine = async ({ boxes, arrows }: Draft) => {
  const rows = rowsOf(boxes, arrows)
  const width = Math.max(...rows.map(widthOf), 0) + 2 * MARGIN
  const placed = new Map<string, PlacedBox>()
  let y = MARGIN
  for (const row of rows) {
    let x = (width - widthOf(row)) / 2
    for (const box of row) {
      placed.set(box.path, { ...box, parent: null, x, y })
      x += box.width + GAP_X
    }
    y += Math.max(...row.map(({ height }) => height)) + GAP_Y
  }
  return {
    width,
    height: y - GAP_Y + MARGIN,
    boxes: boxes.flatMap(({ path }) => placed.get(path) ?? []),
    arrows: arrows.map((arrow, index) => routed(arrow, index, placed)),
  }
}

const widthOf = (row: readonly Box[]): number => row.reduce((sum, { width }) => sum + width + GAP_X, -GAP_X)

/** Boxes by how many arrows they are away from the first. */
function rowsOf(boxes: readonly Box[], arrows: readonly Arrow[]): Box[][] {
  const depth = new Map<string, number>()
  const visit = (start: string) => {
    if (depth.has(start)) return
    depth.set(start, 0)
    const queue = [start]
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      for (const { from, to } of arrows) {
        if (from !== path || depth.has(to)) continue
        depth.set(to, (depth.get(path) ?? 0) + 1)
        queue.push(to)
      }
    }
  }
  for (const { path } of boxes) visit(path)
  const rows: Box[][] = []
  for (const box of boxes) {
    const row = depth.get(box.path) ?? 0
    rows[row] = [...(rows[row] ?? []), box]
  }
  return rows.filter((row) => row !== undefined)
}

/** From the bottom of one box to the top of the other; an arrow that leads back goes around at the side. */
function routed(arrow: Arrow, index: number, placed: ReadonlyMap<string, PlacedBox>): PlacedArrow {
  const [from, to] = [placed.get(arrow.from), placed.get(arrow.to)]
  if (from === undefined || to === undefined) return { ...arrow, points: [], at: null }
  const shift = ((index % 5) - 2) * 8
  const [fromX, toX] = [from.x + from.width / 2 + shift, to.x + to.width / 2 + shift]
  const points: PlacedArrow['points'] =
    to.y > from.y ? downwards([fromX, from.y + from.height], [toX, to.y], shift) : around(from, to, shift)
  const label = points[Math.floor((points.length - 1) / 2)] ?? [fromX, from.y]
  const next = points[Math.floor((points.length - 1) / 2) + 1] ?? label
  return { ...arrow, points, at: arrow.label === '' ? null : [(label[0] + next[0]) / 2, (label[1] + next[1]) / 2] }
}

type Point = readonly [number, number]

function downwards([x, y]: Point, [toX, toY]: Point, shift: number): Point[] {
  const turn = toY - GAP_Y / 2 + shift
  return [
    [x, y],
    [x, turn],
    [toX, turn],
    [toX, toY],
  ]
}

function around(from: PlacedBox, to: PlacedBox, shift: number): Point[] {
  const x = Math.max(from.x + from.width, to.x + to.width) + GAP_X / 2 + shift
  const [fromY, toY] = [from.y + (from.height * 2) / 3, to.y + to.height / 3]
  return [
    [from.x + from.width, fromY],
    [x, fromY],
    [x, toY],
    [to.x + to.width, toY],
  ]
}
