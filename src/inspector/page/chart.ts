import type { Box, PlacedArrow, PlacedBox, Sketch, SketchedMachine } from '../layout/sketch.ts'
import type { Status } from '../model/headline.ts'
import type { Been } from '../model/history.ts'
import { takenWords } from '../model/reasons.ts'
import type { Step } from '../model/step.ts'
import { setAttributes, setText, svg } from './dom.ts'

/** What a chart is to show. */
export interface Lit {
  step: Step | null
  been: Been
  status: Status
  /** Where a run that has stopped was before. */
  stoppedIn: readonly string[]
}

export interface ChartView {
  readonly element: SVGSVGElement
  /** In the chart's own units. */
  readonly size: { width: number; height: number }
  show(lit: Lit): void
  /** Middle of the box of the state the run is in, in the chart's units. */
  active(): { x: number; y: number } | null
}

const CHIP_HEIGHT = 21
const LABEL_HEIGHT = 17
const WAITS = ['clock', 'funds']

/** Draws `sketch` once; what is lit changes with every step, nothing moves. */
export function drawChart(
  sketch: Sketch,
  machine: SketchedMachine,
  { id, onPick }: { id: string; onPick?: (path: string) => void },
): ChartView {
  const root = svg('svg', {
    class: 'chart',
    viewBox: `0 0 ${sketch.width} ${sketch.height}`,
    role: 'group',
    'aria-label': `Chart of ${id}`,
  })
  root.append(markers(id))
  const arrows = sketch.arrows.map((arrow) => drawArrow(arrow, id))
  const boxes = sketch.boxes.map((box) => drawBox(box, machine, onPick))
  root.append(
    // What is around others lies under the arrows between them.
    ...boxes.flatMap(({ element, isAround }) => (isAround ? [element] : [])),
    ...arrows.map(({ line }) => line),
    ...boxes.flatMap(({ element, isAround }) => (isAround ? [] : [element])),
    ...arrows.flatMap(({ label }) => label ?? []),
  )
  const waits = new Set(machine.states.filter(({ awaits }) => WAITS.includes(awaits ?? '')).map(({ path }) => path))
  let current: { x: number; y: number } | null = null
  return {
    element: root,
    size: { width: sketch.width, height: sketch.height },
    show(lit) {
      const last = lit.step === null ? -1 : Math.max(0, ...lit.step.to.map((path) => path.length))
      for (const arrow of arrows) arrow.show(lit)
      current = last < 0 ? null : (boxes.flatMap((box) => box.show(lit, waits) ?? []).at(-1) ?? null)
      if (last < 0) for (const box of boxes) box.show(lit, waits)
    },
    active: () => current,
  }
}

function markers(id: string): SVGDefsElement {
  const marker = (name: string) =>
    svg(
      'marker',
      {
        id: `${id}-${name}`,
        class: name,
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerWidth: 8,
        markerHeight: 8,
        orient: 'auto',
        markerUnits: 'userSpaceOnUse',
      },
      svg('path', { d: 'M0.5 1L7 4L0.5 7z' }),
    )
  return svg('defs', {}, marker('tip'), marker('tip-lit'))
}

function drawArrow({ points, at, label, reasons, edges }: PlacedArrow, id: string) {
  const d = rounded(points)
  const path = svg('path', { d, class: 'arrow', 'marker-end': `url(#${id}-tip)` })
  const line = svg('g', { class: 'way' }, path)
  const [x, y] = at ?? middle(points)
  const text = svg('text', { x, y: y + 4, class: 'reason', 'text-anchor': 'middle' }, label)
  const plate = svg('rect', { class: 'plate', rx: 4, height: LABEL_HEIGHT, y: y - LABEL_HEIGHT / 2 })
  const group = svg('g', { class: 'label' }, plate, text)
  const title = svg('title', {}, reasons.join('\n'))
  group.append(title)
  let shown = ''
  const show = ({ been }: Lit) => {
    const { count, label: taken, all } = takenWords(edges, been)
    const words = count > 0 ? taken : label
    const key = `${words}|${count > 0}|${all.join()}`
    if (key === shown) return
    shown = key
    setText(title, (count > 0 ? all : reasons).join('\n'))
    setAttributes(path, {
      class: count > 0 ? 'arrow lit' : 'arrow',
      'marker-end': `url(#${id}-${count > 0 ? 'tip-lit' : 'tip'})`,
    })
    setAttributes(group, { class: `label${count > 0 ? ' lit' : ''}${words === '' ? ' none' : ''}` })
    setText(text, words)
    const width = words.length * 6.6 + 4
    setAttributes(plate, { x: x - width / 2, width })
  }
  return { line, label: group, show }
}

/** Line through `points` with soft corners. */
function rounded(points: PlacedArrow['points']): string {
  const radius = 6
  return points
    .map(([x, y], index) => {
      const [before, after] = [points[index - 1], points[index + 1]]
      if (before === undefined) return `M${x} ${y}`
      if (after === undefined) return `L${x} ${y}`
      const [a, b] = [toward([x, y], before, radius), toward([x, y], after, radius)]
      return `L${a.join(' ')}Q${x} ${y} ${b.join(' ')}`
    })
    .join('')
}

type Point = readonly [number, number]

function toward([x, y]: Point, [tx, ty]: Point, by: number): Point {
  const length = Math.hypot(tx - x, ty - y) || 1
  const part = Math.min(by, length / 2) / length
  return [x + (tx - x) * part, y + (ty - y) * part]
}

