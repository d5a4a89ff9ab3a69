import { utf8Decode, utf8Encode } from '../bytes/index.ts'

/**
 * `topic partition offset` checkpoints of a log directory: `0`, the count, one line each. The key is `topic-partition`,
 * the name of the partition's directory.
 */
export type Offsets = Map<string, number>

export function encodeOffsets(offsets: ReadonlyMap<string, number>): Uint8Array {
  let text = `0\n${offsets.size}\n`
  for (const [name, offset] of offsets) {
    const dash = name.lastIndexOf('-')
    text += `${name.slice(0, dash)} ${name.slice(dash + 1)} ${offset}\n`
  }
  return utf8Encode(text)
}

/** Null when it is not a whole checkpoint of version 0. */
export function decodeOffsets(bytes: Uint8Array): Offsets | null {
  const lines = utf8Decode(bytes, 0, bytes.length).split('\n')
  const count = Number(lines[1])
  if (lines[0] !== '0' || !Number.isInteger(count) || count < 0 || lines.length < count + 2) return null
  const offsets: Offsets = new Map()
  for (let i = 0; i < count; i++) {
    const match = /^(\S+) (\d+) (\d+)$/.exec(lines[i + 2]!)
    if (match === null) return null
    offsets.set(`${match[1]}-${match[2]}`, Number(match[3]))
  }
  return offsets
}
