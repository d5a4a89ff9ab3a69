import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64Decode } from '../bytes/index.ts'
import { quantity, resourceOf } from './downward.ts'
import { environmentOf, expanded } from './environment.ts'
import { hostPath, type Image } from './image.ts'
import { hostArgv } from './launch.ts'
import type { Container, Pod } from './pod-types.ts'
import { mountsOf, planVolume, type VolumeWorld } from './volumes.ts'

const container: Container = {
  ...{ name: 'main', image: 'i' },
  resources: { limits: { memory: '1Gi' }, requests: { cpu: '250m' } },
}
const pod: Pod = {
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: 'p', namespace: 'ns', uid: 'u', labels: { b: '2', a: '1' }, annotations: { 'x/y': 'z' } },
  spec: { containers: [container] },
}
const placed = { hostIp: 'h', podIp: 'i', nodeName: 'n', capacity: { cpu: 2, memoryBytes: 1024 } }
const meta = { apiVersion: 'v1', kind: 'x', metadata: { name: 'c' } }
const world: VolumeWorld = {
  configMap: (name) => (name === 'c' ? { ...meta, data: { 'a.b': 'text', k: 'v' } } : undefined),
  secret: (name) => (name === 's' ? { ...meta, data: { p: 'cGFzcw==' } } : undefined),
  claim: () => undefined,
  volume: () => undefined,
  token: () => undefined,
  placed,
}

test('variables refer to earlier ones, to fields, to keys', () => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'B', value: '$(A)$(C)-$$(A)' },
    { name: 'C', value: 'late' },
    { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } },
    { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    { name: 'KEY', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
    { name: 'PASS', valueFrom: { secretKeyRef: { name: 's', key: 'p' } } },
    { name: 'NONE', valueFrom: { secretKeyRef: { name: 'none', key: 'p', optional: true } } },
  ]
  const envFrom = [{ prefix: 'X_', secretRef: { name: 's' } }]
  assert.deepEqual(environmentOf(pod, { ...container, env, envFrom }, { BASE: 'b' }, world, placed), {
    ...{ BASE: 'b', X_p: 'pass', A: '1', B: '1$(C)-$(A)', C: 'late', NAME: 'p', LABEL: '1', CPU: '2' },
    ...{ KEY: 'v', PASS: 'pass' },
  })
})

test('a key that is not there is named as the kubelet names it', () => {
  const of = (valueFrom: object) =>
    environmentOf(pod, { ...container, env: [{ name: 'A', valueFrom }] }, {}, world, placed)
  assert.deepEqual(of({ secretKeyRef: { name: 'no', key: 'k' } }), { lacks: 'secret "no" not found' })
  assert.deepEqual(of({ configMapKeyRef: { name: 'c', key: 'no' } }), {
    lacks: "couldn't find key no in ConfigMap ns/c",
  })
})

test('$(NAME) is replaced where there is one', () => {
  assert.equal(expanded('$(A) $(B) $$(A) $A', { A: 'x' }), 'x $(B) $(A) $A')
})

test('quantities and divisors', () => {
  assert.deepEqual(['500m', '1Gi', '2k', '1e3', 'x'].map(quantity), [0.5, 2 ** 30, 2000, 1000, Number.NaN])
  const of = (resource: string, divisor?: string) =>
    resourceOf(pod, { resource, ...(divisor === undefined ? {} : { divisor }) }, container, placed)
  assert.deepEqual(
    [of('limits.memory', '1Mi'), of('requests.cpu'), of('requests.memory'), of('x')],
    ['1024', '1', `${2 ** 30}`, null],
  )
})

test('base64 with and without padding', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'äöü\0']) {
    const base64 = Buffer.from(text).toString('base64')
    assert.equal(Buffer.from(base64Decode(base64)).toString(), text)
    assert.equal(Buffer.from(base64Decode(base64.replaceAll('=', ''))).toString(), text)
  }
})

test('a volume shows chosen keys with their modes', () => {
  const plan = planVolume(
    pod,
    { name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: 'd/f', mode: 0o777 }] } },
    '/vols',
    world,
  )
  assert.deepEqual(plan, {
    ...{ kind: 'files', path: '/vols/v' },
    files: [{ path: 'd/f', bytes: new TextEncoder().encode('v'), mode: 0o750 }],
  })
  const secret = planVolume(pod, { name: 'v', secret: { secretName: 's' } }, '/vols', world)
  assert.deepEqual('files' in secret && secret.files.map(({ path, mode }) => [path, mode]), [['p', 0o600]])
  assert.deepEqual(planVolume(pod, { name: 'v', secret: { secretName: 'no' } }, '/vols', world), {
    lacks: 'MountVolume.SetUp failed for volume "v" : secret "no" not found',
  })
})

test('the downward volume holds sorted labels', () => {
  const source = { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] }
  const plan = planVolume(pod, { name: 'v', projected: { sources: [{ downwardAPI: source }] } }, '/vols', world)
  assert.equal('files' in plan && new TextDecoder().decode(plan.files[0]!.bytes), 'a="1"\nb="2"')
})

test('the longest prefix of a path decides', () => {
  const maps = [
    { '/data': '/h/data', '/data/in': '/h/in' },
    { '/': '/root', '/opt': '/o' },
  ] as const
  const of = (path: string) => hostPath(path, ...maps)
  assert.deepEqual(['/data/x', '/data/in/y', '/data2', '/opt'].map(of), ['/h/data/x', '/h/in/y', '/root/data2', '/o'])
  assert.equal(hostPath('/x', maps[0]), null)
})

test('paths of the pod become the host’s for programs that do not know them', () => {
  const image: Image = {
    kind: 'ours',
    layout: { '/opt/kafka': '/h/kafka' },
    workdir: '/',
    entrypoint: [],
    env: {},
    id: '',
  }
  const of = (...words: string[]) => hostArgv(words, { '/data': '/h/data' }, image)
  assert.deepEqual(of('/opt/kafka/x.sh', '/data/a'), ['/h/kafka/x.sh', '/data/a'])
  assert.deepEqual(of('bin/x.sh', '/data/a'), ['bin/x.sh', '/data/a'])
  assert.deepEqual(of('ls', '-l', '/data/a', '/etc'), ['ls', '-l', '/h/data/a', '/etc'])
})

test('a sub path does not lead out of its volume, however it is said', () => {
  const of = (mount: object) => {
    const mounts = [{ name: 'v', mountPath: '/v', ...mount }]
    return mountsOf({ ...container, volumeMounts: mounts }, new Map([['v', '/vols/v']]), (text) =>
      expanded(text, { UP: '../..', ROOT: '/etc' }),
    )
  }
  assert.deepEqual(of({ subPath: 'a/..b' }), { '/v': '/vols/v/a/..b' })
  const up = (path: string) => ({ lacks: `unable to provision SubPath \`${path}\`: must not contain '..'` })
  assert.deepEqual(of({ subPath: 'a/../../b' }), up('a/../../b'))
  assert.deepEqual(of({ subPathExpr: 'a/$(UP)' }), up('a/../..'))
  assert.deepEqual(of({ subPathExpr: '$(ROOT)' }), { lacks: 'error SubPath `/etc` must not be an absolute path' })
})
