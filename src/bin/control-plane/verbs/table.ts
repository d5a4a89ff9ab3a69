import type { Verb } from './verb.ts'

/** Loaded when called. */
export const resourceVerbs: ReadonlyMap<string, () => Promise<Verb>> = new Map([
  ['get', async () => (await import('./get.ts')).get],
  ['describe', async () => (await import('./describe.ts')).describe],
  ['apply', async () => (await import('./apply.ts')).apply],
  ['create', async () => (await import('./create.ts')).create],
  ['delete', async () => (await import('./delete.ts')).remove],
  ['scale', async () => (await import('./scale.ts')).scale],
  ['logs', async () => (await import('./logs.ts')).logs],
  ['exec', async () => (await import('./exec.ts')).exec],
  ['wait', async () => (await import('./wait.ts')).wait],
  ['events', async () => (await import('./events.ts')).events],
])

export const isResourceVerb = (word: string): boolean => resourceVerbs.has(word)
