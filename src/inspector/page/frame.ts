import type { ChartView } from './chart.ts'
import { el, setAttributes } from './dom.ts'

/** A frame in which a chart fits, and can be made larger and moved. */
export interface ChartFrame {
  readonly element: HTMLElement
  put(view: ChartView): void
  /** Brings the state the run is in into sight, when it has changed. */
  follow(): void
}

/** Pixels around the middle of a box that must be in sight. */
const SIGHT = 90
/** Pixels for one of the chart's units, at most. */
const MAX_SCALE = 2
const ZOOM_STEP = 1.4
/** Pixels that an arrow key moves the chart. */
const PAN_STEP = 60
/** Pixels after which a press is a drag, no click. */
const DRAG = 4

/** @param hasOwnHeight - the frame takes the chart's proportions, not a height of the style. */
export function createFrame(label: string, { hasOwnHeight }: { hasOwnHeight: boolean }): ChartFrame {
  const stage = el('div', { class: 'frame-stage' })
  const button = (name: string, text: string, work: () => void) => {
    const made = el('button', { type: 'button', 'aria-label': name, title: name }, text)
    made.addEventListener('click', work)
    return made
  }
  const fit = button('Fit the chart (0)', 'Fit', () => fitAll())
  const tools = el(
    'div',
    { class: 'zoom' },
    button('Smaller (-)', '−', () => zoom(1 / ZOOM_STEP)),
    fit,
    button('Larger (+)', '+', () => zoom(ZOOM_STEP)),
  )
  const element = el('div', { class: 'frame-chart', tabindex: 0, role: 'group', 'aria-label': label }, stage, tools)

  let shown: ChartView | null = null
  let scale = 1
  let isFit = true
  let [x, y] = [0, 0]
  let followed = ''

  const room = () => ({ width: Math.max(1, stage.clientWidth), height: Math.max(1, stage.clientHeight) })
  const fitScale = ({ size }: ChartView) => Math.min(1, room().width / size.width, room().height / size.height)
  const apply = () => {
    if (shown === null) return
    const { size } = shown
    const { width, height } = room()
    if (isFit) [scale, x, y] = [fitScale(shown), size.width / 2, size.height / 2]
    x = Math.min(size.width, Math.max(0, x))
    y = Math.min(size.height, Math.max(0, y))
    const [w, h] = [width / scale, height / scale]
    setAttributes(shown.element, { viewBox: `${x - w / 2} ${y - h / 2} ${w} ${h}`, width, height })
    setAttributes(element, { class: isFit ? 'frame-chart' : 'frame-chart zoomed' })
    fit.disabled = isFit
  }
  const fitAll = () => {
    isFit = true
    apply()
  }
  /** @param at - what stays where it is, in pixels from the middle of the frame. */
  const zoom = (by: number, at: readonly [number, number] = [0, 0]) => {
    if (shown === null) return
    const least = fitScale(shown)
    const active = shown.active()
    // From the whole chart, a step closer leads to where the run is.
    if (isFit && at[0] === 0 && at[1] === 0 && active !== null) [x, y] = [active.x, active.y]
    const next = Math.min(MAX_SCALE, Math.max(least, scale * by))
    x += at[0] / scale - at[0] / next
    y += at[1] / scale - at[1] / next
    isFit = next <= least * 1.001
    scale = next
    apply()
  }
  const pan = (dx: number, dy: number) => {
    x -= dx / scale
    y -= dy / scale
    apply()
  }
  element.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const moves: Readonly<Record<string, () => void>> = {
      '+': () => zoom(ZOOM_STEP),
      '=': () => zoom(ZOOM_STEP),
      '-': () => zoom(1 / ZOOM_STEP),
      0: fitAll,
      ...(!isFit &&
        event.target === element && {
          ArrowLeft: () => pan(PAN_STEP, 0),
          ArrowRight: () => pan(-PAN_STEP, 0),
          ArrowUp: () => pan(0, PAN_STEP),
          ArrowDown: () => pan(0, -PAN_STEP),
        }),
    }
    const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined
    if (move === undefined) return
    event.preventDefault()
    event.stopPropagation()
    move()
  })
  stage.addEventListener(
    'wheel',
    (event) => {
      // A pinch on a touchpad comes as a wheel with Ctrl; without it the page scrolls.
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const { left, top, width, height } = stage.getBoundingClientRect()
      zoom(Math.exp(-event.deltaY / 300), [event.clientX - left - width / 2, event.clientY - top - height / 2])
    },
    { passive: false },
  )
  watchDrag(stage, () => !isFit, pan)
  new ResizeObserver(apply).observe(stage)
  return {
    element,
    put(view) {
      if (shown === view) return
      shown = view
      isFit = true
      followed = ''
      if (hasOwnHeight) element.style.aspectRatio = `${view.size.width} / ${view.size.height}`
      stage.replaceChildren(view.element)
      apply()
    },
    follow() {
      const at = shown?.active()
      if (at == null || isFit) return
      const key = `${at.x} ${at.y}`
      if (key === followed) return
      followed = key
      const { width, height } = room()
      if (Math.abs(at.x - x) * scale > width / 2 - SIGHT) x = at.x
      if (Math.abs(at.y - y) * scale > height / 2 - SIGHT) y = at.y
      apply()
    },
  }
}

/** Tells `pan` of pixels that a pointer drags over `stage`. A press that has become a drag is no click. */
function watchDrag(stage: HTMLElement, mayPan: () => boolean, pan: (dx: number, dy: number) => void): void {
  let from: readonly [number, number] | null = null
  let isDrag = false
  stage.addEventListener('pointerdown', (event) => {
    isDrag = false
    if (event.button === 0 && mayPan()) from = [event.clientX, event.clientY]
  })
  stage.addEventListener('pointermove', (event) => {
    if (from === null) return
    const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]]
    if (!isDrag && Math.hypot(dx, dy) < DRAG) return
    if (!isDrag) stage.setPointerCapture(event.pointerId)
    isDrag = true
    from = [event.clientX, event.clientY]
    pan(dx, dy)
  })
  for (const name of ['pointerup', 'pointercancel'] as const) {
    stage.addEventListener(name, () => {
      from = null
    })
  }
  stage.addEventListener(
    'click',
    (event) => {
      if (isDrag) event.stopPropagation()
      isDrag = false
    },
    { capture: true },
  )
}
