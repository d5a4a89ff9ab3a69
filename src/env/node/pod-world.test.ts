import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { PodPorts, portsDirectoryIn } from './pod-ports.ts'
import { PodWorld } from './pod-world.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function podIn(mode: 'own-address' | 'remapped-ports') {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-pod-'))
  ends.push(() => rmSync(directory, { recursive: true }))
  const names = join(directory, 'names.json')
  const any = (host: string) => [{ port: '*', to: [{ host, port: '*' }] }]
  const table = {
    mounts: { '/opt/kafka': '/h/kafka', '/opt/kafka/config': '/h/config', '/tmp': `${directory}/tmp` },
    ...{ podIp: '127.9.0.5', hostname: 'me', namespace: 'ns', names, mode },
  }
  writeFileSync(join(directory, 'pod.json'), JSON.stringify(table))
  writeFileSync(
    names,
    JSON.stringify({
      'me.set.ns.svc': any('127.9.0.5'),
      'you.set.ns.svc': any('127.9.0.6'),
      'boot.ns.svc': [
        {
          port: 9092,
          to: [
            { host: '127.9.0.5', port: 1 },
            { host: '127.9.0.6', port: 1 },
          ],
        },
      ],
      'empty.ns.svc': [{ port: 9092, to: [] }],
    }),
  )
  return {
    directory,
    names,
    pod: new PodWorld(join(directory, 'pod.json')),
    ports: new PodPorts(portsDirectoryIn(directory)),
  }
}

test('a path is the mount’s that fits best; the host’s own paths stay', () => {
  const { pod, directory } = podIn('own-address')
  assert.equal(pod.path('/opt/kafka/bin/x'), '/h/kafka/bin/x')
  assert.equal(pod.path('/opt/kafka/config'), '/h/config')
  assert.equal(pod.path('/opt/kafkaesque'), '/opt/kafkaesque')
  assert.equal(pod.path('/tmp/x'), join(directory, 'tmp/x'))
  assert.equal(pod.path(join(directory, 'tmp/x')), join(directory, 'tmp/x'))
})

test('names lead to pods and to who is ready, in turn; connections come from the pod’s address', () => {
  const { pod } = podIn('own-address')
  const from = '127.9.0.5'
  assert.deepEqual(pod.reach('you.set', 5), { host: '127.9.0.6', port: 5, from })
  assert.deepEqual(pod.reach('you.set.ns.svc.cluster.local', 5), { host: '127.9.0.6', port: 5, from })
  assert.deepEqual(
    [1, 2, 3].map(() => pod.reach('boot', 9092)?.host),
    ['127.9.0.5', '127.9.0.6', '127.9.0.5'],
  )
  assert.equal(pod.reach('boot', 9093), null)
  assert.equal(pod.reach('empty', 9092), null)
  assert.deepEqual(pod.reach('localhost', 7), { host: '127.9.0.5', port: 7, from })
  assert.deepEqual(pod.reach('example.com', 7), { host: 'example.com', port: 7 })
  for (const host of ['0.0.0.0', 'localhost', 'me', 'me.set.ns.svc', '127.9.0.5']) {
    assert.deepEqual(pod.listen(host, 9), { host: '127.9.0.5', port: 9 }, host)
  }
  assert.equal(pod.listen('192.0.2.1', 9), null)
})

test('on one address, others find a port through its note', () => {
  const { pod, ports } = podIn('remapped-ports')
  assert.deepEqual(pod.listen('0.0.0.0', 9092), { host: '127.0.0.1', port: 0 })
  assert.deepEqual(pod.listens(9092, { host: '127.0.0.1', port: 4321 }), { host: '127.9.0.5', port: 9092 })
  assert.deepEqual(pod.reach('me.set', 9092), { host: '127.0.0.1', port: 4321 })
  assert.equal(pod.reach('you.set', 9092), null)
  ports.note({ host: '127.9.0.6', port: 1 }, 99)
  assert.deepEqual(pod.reach('boot', 9092), null)
  assert.deepEqual(pod.reach('boot', 9092), { host: '127.0.0.1', port: 99 })
})
