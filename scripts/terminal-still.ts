/**
 * Takes the picture of a run on a terminal that the README shows, `docs/terminal.svg`: `npm run screenshots`. Runs the
 * program in a sandbox, on a pseudo-terminal of util-linux's `script`, and draws the screen as it is left.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import xterm from '@xterm/headless'
import { buildProgram, outdir } from '../test/support/build.ts'

const COLUMNS = 112
const ROWS = 40
const CELL = { width: 7.8, height: 18 }
const MARGIN = 16
/** Of a dark terminal, by the numbers of ANSI's colours. */
const COLOURS: Readonly<Record<number, string>> = {
  1: '#ff7b72',
  2: '#7ee787',
  3: '#e3b341',
  4: '#79c0ff',
  5: '#d2a8ff',
  6: '#76e3ea',
  8: '#8b949e',
}
const [FOREGROUND, BACKGROUND] = ['#e6edf3', '#0d1117']

interface Run {
  text: string
  column: number
  style: string
}

const folder = mkdtempSync(join(tmpdir(), 'venice-onboard-still-'))
const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, convertEol: true })
try {
  const program = await buildProgram(outdir)
  const command = `stty cols ${COLUMNS} rows ${ROWS}; exec "${process.execPath}" "${program}" run`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TERM: 'xterm-256color',
      npm_package_name: 'venice-onboard',
      npm_lifecycle_event: 'onboard',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.on('data', (chunk: Buffer) => terminal.write(chunk))
  await once(child, 'close')
  await new Promise<void>((resolve) => terminal.write('', resolve))
  writeFileSync(join(dirname(import.meta.dirname), 'docs/terminal.svg'), svgOf(terminal))
} finally {
  rmSync(outdir, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
}

function svgOf({ buffer: { active } }: InstanceType<typeof xterm.Terminal>): string {
  const lines = Array.from({ length: active.length }, (_, row) => runsOf(active, row))
  const last = lines.findLastIndex((runs) => runs.some(({ text }) => text.trim() !== ''))
  const shown = lines.slice(0, last + 1)
  const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN)
  const height = Math.ceil((shown.length + 1) * CELL.height + 2 * MARGIN)
  const text = shown.map((runs, row) => runs.map((run) => spanOf(run, row + 1)).join('')).filter(Boolean)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<title>A run of venice-onboard on a terminal</title>',
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="13" fill="${FOREGROUND}" xml:space="preserve">`,
    spanOf({ text: '$ npm run onboard', column: 0, style: 'font-weight="bold"' }, 0),
    ...text,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/** The text of a line, in runs of one style. */
function runsOf(active: InstanceType<typeof xterm.Terminal>['buffer']['active'], row: number): Run[] {
  const line = active.getLine(row)
  const runs: Run[] = []
  for (let column = 0; line !== undefined && column < COLUMNS; column += 1) {
    const cell = line.getCell(column)
    if (cell === undefined) continue
    const colour = cell.isFgDefault() ? undefined : COLOURS[cell.getFgColor()]
    const style = [
      colour === undefined ? '' : `fill="${colour}"`,
      cell.isBold() ? 'font-weight="bold"' : '',
      cell.isDim() ? 'opacity="0.6"' : '',
    ]
    const name = style.filter(Boolean).join(' ')
    const before = runs.at(-1)
    if (before?.style === name) before.text += cell.getChars() || ' '
    else runs.push({ text: cell.getChars() || ' ', column, style: name })
  }
  return runs
}

function spanOf({ text, column, style }: Run, row: number): string {
  const shown = text.trimEnd()
  if (shown === '') return ''
  const x = (MARGIN + column * CELL.width).toFixed(1)
  const y = MARGIN + (row + 0.8) * CELL.height
  const length = (shown.length * CELL.width).toFixed(1)
  const escaped = shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '&#160;')
  return `<text x="${x}" y="${y.toFixed(1)}" textLength="${length}" ${style}>${escaped}</text>`
}
