import { headlineOf, statusOf } from '../model/headline.ts'
import { createHistory } from '../model/history.ts'
import { stageRows } from '../model/stages.ts'
import type { About, Now, Step } from '../model/step.ts'
import { type ChartView, drawChart, type Lit } from './chart.ts'
import { createClocks } from './clocks.ts'
import { el, once, setAttributes, setText } from './dom.ts'
import { createFrame } from './frame.ts'
import { createHeader, createHelp, type Link } from './header.ts'
import { contextPanel, keyPanel, noteLine, notesPanel, transactionsPanel } from './panels.ts'
import { createScrubber } from './scrubber.ts'
import { embedded, listen } from './source.ts'
import { createStages } from './stages.ts'
import { keepTheme, toggleTheme } from './theme.ts'
import { createTimeline } from './timeline.ts'

const TICK_MS = 500

keepTheme()
const data = embedded()
const machine = data.chart
const history = createHistory(machine)

let about: About = {
  title: '',
  machine: 'onboarding',
  runId: null,
  address: null,
  chainId: null,
  explorer: null,
  source: 'live',
  command: null,
  limits: {},
}
let now: Now = { driver: 'unknown', awaiting: null, next: null, isCut: false }
let link: Link = data.saved === null ? 'connecting' : 'report'
/** Milliseconds the server's clock is ahead of this one. */
let offset = 0
let index = -1
let isFollowing = true
/** The stage whose inside is shown; null follows the run. */
let picked: string | null = null

const help = createHelp()
const header = createHeader({ onHelp: () => help.showModal() })
const scrubber = createScrubber({ go, by: (count) => go(index + count), latest })
const timeline = createTimeline(go)
const clocks = createClocks()
const stages = createStages()
const ofOnboarding = [transactionsPanel(), keyPanel(), notesPanel()]
const panels = [...ofOnboarding, contextPanel()]
const note = noteLine()
const overview = drawChart(machine.overview, machine, { id: 'machine', onPick: pick })
const overviewFrame = createFrame('The machine', { hasOwnHeight: true })
const insideFrame = createFrame('Inside a stage', { hasOwnHeight: false })
const insideTitle = el('h2', { id: 'inside-title' })
const unpin = el('button', { type: 'button', class: 'unpin' }, 'Follow the run')
unpin.addEventListener('click', () => pick(null))
const insides = new Map<string, ChartView>()
const hasInsides = Object.keys(machine.insides).length > 0
const timelineTitle = el('h2', { id: 'steps-title' }, 'Steps')

document
  .getElementById('app')
  ?.append(
    header.element,
    scrubber.element,
    el('div', { class: 'strip' }, note.element, clocks.element),
    el(
      'div',
      { class: 'grid' },
      el(
        'div',
        { class: 'left' },
        stages.element,
        el('section', { class: 'card machine', 'aria-label': 'The machine' }, overviewFrame.element),
        ...(hasInsides
          ? [
              el(
                'section',
                { class: 'card inside', 'aria-labelledby': 'inside-title' },
                el('div', { class: 'head' }, insideTitle, unpin),
                insideFrame.element,
              ),
            ]
          : []),
      ),
      el(
        'div',
        { class: 'right' },
        el('section', { class: 'card steps', 'aria-labelledby': 'steps-title' }, timelineTitle, timeline.element),
        ...panels.map(({ element }) => element),
      ),
    ),
    help,
  )
overviewFrame.put(overview)

const render = once(draw)

listen(data, {
  hello(hello) {
    offset = hello.now - Date.now()
    about = hello.about
    const isOther = about.machine === 'other'
    for (const { element } of [clocks, ...ofOnboarding]) setAttributes(element, { hidden: isOther })
    history.clear()
    index = -1
    isFollowing = true
    picked = null
    render()
  },
  steps(patches) {
    history.add(patches)
    if (isFollowing) index = history.count - 1
    render()
  },
  now(given) {
    now = given
    render()
  },
  beat({ now: given }) {
    offset = given - Date.now()
  },
  end() {
    link = 'ended'
    render()
  },
  connected(is) {
    if (link !== 'ended') link = is ? 'live' : 'lost'
    render()
  },
})
setInterval(() => showClocks(), TICK_MS)
render()

