const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a text such as `500ms`, `30s`, `10m`, `1h` or `2d`; null for anything else. A bare 0 is 0. */
export function parseDuration(text: string): number | null {
  if (text.trim() === '0') return 0
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim())
  const unit = UNITS[match?.[2] ?? '']
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit)
}

/** Short text for a person: `850 ms`, `12 s`, `3 min`, `2 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  return `${Math.round(ms / 3_600_000)} h`
}
