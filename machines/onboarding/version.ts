/** What records name the machine by. A process that only reads records knows it without the machine. */
export const MACHINE_ID = 'onboarding'

/** Rises with every change that affects older records; see `driver/envelope`. */
export const MACHINE_VERSION = 3
