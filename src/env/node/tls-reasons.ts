/** How long a newcomer may take to finish its handshake. */
export const handshakeMsMax = 30_000

/** OpenSSL's and Node's codes for what a person can do something about. */
const told: readonly (readonly [RegExp, string])[] = [
  [
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH|BAD_RECORD_TYPE|UNEXPECTED_MESSAGE|RECORD_LAYER|HTTPS_PROXY/,
    'what arrived is not TLS',
  ],
  [
    /DID_NOT_RETURN_A_CERTIFICATE|ALERT_CERTIFICATE_REQUIRED/,
    'a client certificate is required, and none was presented',
  ],
  [/SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/, 'the certificate is signed by nobody in the trust store'],
  [/CERT_HAS_EXPIRED|ALERT_CERTIFICATE_EXPIRED/, 'the certificate has expired'],
  [/CERT_NOT_YET_VALID/, 'the certificate is not valid yet'],
  [/ALERT_UNKNOWN_CA/, 'the other side does not trust this certificate: its issuer is not in the trust store there'],
  [
    /ALERT_BAD_CERTIFICATE|ALERT_CERTIFICATE_UNKNOWN|ALERT_UNSUPPORTED_CERTIFICATE/,
    'the other side does not accept this certificate',
  ],
  [/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|NO_PROTOCOLS/, 'the two sides have no TLS version in common'],
  [/NO_SHARED_CIPHER|HANDSHAKE_FAILURE/, 'the two sides have no cipher suite in common, or the key does not fit any'],
  [/ERR_TLS_HANDSHAKE_TIMEOUT/, `the handshake did not end within ${handshakeMsMax} ms`],
]

/** Why a handshake failed; null for failures that are not about TLS: nobody there, or a peer that went. */
export function whyNoTls(error: unknown, side: 'client' | 'server'): string | null {
  const { code, message } =
    typeof error === 'string' ? { code: error, message: error } : (error as NodeJS.ErrnoException)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return message
  const known = told.find(([pattern]) => pattern.test(code ?? ''))
  if (known !== undefined) {
    const hint =
      known[1] === told[0]![1]
        ? `; the ${side === 'server' ? 'client’s' : 'broker’s'} security protocol does not fit`
        : ''
    return `${known[1]}${hint} (${code})`
  }
  if (code === 'ECONNRESET') return side === 'client' ? 'the connection was closed during the handshake' : null
  return code === undefined || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || !code.startsWith('E')
    ? `${message} (${code ?? 'no code'})`
    : null
}
