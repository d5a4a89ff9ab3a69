/** A Kafka connection, both ways: frames, the order of replies, correlation, versions, and how much memory all may hold. */
export { Budget, type BudgetHolder } from './budget.ts'
export { ClientConnection, type ClientConnectionOptions, connectClient, type Handshake } from './client-connection.ts'
export { FrameMemory } from './frame-memory.ts'
export { FrameReader } from './frame-reader.ts'
export { Peer, type PeerOptions } from './peer.ts'
export type { ReplySlot } from './reply-slot.ts'
export { type SaslWorld, saslHandshake } from './sasl-handshake.ts'
export {
  type CloseReason,
  type ConnectionLimits,
  defaultLimits,
  ServerConnection,
  type ServerConnectionOptions,
} from './server-connection.ts'
export { software } from './software.ts'
export { VersionRanges } from './version-ranges.ts'
