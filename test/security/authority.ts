/** A certificate authority for tests, and what it has signed as files and configuration keys, in PEM. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KeyAndCert, keySource, type SignOptions } from '../../src/pki/index.ts'

export const keys = keySource(globalThis.crypto)

type Config = Record<string, string>

export class Authority implements Disposable {
  readonly directory: string
  readonly ca: KeyAndCert

  private constructor(directory: string, ca: KeyAndCert) {
    this.directory = directory
    this.ca = ca
    writeFileSync(this.path('ca.crt'), ca.certPem)
  }

  static async make(commonName = 'cluster-ca v0'): Promise<Authority> {
    const ca = await keys.createCa({ ...validity(), commonName, organization: 'io.strimzi' })
    return new Authority(mkdtempSync(join(tmpdir(), 'millrace-tls-')), ca)
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  /** Signs for loopback, as server and client. */
  sign(commonName: string, more: Partial<SignOptions> = {}): Promise<KeyAndCert> {
    const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '::1'], usage: 'server+client' as const }
    return keys.sign(this.ca, { ...validity(), organization: 'io.strimzi', commonName, ...names, ...more })
  }

  /** `ssl.*` keys of a node or client with that name; its key and certificate are in one PEM file. */
  async sslKeys(commonName: string, o: { file?: string; trust?: Authority } = {}): Promise<Config> {
    const { keyPem, certPem } = await this.sign(commonName)
    const file = this.path(o.file ?? `${commonName}.pem`)
    writeFileSync(file, keyPem + certPem, { mode: 0o600 })
    return { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': file, ...(o.trust ?? this).trustKeys() }
  }

  trustKeys(): Config {
    return { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': this.path('ca.crt') }
  }

  /** A properties file, for tools. */
  properties(name: string, config: Config): string {
    const path = this.path(`${name}.properties`)
    writeFileSync(
      path,
      Object.entries(config)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function validity() {
  return { validityDays: 30, notBeforeMs: Date.now() - 3_600_000 }
}
