const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const digits: ReadonlyMap<string, number> = new Map([...alphabet].map((letter, i) => [letter, i]))

/** Padding and line ends are skipped; what is no base64 at all as well, as the API server has checked it. */
export function fromBase64(text: string): Uint8Array {
  const out = new Uint8Array(Math.ceil((text.length * 3) / 4))
  let length = 0
  let bits = 0
  let held = 0
  for (const letter of text) {
    const digit = digits.get(letter)
    if (digit === undefined) continue
    held = ((held << 6) | digit) & 0xffffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    out[length++] = (held >> bits) & 0xff
  }
  return out.subarray(0, length)
}
