/** Words that say that a guard is a question. */
const QUESTION = /^(is|has|may) (?=.)/

/** A name of the machine as people read it: `isStakeProven` is `stake proven`; codes such as `venice/401` stay. */
export const inWords = (name: string): string =>
  /[/ ]/.test(name)
    ? name
    : name.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`).replace(QUESTION, '')
