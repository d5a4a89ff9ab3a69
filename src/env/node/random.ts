import type { Random } from '../index.ts'

/** `bytes` is fit for secrets; `next` and `below` are not. */
export const nodeRandom: Random = {
  next: () => Math.random(),
  below: (bound) => Math.floor(Math.random() * bound),
  // Loaded at the first use: 3 ms that a start need not pay.
  bytes: (into) => process.getBuiltinModule('node:crypto').randomFillSync(into),
}
