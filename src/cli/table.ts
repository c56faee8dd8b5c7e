/** Hashes and addresses may be shown shortened; JSON has them whole. */
const HEX = /^0x[0-9a-fA-F]{16,}$/
/** Characters that a shortened one keeps at least, e.g. `0x5d32…15f0`. */
const LEAST_HEX = 11

/**
 * Text columns, padded to the widest cell. Where they are wider than `columns`, hashes and addresses are shortened in their
 * middle; nothing else is cut.
 *
 * @param options.right - columns that are aligned to the right, such as numbers.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [], columns = Number.POSITIVE_INFINITY }: { right?: readonly number[]; columns?: number } = {},
): string {
  const fitting = fitted(header, rows, columns)
  const widths = widthsOf(header, fitting)
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join(GAP)
      .trimEnd()
  return [line(header), widths.map((width) => '─'.repeat(width)).join(GAP), ...fitting.map(line)].join('\n')
}

const GAP = '  '

const widthsOf = (header: readonly string[], rows: readonly (readonly string[])[]): number[] =>
  header.map((_, column) => Math.max(...[header, ...rows].map((row) => (row[column] ?? '').length)))

function fitted(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): readonly (readonly string[])[] {
  const widths = widthsOf(header, rows)
  const excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - columns
  if (excess <= 0) return rows
  const isHex = (column: number) => rows.some((row) => HEX.test(row[column] ?? ''))
  const hex = header.map((_, column) => column).filter(isHex)
  const each = Math.ceil(excess / Math.max(1, hex.length))
  return rows.map((row) =>
    row.map((cell, column) =>
      HEX.test(cell) ? shortened(cell, Math.max(LEAST_HEX, (widths[column] ?? cell.length) - each)) : cell,
    ),
  )
}

/** The beginning and the end of `text`, which is cut only where it is longer than `length`. */
function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  const end = Math.floor((length - 3) / 2)
  return `${text.slice(0, length - 1 - end)}…${text.slice(-end)}`
}
