/** Bodies in protocol buffers, as kubectl and client-go send built-in kinds. */
export { decodeObject, type Envelope, isProtobuf, isProtoError, ProtoError, readEnvelope } from './decode.ts'
