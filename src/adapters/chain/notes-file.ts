import { join } from 'node:path'

/** The file in which processes share what endpoints lack. */
export const endpointNotesFile = (stateDir: string): string => join(stateDir, 'endpoints.json')
