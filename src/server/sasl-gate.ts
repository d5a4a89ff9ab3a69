import type { Lease } from '../bytes/index.ts'
import type { ReplySlot } from '../wire/index.ts'
import type { SaslSession } from './sasl-session.ts'

/** What comes on a connection whose session may not be there yet, or be over: handed on, or the end of the connection. */
export function admit(
  session: SaslSession,
  frame: Lease,
  slot: ReplySlot,
  pass: (frame: Lease, slot: ReplySlot) => boolean,
): boolean {
  const { bytes, from, to } = frame.slices[0]!
  if (session.isBare) return bareToken(session, bytes.slice(from, to), slot)
  const refusal = session.refusalOf((bytes[from]! << 8) | bytes[from + 1]!)
  if (refusal === null) return pass(frame, slot)
  slot.close(refusal)
  return false
}

/** Tokens of clients before KIP-152: a frame is the token and nothing else, and a refusal is a closed connection. */
function bareToken(session: SaslSession, token: Uint8Array, slot: ReplySlot): boolean {
  const { step } = session.authenticate(token)
  if (step.kind === 'failed') {
    slot.close(`authentication failed: ${step.message}`)
    return false
  }
  const size = new Uint8Array(4)
  new DataView(size.buffer).setInt32(0, step.bytes.length)
  slot.send([size, step.bytes])
  return false
}
