/** Options that say which run is meant: those that any other command about it needs as well. */
const PLACE = /(?<=\s)--(?:network|rpc-url|api-url|state-dir)(?:=|\s{1,9})(?:'[^']{0,4096}'|\S+)/g

/**
 * The options of `command`, as a shell takes it, that another command about the same run needs; '' for none.
 *
 * `placeIn('venice-onboard run --network base --yes')` is `--network base`.
 */
export const placeIn = (command: string): string => optionsIn(command).join(' ')

/** What of `place` a command needs that reads no network. */
export const stateDirIn = (place: string): string =>
  optionsIn(` ${place}`)
    .filter((option) => option.startsWith('--state-dir'))
    .join(' ')

const optionsIn = (command: string): string[] => [...command.matchAll(PLACE)].map(([option]) => option)
