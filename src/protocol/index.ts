/** Kafka 4.3's wire protocol: every API with its codecs, the headers, the error table, and the internal records. */
export {
  type Advice,
  type ErrorCode,
  type ErrorRow,
  errorName,
  errorRow,
  errors,
  errorTable,
  errorText,
  isRetriable,
} from './errors.ts'
export { RequestHeader, ResponseHeader } from './headers.ts'
export * from './messages/index.ts'
export * from './records/index.ts'
export * from './schema/index.ts'
