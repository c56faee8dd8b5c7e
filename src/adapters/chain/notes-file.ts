import { join } from 'node:path'

/** Where processes note for each other what endpoints lack. */
export const endpointNotesFile = (stateDir: string): string => join(stateDir, 'endpoints.json')
