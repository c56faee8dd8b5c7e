import { expect, it } from 'vitest'
import { placeIn, stateDirIn } from '../../src/cli/place.ts'

it.each([
  ['venice-onboard run', ''],
  ['venice-onboard run --yes --max-vvv 1', ''],
  ['venice-onboard run --network base --yes --state-dir there', '--network base --state-dir there'],
  [
    'venice-onboard run --network=base --rpc-url https://a --rpc-url=wss://b',
    '--network=base --rpc-url https://a --rpc-url=wss://b',
  ],
  ["venice-onboard run --state-dir 'a b' --json", "--state-dir 'a b'"],
  ['venice-onboard run --not--network base', ''],
])('%j: the options that identify the run are %j', (command, place) => {
  expect(placeIn(command)).toBe(place)
})

it.each([
  ['', ''],
  ['--network base', ''],
  ['--network base --state-dir there --rpc-url https://a', '--state-dir there'],
  ["--state-dir 'a --network b' --api-url https://a", "--state-dir 'a --network b'"],
])('of the place %j, the folder is %j', (place, folder) => {
  expect(stateDirIn(place)).toBe(folder)
})
