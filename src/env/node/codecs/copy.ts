/** From here on the engine's block copy beats a loop over bytes; below it, making the view costs more. */
const blockBytes = 96

/** `source[from..from+length)` to `target[at..)`; the two are different arrays. */
export function copyBytes(source: Uint8Array, from: number, length: number, target: Uint8Array, at: number): void {
  if (length >= blockBytes) target.set(source.subarray(from, from + length), at)
  else for (let i = 0; i < length; i++) target[at + i] = source[from + i]!
}

/**
 * Repeats what stands `distance` bytes before `at`: a copy that may overlap itself, so that a distance of 1 fills with
 * one byte.
 */
export function repeatBytes(bytes: Uint8Array, at: number, distance: number, length: number): void {
  const from = at - distance
  if (length < blockBytes) {
    for (let i = 0; i < length; i++) bytes[at + i] = bytes[from + i]!
    return
  }
  // Each round doubles what can be copied without overlap.
  let done = 0
  while (done < length) {
    const span = Math.min(distance + done, length - done)
    bytes.copyWithin(at + done, from, from + span)
    done += span
  }
}