function go(target: number): void {
  index = Math.min(history.count - 1, Math.max(0, target))
  isFollowing = index === history.count - 1
  render()
}

function latest(): void {
  go(history.count - 1)
}

function pick(stage: string | null): void {
  picked = stage
  render()
}

const stageOf = (path: string | undefined): string => path?.split('.')[0] ?? ''

/** Where a run that has stopped was when it did. */
function stoppedIn(step: Step | null): readonly string[] {
  if (step === null || step.failure === null) return []
  const isOver = machine.states.some(({ path, isFinal }) => isFinal && step.to.includes(path))
  return isOver ? step.from : []
}

const isLive = (): boolean => data.saved === null && now.driver !== 'ended' && now.driver !== 'idle'

/** The time that durations and countdowns go by: of the step where time stands still, else the server's. */
const timeAt = (step: Step | null): number =>
  index === history.count - 1 && isLive() ? Date.now() + offset : Date.parse(step?.at ?? new Date().toISOString())

function showClocks(): void {
  const step = history.steps[index] ?? null
  const isRunning = index === history.count - 1 && isLive()
  clocks.show({ step, nowMs: timeAt(step), isRunning, machine })
  stages.show(
    stageRows({
      steps: history.steps,
      index,
      nowMs: timeAt(step),
      machine,
      status: statusOf({ step, isPast: index < history.count - 1, now, about, machine }),
      stoppedIn: stoppedIn(step),
    }),
  )
}

function draw(): void {
  const step = history.steps[index] ?? null
  const isPast = index < history.count - 1
  const before = history.steps[index - 1] ?? null
  const moment = { step, before, isPast, now, about, machine }
  const lit: Lit = { step, been: history.at(index), status: statusOf(moment), stoppedIn: stoppedIn(step) }
  header.show(headlineOf(moment), about, link === 'live' && about.source === 'record' ? 'record' : link)
  scrubber.show(history.steps, index, isFollowing)
  setText(timelineTitle, now.isCut ? 'Steps (the oldest are left out)' : 'Steps')
  timeline.show(history.steps, index)
  overview.show(lit)
  if (picked === null) overviewFrame.follow()
  showInside(lit)
  for (const panel of [...panels, note]) panel.show({ step, before, about })
  showClocks()
}

function showInside(lit: Lit): void {
  if (!hasInsides) return
  const at = [
    ...(lit.step?.to ?? []),
    ...lit.stoppedIn,
    machine.overview.boxes[0]?.path,
    Object.keys(machine.insides)[0],
  ]
  const stage = picked ?? at.map(stageOf).find((path) => Object.hasOwn(machine.insides, path)) ?? ''
  const sketch = machine.insides[stage]
  if (sketch === undefined) return
  const view = insides.get(stage) ?? drawChart(sketch, machine, { id: `inside-${stage.replace(/\W/g, '_')}` })
  insides.set(stage, view)
  setText(insideTitle, `Inside ${stage}`)
  setAttributes(unpin, { hidden: picked === null })
  insideFrame.put(view)
  view.show(lit)
  insideFrame.follow()
}

addEventListener('keydown', (event) => {
  const { target, key, shiftKey, altKey, ctrlKey, metaKey } = event
  if (altKey || ctrlKey || metaKey || help.open) return
  const isControl = target instanceof Element && target.closest('button, summary, a, [role="button"]') !== null
  const moves: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => go(index - (shiftKey ? 10 : 1)),
    ArrowRight: () => go(index + (shiftKey ? 10 : 1)),
    Home: () => go(0),
    End: latest,
    t: toggleTheme,
    '?': () => help.showModal(),
    ...(isControl ? {} : { ' ': latest }),
  }
  const move = Object.hasOwn(moves, key) ? moves[key] : undefined
  if (move === undefined) return
  event.preventDefault()
  move()
})
