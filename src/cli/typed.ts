/** Commands, as hints name them; not a label of a key, which begins with the same word. */
const COMMAND =
  /(?<!["\w-])venice-onboard (?=(?:run|plan|status|doctor|inspect|export|sandbox|keys|fund|adopt|revoke-allowance|wipe|mcp|fleet|completion)\b)/g
/** As wide as what it takes the place of, so that tables stay aligned. */
const BY_NPM = 'npm run cli -- '

/** `text` with its commands as they are typed here: in a clone, where npm runs the program, it is on no PATH. */
export const asTyped = (text: string, env: Readonly<Record<string, string | undefined>>): string =>
  isRunInClone(env) ? text.replaceAll(COMMAND, BY_NPM) : text

/** @see https://docs.npmjs.com/cli/v11/using-npm/scripts#environment (checked 2026-11-23) */
const isRunInClone = ({
  npm_package_name: name,
  npm_lifecycle_event: script,
}: Parameters<typeof asTyped>[1]): boolean => name === 'venice-onboard' && (script === 'onboard' || script === 'cli')
