export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** The codes of security protocols on the wire and in registration records. */
export const securityProtocolCode = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const

/** One entry of `listeners` or `advertised.listeners`. */
export interface ListenerEndpoint {
  /** Upper case, as Kafka normalises it. */
  readonly listener: string
  /** '' = every address (listeners), or this host's name (advertised). */
  readonly host: string
  readonly port: number
  readonly securityProtocol: SecurityProtocol
  /** The address means every interface: '', 0.0.0.0 or ::. */
  readonly isWildcard: boolean
}

export type Listeners = { readonly endpoints: readonly ListenerEndpoint[] } | { readonly error: string }

/** The value of `listener.security.protocol.map`, or Kafka's sentence on what is wrong with it. */
export function parseProtocolMap(text: string): ReadonlyMap<string, SecurityProtocol> | { readonly error: string } {
  const map = new Map<string, SecurityProtocol>()
  for (const entry of text.split(/\s*,\s*/)) {
    if (entry === '') continue
    const colon = entry.lastIndexOf(':')
    if (colon < 0)
      return {
        error: `Error parsing configuration property 'listener.security.protocol.map': "${entry}" is not listener:protocol`,
      }
    const protocol = entry
      .slice(colon + 1)
      .trim()
      .toUpperCase()
    if (!(protocol in securityProtocolCode)) {
      return {
        error: `Invalid security protocol \`${entry.slice(colon + 1)}\` defined in listener.security.protocol.map`,
      }
    }
    map.set(entry.slice(0, colon).trim().toUpperCase(), protocol as SecurityProtocol)
  }
  return map
}

/** The listener name in front of `://`, upper case; null when there is none. */
export function listenerName(entry: string): string | null {
  const at = entry.indexOf('://')
  return at < 0 ? null : entry.slice(0, at).toUpperCase()
}

/**
 * Entries of the form NAME://host:port. Names must differ; ports too, unless `distinctPorts` is false (advertised) or
 * exactly two entries share one, the one IPv4 and the other IPv6.
 */
export function parseListeners(
  entries: readonly string[],
  protocols: ReadonlyMap<string, SecurityProtocol>,
  distinctPorts: boolean,
): Listeners {
  const shown = `[${entries.join(', ')}]`
  const fail = (why: string): Listeners => ({ error: `Error creating broker listeners from '${shown}': ${why}` })
  const endpoints: ListenerEndpoint[] = []
  for (const entry of entries) {
    const m = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/.exec(entry)
    if (m === null) return fail(`Unable to parse ${entry} to a broker endpoint`)
    const listener = m[1]!.toUpperCase()
    const securityProtocol = protocols.get(listener)
    if (securityProtocol === undefined) return fail(`No security protocol defined for listener ${listener}`)
    const host = m[2]!
    endpoints.push({ listener, host, port: Number(m[3]), securityProtocol, isWildcard: isWildcard(host) })
  }
  if (new Set(endpoints.map((e) => e.listener)).size !== endpoints.length) {
    return fail(`Each listener must have a different name, listeners: ${shown}`)
  }
  for (const e of endpoints) {
    if (e.port < 0 || e.port > 65535) return fail(`port ${e.port} of listener ${e.listener} is not between 0 and 65535`)
  }
  const clash = distinctPorts ? portClash(endpoints) : null
  if (clash === null) return { endpoints }
  if (clash.kind === 'family') {
    return fail(
      `If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, listeners: ${shown}, port: ${clash.port}`,
    )
  }
  if (clash.kind === 'many') {
    return fail(
      `Each listener must have a different port unless exactly one listener has an IPv4 address and the other IPv6 address, listeners: ${shown}, port: ${clash.port}`,
    )
  }
  return fail(`Each listener must have a different port, listeners: ${shown}`)
}

function portClash(endpoints: readonly ListenerEndpoint[]): { kind: 'family' | 'many' | 'plain'; port: number } | null {
  const byPort = Map.groupBy(
    endpoints.filter((e) => e.port !== 0),
    (e) => e.port,
  )
  for (const [port, same] of byPort) {
    if (same.length < 2) continue
    const addresses = same.filter((e) => isAddress(e.host))
    const names = same.length - addresses.length
    if (names > 1) return { kind: 'plain', port }
    if (addresses.length !== 2) return { kind: 'many', port }
    if (names > 0 || isV6(addresses[0]!.host) === isV6(addresses[1]!.host)) return { kind: 'family', port }
  }
  return null
}

function isV6(host: string): boolean {
  return host.includes(':')
}
function isAddress(host: string): boolean {
  return isV6(host) || /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(host)
}
function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || /^[0:]+$/.test(host)
}
