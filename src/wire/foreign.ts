const ascii = (text: string): number =>
  ((text.charCodeAt(0) << 24) | (text.charCodeAt(1) << 16) | (text.charCodeAt(2) << 8) | text.charCodeAt(3)) >>> 0

const httpStarts: ReadonlySet<number> = new Set(
  ['GET ', 'POST', 'PUT ', 'HEAD', 'DELE', 'OPTI', 'PATC', 'CONN', 'TRAC', 'PRI ', 'HTTP'].map(ascii),
)
const sshStart = ascii('SSH-')
const proxyStarts: ReadonlySet<number> = new Set([ascii('PROX'), 0x0d0a0d0a])

/** What the first four bytes of a connection say when they are another protocol's and not a frame size. */
export function foreignProtocol(size: number): string | null {
  const first = size >>> 0
  if (httpStarts.has(first)) return 'an HTTP message arrived on a port that speaks the Kafka protocol'
  // A handshake record of TLS 1.x: type 22, version 3.x.
  if (first >>> 16 === 0x1603) {
    return 'a TLS handshake arrived on a listener without TLS; the client’s security.protocol does not fit it'
  }
  // An alert record: what a TLS peer says that got plaintext.
  if (first >>> 16 === 0x1503) return 'a TLS alert arrived: the other side speaks TLS and this side does not'
  if (first === sshStart) return 'an SSH greeting arrived on a port that speaks the Kafka protocol'
  if (proxyStarts.has(first)) return 'a PROXY protocol header arrived, which this listener does not take'
  return null
}
