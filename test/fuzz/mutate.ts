import type { Luck } from '../faults/seed.ts'

const lies: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xfe],
  [0, 0],
]

/** A frame with something wrong in it: flipped, lied about, cut, or with too much at its end. Key and version stay. */
export function mutate(frame: Uint8Array, luck: Luck): Uint8Array {
  const changed = frame.slice()
  const at = (): number => luck.between(Math.min(4, changed.length - 1), changed.length - 1)
  switch (luck.below(4)) {
    case 0:
      for (let n = luck.between(1, 6); n > 0; n--) changed[at()]! ^= 1 << luck.below(8)
      return changed
    case 1: {
      const from = at()
      changed.set(luck.pick(lies).slice(0, changed.length - from), from)
      return changed
    }
    case 2:
      return changed.slice(0, luck.between(8, changed.length))
    default:
      return Buffer.concat([changed, luck.bytes(luck.between(1, 20))])
  }
}