/** Middle of the longest stretch. */
function middle(points: PlacedArrow['points']): Point {
  let [best, length]: [Point, number] = [[0, 0], -1]
  points.forEach(([x, y], index) => {
    const next = points[index + 1]
    if (next === undefined) return
    const far = Math.hypot(next[0] - x, next[1] - y)
    if (far > length) [best, length] = [[(x + next[0]) / 2, (y + next[1]) / 2], far]
  })
  return best
}

function drawBox(box: PlacedBox, machine: SketchedMachine, onPick: ((path: string) => void) | undefined) {
  const { path, label, x, y, width, height, kind, chips, isIrreversible } = box
  const state = machine.states.find((found) => found.path === path)
  const element = svg('g', { transform: `translate(${x} ${y})` })
  if (kind === 'start') {
    element.append(svg('circle', { cx: width / 2, cy: height / 2, r: 5, class: 'start' }))
    return { element, isAround: false, show: () => null }
  }
  const isTitle = chips.length > 0 || kind === 'final'
  const isNested = machine.states.some(({ parent }) => parent === path) && chips.length === 0
  const titleY = chips.length > 0 || isNested ? 21 : height / 2 + 4.5
  const mark = svg('text', { x: width - 12, y: titleY, class: 'mark', 'text-anchor': 'end' })
  element.append(
    svg('rect', { class: 'frame', width, height, rx: kind === 'aside' ? 16 : 9 }),
    ...(kind === 'final'
      ? [svg('rect', { class: 'inner', x: 3, y: 3, width: width - 6, height: height - 6, rx: 7 })]
      : []),
    svg('text', { x: 14, y: titleY, class: isTitle ? 'title' : 'name' }, label),
    ...(isIrreversible ? [irreversibleMark(box)] : []),
    mark,
  )
  const description = [state?.description, state?.irreversible && `Irreversible: ${state.irreversible}`]
  if (state !== undefined) element.append(svg('title', {}, description.filter(Boolean).join('\n')))
  const pills = chips.map((chip) => {
    const pill = svg(
      'g',
      { transform: `translate(${chip.x} ${chip.y})` },
      svg('rect', { width: chip.width, height: CHIP_HEIGHT, rx: CHIP_HEIGHT / 2 }),
      svg('text', { x: chip.width / 2, y: 14.5, 'text-anchor': 'middle' }, chip.label),
    )
    return { pill, path: chip.path }
  })
  element.append(...pills.map(({ pill }) => pill))
  if (onPick !== undefined && isNestedStage(machine, path)) {
    setAttributes(element, { tabindex: 0, role: 'button' })
    element.addEventListener('click', () => onPick(path))
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      // Space would also go to the latest step, and scroll the page.
      event.preventDefault()
      event.stopPropagation()
      onPick(path)
    })
  }
  const base = `box ${kind}${isIrreversible ? ' irreversible' : ''}${onPick === undefined ? '' : ' pick'}`
  const show = (lit: Lit, waits: ReadonlySet<string>) => {
    const how = standing(path, kind, lit)
    setAttributes(element, { class: `${base} ${how}` })
    setText(mark, markOf(box, how, lit, waits))
    if (isNestedStage(machine, path) && onPick !== undefined)
      setAttributes(element, { 'aria-label': `${label}, ${STANDINGS[how]}: show its inside` })
    for (const { pill, path: inner } of pills) setAttributes(pill, { class: `pill ${standing(inner, 'state', lit)}` })
    return how === 'active' || how === 'stopped' ? { x: x + width / 2, y: y + height / 2 } : null
  }
  return { element, isAround: isNested, show }
}

const isNestedStage = (machine: SketchedMachine, path: string): boolean => Object.hasOwn(machine.insides, path)

function irreversibleMark({ label, chips, height }: PlacedBox): SVGTextElement {
  const y = chips.length > 0 ? 21 : height / 2 + 4.5
  return svg('text', { x: 14 + label.length * 8.8 + 10, y, class: 'warning' }, '▲ irreversible')
}

type Standing = 'active' | 'stopped' | 'been' | 'skipped' | 'untouched'

const STANDINGS: Readonly<Record<Standing, string>> = {
  active: 'the run is here',
  stopped: 'the run stopped here',
  been: 'done',
  skipped: 'skipped',
  untouched: 'not entered',
}

/** A box outside the picture is never where the run is, but may be where it went. */
function standing(path: string, kind: Box['kind'], { step, been, stoppedIn, status }: Lit): Standing {
  const isIn = (paths: readonly string[]) => paths.some((at) => at === path || at.startsWith(`${path}.`))
  if (step !== null && kind !== 'aside' && isIn(step.to)) return status === 'failed' ? 'stopped' : 'active'
  if (kind !== 'aside' && isIn(stoppedIn)) return 'stopped'
  if (been.states.has(path)) return 'been'
  return step?.view.skipped.some(({ stage }) => stage === path) ? 'skipped' : 'untouched'
}

/** Says in a sign how a box stands: colour alone would not tell everybody. */
function markOf({ kind, chips }: PlacedBox, how: Standing, { been, status }: Lit, waits: ReadonlySet<string>): string {
  if (kind === 'aside') return ''
  const retries = chips.reduce((sum, chip) => sum + (waits.has(chip.path) ? (been.states.get(chip.path) ?? 0) : 0), 0)
  const again = retries > 0 ? `↻ ${retries}  ` : ''
  switch (how) {
    case 'active':
      if (kind === 'final') return '✓'
      return `${again}${status === 'paused' ? 'Ⅱ' : '●'}`
    case 'stopped':
      return `${again}✕`
    case 'been':
      return `${again}✓`
    case 'skipped':
      return '↷ skipped'
    case 'untouched':
      return ''
  }
}
