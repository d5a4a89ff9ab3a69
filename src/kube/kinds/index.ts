/** The built-in kinds: rows for the API server, read from tables of facts. */
export { Messages } from './messages.ts'
export { dns1035Errors, dnsLabelErrors, dnsSubdomainErrors, pathSegmentErrors } from './names.ts'
export { canonicalQuantity, quantityNanos } from './quantity.ts'
export { type BuiltinOptions, builtinKinds } from './rows.ts'
export { formatSelector, hasLabels, selects } from './selectors.ts'
export { type ClusterAddresses, qosClass } from './strategies.ts'
export { TypedSchema } from './typed.ts'
