/** For `node --import`: the package's own name means the sources, so that no test runs a bundle of yesterday. */
import { registerHooks } from 'node:module'

const doors: ReadonlyMap<string, string> = new Map([
  ['millrace/client', new URL('../../src/client/node.ts', import.meta.url).href],
  ['millrace/testing', new URL('../../src/testing/index.ts', import.meta.url).href],
])

registerHooks({
  resolve(specifier, context, next) {
    const url = doors.get(specifier)
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true }
  },
})
