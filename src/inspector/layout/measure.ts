/** A state that is only named, with its place within its box. */
export interface Chip {
  path: string
  label: string
  x: number
  y: number
  width: number
}

const CHIP_HEIGHT = 21
const CHIP_SIZE = 11.5
const GAP = 6
const PADDING = 10
/** Widest row of chips: wide enough for one row in most stages. */
const ROW_WIDTH = 330

/** Rough width of a text in a system font, a little generous: the layout is made where no font is. */
export const textWidth = (text: string, size: number): number => Math.ceil(text.length * size * 0.57)

/** Puts names in rows, left to right. */
export function chipRows(items: readonly { path: string; label: string }[]): {
  chips: Chip[]
  width: number
  height: number
} {
  let [x, y, width] = [PADDING, 0, 0]
  const chips = items.map(({ path, label }) => {
    const wide = textWidth(label, CHIP_SIZE) + 16
    if (x > PADDING && x + wide > ROW_WIDTH) [x, y] = [PADDING, y + CHIP_HEIGHT + GAP]
    const chip = { path, label, x, y, width: wide }
    x += wide + GAP
    width = Math.max(width, x - GAP + PADDING)
    return chip
  })
  return { chips, width, height: y + CHIP_HEIGHT + PADDING }
}
