import type { Action, ActionName, Words } from '../domain/next-action.ts'

/** The tools that do what others do with a command. */
const TOOLS: Partial<Record<ActionName, string>> = {
  doctor: 'venice_doctor',
  'fund.diem': 'venice_fund',
  'fund.options': 'venice_fund_options',
  'fund.x402': 'venice_fund',
  'keys.revoke': 'venice_keys_revoke',
  'keys.rotate': 'venice_keys_rotate',
  plan: 'venice_plan',
  run: 'venice_start',
  status: 'venice_status',
}

/** The tool that continues a run, or does what else is next; null where only its host can. */
export const toolFor = ({ action }: Pick<Action, 'action'>): string | null =>
  action === 'run' ? 'venice_resume' : (TOOLS[action] ?? null)

/** The tool that begins a run with what `action` names, and its arguments; null for another action. */
export function startedBy({ action, arguments: { fund, ...given } }: Action) {
  if (action !== 'run') return null
  const [fundWith, fundAmount] = typeof fund === 'string' ? fund.split(':') : []
  const asText = Object.entries(given).map(([name, value]) => [name, String(value)])
  return {
    tool: 'venice_start',
    arguments: {
      ...Object.fromEntries(asText),
      ...(fundWith !== undefined && fundAmount !== undefined && { fundWith, fundAmount }),
    },
  }
}

/** What no tool does, as a model tells its person. */
const BY_THE_HOST: Partial<Record<ActionName, string>> = {
  'keys.list': 'the list of keys',
  'keys.reclaim': 'reclaiming keys, which the host can do,',
  revokeAllowance: 'revoking the allowance, which the host can do,',
  wipe: 'what the host has for putting a run aside',
}

/** How a model is told of actions and settings: by its tools, and by what only its host can do or set. */
export const TOOL_WORDS: Words = {
  action: ({ action }) => TOOLS[action] ?? BY_THE_HOST[action] ?? 'what the host has for it',
  setting: ({ setting }) => `the host's setting ${setting}`,
}
