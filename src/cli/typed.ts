/** Commands about a run, which take the options that name it. */
const ABOUT_A_RUN = 'run|plan|status|doctor|inspect|keys|fund|gateway|adopt|revoke-allowance'
const OTHERS = 'export|sandbox|wipe|mcp|fleet|completion'
/** Commands, as hints name them; not labels of keys, which begin with the same word. */
const COMMAND = new RegExp(`(?<!["\\w-])venice-onboard (?=(?:${ABOUT_A_RUN}|${OTHERS})\\b)`, 'g')
/** In the middle of a sentence; not `--help`, which is about no run. */
const QUOTED = new RegExp(`\`(venice-onboard (?:${ABOUT_A_RUN})\\b(?![^\`]*--help)[^\`…]*)\``, 'g')
/** As wide as what it takes the place of, so that tables stay aligned. */
const BY_NPM = 'npm run cli -- '

export interface Typed {
  env: Readonly<Record<string, string | undefined>>
  /** Options that say which run is meant; see `placeIn`. */
  place: string
}

/**
 * `text` with its commands as they are to be typed here: for the same run as the command that tells them; and in a clone,
 * where npm runs the program and it is on no PATH, by way of npm.
 */
export function asTyped(text: string, { env, place }: Typed): string {
  const located =
    place === ''
      ? text
      : text.replaceAll(QUOTED, (whole, command: string) =>
          command.includes(place) ? whole : `\`${command} ${place}\``,
        )
  return isRunInClone(env) ? located.replaceAll(COMMAND, BY_NPM) : located
}

/** @see https://docs.npmjs.com/cli/v11/using-npm/scripts#environment (checked 2026-11-23) */
const isRunInClone = ({ npm_package_name: name, npm_lifecycle_event: script }: Typed['env']): boolean =>
  name === 'venice-onboard' && (script === 'onboard' || script === 'cli')
