/** The bytes were written by Kubernetes 1.35's own serializer (k8s.io/apimachinery, k8s.io/api). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Messages } from '../kinds/index.ts'
import { decodeObject, ProtoError } from './index.ts'
import golden from './testdata/kubernetes-1.35.json' with { type: 'json' }

const messages = new Messages()
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))
const read = (name: keyof typeof golden, message: string) =>
  decodeObject(bytesOf(golden[name]), messages.proto(message))

/** Without what Go writes for fields that are not set. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .map(([key, child]) => [key, plain(child)] as const)
    .filter(([, child]) => child !== '' && child !== 0 && child !== false && child !== null)
    .filter(([, child]) => typeof child !== 'object' || Object.keys(child as object).length > 0)
  return Object.fromEntries(kept)
}

test('reads a Secret: bytes as base64, labels, times', () => {
  assert.deepEqual(plain(read('secret', 'core.Secret')), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'n', labels: { a: 'b' }, creationTimestamp: '2023-11-14T22:13:20Z' },
    data: { user: 'bWU=', bin: 'AP8=' },
    immutable: true,
    type: 'Opaque',
  })
})

test('reads a Deployment: inline structs, quantities, ports that are names, pointers to zero', () => {
  const object = plain(read('deployment', 'apps.Deployment')) as { spec: Record<string, unknown> }
  assert.equal(object.spec['replicas'], 2)
  assert.deepEqual(object.spec['selector'], {
    matchLabels: { a: 'b' },
    matchExpressions: [{ key: 'c', operator: 'In', values: ['d', 'e'] }],
  })
  const whole = read('deployment', 'apps.Deployment') as { spec: { template: { spec: Record<string, unknown> } } }
  const { containers, volumes } = whole.spec.template.spec as {
    containers: Record<string, unknown>[]
    volumes: unknown[]
  }
  assert.deepEqual(volumes, [{ name: 'v', emptyDir: { medium: '' } }])
  const [container] = containers
  assert.deepEqual(container!['command'], ['sh', '-c'])
  assert.deepEqual(plain(container!['resources']), { limits: { cpu: '500m' } })
  assert.deepEqual(plain(container!['livenessProbe']), { httpGet: { path: '/', port: 'web' } })
  assert.deepEqual(plain(container!['readinessProbe']), { tcpSocket: { port: 80 } })
  assert.deepEqual(plain(container!['env']), [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'k' } } }])
  assert.equal(container!['stdin'], true)
})

test('reads DeleteOptions', () => {
  assert.deepEqual(plain(read('deleteOptions', 'meta.DeleteOptions')), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: 5,
    propagationPolicy: 'Background',
    dryRun: ['All'],
  })
})

test('reads times to the microsecond, and those that are not set as null', () => {
  const event = read('event', 'core.Event')
  assert.equal(event['eventTime'], '2023-11-14T22:13:20.123456Z')
  assert.equal(event['firstTimestamp'], null)
})

test('refuses what is cut off anywhere, or is none of it', () => {
  const whole = bytesOf(golden.deployment)
  const table = messages.proto('apps.Deployment')
  let refused = 0
  for (let length = 0; length < whole.length; length++) {
    try {
      decodeObject(whole.subarray(0, length), table)
    } catch (thrown) {
      assert.equal((thrown as Error).name, 'ProtoError', `${length} bytes: ${(thrown as Error).stack}`)
      refused++
    }
  }
  // The last four bytes say the encoding, which is none.
  assert.ok(refused > whole.length - 6)
  assert.throws(() => decodeObject(bytesOf('e30='), table), ProtoError)
})

test('refuses messages nested without end', () => {
  const messages = new Messages('x.Deep|inner 1 *x.Deep')
  let inner = new Uint8Array(0)
  for (let depth = 0; depth < 200; depth++) inner = field(1, inner)
  const body = Uint8Array.from([0x6b, 0x38, 0x73, 0, ...field(2, inner)])
  assert.throws(() => decodeObject(body, messages.proto('x.Deep')), /nested too deeply/)
})

function field(number: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = []
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128)
    if (rest < 128) break
  }
  return Uint8Array.from([(number << 3) | 2, ...length, ...bytes])
}
