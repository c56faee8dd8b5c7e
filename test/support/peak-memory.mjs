import { readFileSync, writeFileSync } from 'node:fs'

// Loaded before the program: leaves the most memory that the process has held, in bytes, in $PEAK_MEMORY_FILE. Where the
// system does not keep it, what it holds at the end. `resourceUsage` will not do: it starts with what the parent held.
process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE, String(peakBytes())))

function peakBytes() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1_024
  } catch {
    return process.memoryUsage().rss
  }
}
