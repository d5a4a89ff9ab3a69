import { ApiVersions, Metadata } from '../../../src/protocol/index.ts'
import { Wire } from '../wire.ts'

const frame = (...bytes: number[]) => {
  const out = Buffer.alloc(4 + bytes.length)
  out.writeInt32BE(bytes.length)
  out.set(bytes, 4)
  return out
}
const changed = (bytes: Buffer, at: number, value: number) => {
  const copy = Buffer.from(bytes)
  copy[at] = value
  return copy
}
const apiVersions = Wire.request(ApiVersions, 3, { clientSoftwareName: 'x', clientSoftwareVersion: '1' })
const metadata = Wire.request(Metadata, 12, { topics: [] })

export const hostileCases: readonly { name: string; bytes: Buffer }[] = [
  { name: 'a length of nothing', bytes: frame() },
  { name: 'a negative length', bytes: Buffer.from([255, 255, 255, 255]) },
  { name: 'a length beyond all limits', bytes: Buffer.from([127, 255, 255, 255]) },
  { name: 'words of another protocol', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n') },
  { name: 'an unknown API', bytes: changed(metadata, 5, 250) },
  { name: 'an unknown version of an API', bytes: changed(metadata, 7, 99) },
  { name: 'a negative version of an API', bytes: changed(changed(metadata, 6, 255), 7, 255) },
  { name: 'a request cut within its header', bytes: frame(0, 3, 0, 12, 0, 0) },
  { name: 'a request cut within its body', bytes: frame(...metadata.subarray(4, metadata.length - 3)) },
  { name: 'a list longer than the request', bytes: changed(metadata, metadata.length - 4, 127) },
  { name: 'ApiVersions cut within its body', bytes: frame(...apiVersions.subarray(4, apiVersions.length - 3)) },
]
