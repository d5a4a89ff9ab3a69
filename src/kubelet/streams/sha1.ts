/** SHA-1, which WebSocket's handshake asks for; good for nothing else any more. */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  blocks.set(message)
  blocks[message.length] = 0x80
  const view = new DataView(blocks.buffer)
  view.setUint32(blocks.length - 4, message.length * 8)
  let [a0, b0, c0, d0, e0] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  const words = new Uint32Array(80)
  for (let at = 0; at < blocks.length; at += 64) {
    for (let i = 0; i < 80; i++) {
      words[i] =
        i < 16 ? view.getUint32(at + i * 4) : rotate(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1)
    }
    let [a, b, c, d, e] = [a0, b0, c0, d0, e0]
    for (let i = 0; i < 80; i++) {
      const [f, k] =
        i < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : i < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : i < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6]
      const next = (rotate(a, 5) + f + e + k + words[i]!) >>> 0
      ;[a, b, c, d, e] = [next, a, rotate(b, 30), c, d]
    }
    a0 = (a0 + a) >>> 0
    b0 = (b0 + b) >>> 0
    c0 = (c0 + c) >>> 0
    d0 = (d0 + d) >>> 0
    e0 = (e0 + e) >>> 0
  }
  const digest = new Uint8Array(20)
  const out = new DataView(digest.buffer)
  for (const [i, word] of [a0, b0, c0, d0, e0].entries()) out.setUint32(i * 4, word)
  return digest
}

const rotate = (word: number, by: number): number => ((word << by) | (word >>> (32 - by))) >>> 0
