import {
  type GatewayCall,
  type GatewayEvents,
  type GatewayView,
  inDollars,
  minutesOf,
  standing,
} from '../model/gateway.ts'
import { createBanner, LINKS, shortAddress } from './banner.ts'
import { copyButton, el, once, setAttributes, setText, svg } from './dom.ts'
import { keepTheme, toggleTheme } from './theme.ts'

keepTheme()

let view: GatewayView | null = null
let link: keyof typeof LINKS | 'ended' = 'connecting'
const TEXTS = { ...LINKS, ended: '■ The gateway has ended' } as const

const next = el('p', { class: 'next' })
const endpoint = el('span', { class: 'command' })
const banner = createBanner({ words: [next, el('p', { class: 'next' }, 'Base URL', endpoint)] })

const tiles = new Map(
  ['Credit', 'Refill', 'Budget left', 'Calls', 'Cost'].map((name) => {
    const [value, note] = [el('dd', { class: 'value' }), el('dd', { class: 'about' })]
    return [name, { value, note, element: el('div', { class: 'figure' }, el('dt', {}, name), value, note) }]
  }),
)
const bars = svg('g')
const most = el('span', { class: 'most' })
const chart = svg('svg', { class: 'minutes', viewBox: '0 0 600 90', preserveAspectRatio: 'none', role: 'img' }, bars)
const calls = el('tbody')
const refills = el('ul', { class: 'refills' })
const noCall = el('p', { class: 'none' }, 'No call yet.')
const noRefill = el('p', { class: 'none' })

const card = (id: string, title: string, ...inside: Node[]) =>
  el('section', { class: 'card', 'aria-labelledby': id }, el('h2', { id }, title), ...inside)

const heads = ['Time', 'Call', 'Model', 'Status', 'Cost', 'Took']
document
  .getElementById('app')
  ?.append(
    banner.element,
    el('dl', { class: 'figures' }, ...[...tiles.values()].map(({ element }) => element)),
    el(
      'div',
      { class: 'grid' },
      el(
        'div',
        { class: 'left' },
        card(
          'calls-title',
          'Last calls',
          el(
            'div',
            { class: 'scroll' },
            el(
              'table',
              { class: 'calls' },
              el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
              calls,
            ),
          ),
          noCall,
        ),
      ),
      el(
        'div',
        { class: 'right' },
        card('minutes-title', 'Cost per minute, last hour', el('div', { class: 'minutes-frame' }, chart), most),
        card('refills-title', 'Refills', refills, noRefill),
      ),
    ),
  )

const render = once(draw)
const source = new EventSource(`/events${location.search}`)
source.addEventListener('state', ({ data }: MessageEvent<string>) => {
  view = JSON.parse(data) as GatewayEvents['state']
  render()
})
// The browser would connect again, and find nobody.
source.addEventListener('end', () => {
  source.close()
  link = 'ended'
  render()
})
source.onopen = () => hear('live')
source.onerror = () => hear('lost')
addEventListener('keydown', ({ key, altKey, ctrlKey, metaKey }) => {
  if (key === 't' && !altKey && !ctrlKey && !metaKey) toggleTheme()
})
render()

function hear(how: 'live' | 'lost'): void {
  if (link !== 'ended') link = how
  render()
}

function draw(): void {
  banner.showLink(TEXTS[link], link)
  if (view === null) return
  const stands = standing(view)
  banner.show(stands)
  setText(next, stands.next)
  if (endpoint.childElementCount === 0) {
    endpoint.append(el('code', {}, view.url), copyButton(view.url, 'the base URL'))
    banner.subject.append(el('code', { title: view.address }, shortAddress(view.address)))
    document.title = 'Gateway · venice-onboard'
  }
  drawFigures(view)
  drawMinutes(view)
  calls.replaceChildren(...view.lastCalls.map(callRow))
  setAttributes(noCall, { hidden: view.lastCalls.length > 0 })
  refills.replaceChildren(
    ...view.lastRefills.map(({ at, failure }) =>
      el(
        'li',
        { class: failure === null ? 'paid' : 'refused' },
        el('time', { datetime: at }, time(at)),
        el('span', {}, failure === null ? '✓ The credit was refilled.' : `✕ ${failure.message} [${failure.code}]`),
      ),
    ),
  )
  setText(
    noRefill,
    view.refill === null ? 'Nothing is refilled: the gateway was started without --refill-to.' : 'None yet.',
  )
  setAttributes(noRefill, { hidden: view.lastRefills.length > 0 })
}

function drawFigures({
  credential,
  creditUsd,
  refill,
  budgetLeft,
  calls: count,
  failed,
  costUsd,
  withoutCost,
  refills: paid,
}: GatewayView): void {
  const put = (name: string, value: string, note: string) => {
    const tile = tiles.get(name)
    if (tile === undefined) return
    setText(tile.value, value)
    setText(tile.note, note)
  }
  put(
    'Credit',
    creditUsd === null ? '–' : inDollars(creditUsd),
    credential === 'key' ? 'the key’s account pays' : 'of the wallet, at Venice',
  )
  put(
    'Refill',
    refill === null ? 'off' : `to ${inDollars(refill.toUsd)}`,
    refill === null ? 'not asked for' : `under ${inDollars(refill.belowUsd)} · ${paid} so far`,
  )
  const today = budgetLeft?.todayUsd
  put(
    'Budget left',
    budgetLeft === null ? '–' : inDollars(budgetLeft.usd),
    today == null ? 'for refills' : `${inDollars(today)} within 24 hours`,
  )
  put('Calls', String(count), failed === 0 ? 'none failed' : `${failed} failed`)
  put('Cost', inDollars(costUsd), withoutCost === 0 ? 'since the start' : `${withoutCost} without a known cost`)
}

function drawMinutes(given: GatewayView): void {
  const minutes = minutesOf(given)
  const highest = Math.max(...minutes)
  const width = 600 / minutes.length
  bars.replaceChildren(
    ...minutes.map((usd, index) => {
      const height = highest === 0 ? 0 : (usd / highest) * 86
      const ago = minutes.length - 1 - index
      const title = svg('title', {}, `${ago === 0 ? 'this minute' : `${ago} min ago`}: ${inDollars(usd)}`)
      return svg('rect', { x: index * width + 1, y: 90 - height, width: width - 2, height, class: 'minute' }, title)
    }),
  )
  const text = highest === 0 ? 'No cost within the last hour.' : `Highest: ${inDollars(highest)} in a minute.`
  setAttributes(chart, { 'aria-label': text })
  setText(most, text)
}

function callRow({ at, route, model, status, costUsd, ms, isWhole }: GatewayCall): HTMLElement {
  const isBad = status === null || status >= 400
  const cells: [name: string, text: string][] = [
    ['time', time(at)],
    ['route', route.replace(/^POST /, '')],
    ['model', model ?? '–'],
    [
      'status',
      status === null
        ? '✕ no answer'
        : `${isBad ? '✕' : isWhole ? '✓' : '◔'} ${status}${isWhole || isBad ? '' : ', cut'}`,
    ],
    ['cost', costUsd === null ? (isBad ? '–' : 'unknown') : inDollars(costUsd)],
    ['took', ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`],
  ]
  return el(
    'tr',
    { class: isBad ? 'trouble' : undefined },
    ...cells.map(([name, text]) => el('td', { class: name }, text)),
  )
}

function time(at: string): string {
  return new Date(at).toLocaleTimeString([], { hour12: false })
}
