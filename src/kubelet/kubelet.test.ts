import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import {
  endRecorded,
  NodeAddresses,
  NodeForwarder,
  NodePodFiles,
  NodeProber,
  NodeRuntime,
} from '../env/containers/index.ts'
import type { Address } from '../env/index.ts'
import { NameReader, NodeNames, nodeEnv } from '../env/node/index.ts'
import type { EventNote } from '../kube-client/index.ts'
import { FakeCluster } from './fake-cluster.case.ts'
import { type Image, Kubelet, Network } from './index.ts'
import type { Container, Pod, PodSpec } from './pod-types.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const host: Image = { kind: 'host', layout: {}, workdir: '/', entrypoint: [], arguments: ['sh'], env: {}, id: 'host' }
const ours: Image = { ...host, kind: 'ours' }
const node = 'node'

async function place(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-kubelet-'))
  ends.push(async () => {
    await endRecorded(join(home, 'containers'), 0)
    await rm(home, { recursive: true, force: true })
  })
  return home
}

/** A kubelet on real processes; `cluster` may be one that an earlier kubelet served. */
async function kubeletAt(home: string, cluster = new FakeCluster(), loopback?: 'single') {
  const runtime = new NodeRuntime({ directory: join(home, 'containers') })
  const blocks = join(home, 'blocks')
  const addresses = await NodeAddresses.open({ home, directory: join(home, 'net'), blocks, loopback })
  const env = nodeEnv({ logLevel: 'off' })
  const namesFile = join(home, 'net', 'names.json')
  const files = new NodePodFiles()
  const forwarder = new NodeForwarder(addresses.ports)
  const { hostIp } = addresses
  let forwarded: readonly { readonly at: Address; readonly to: readonly Address[] }[] = []
  const set = forwarder.set.bind(forwarder)
  forwarder.set = (routes) => {
    set(routes)
    forwarded = routes
  }
  const kubelet = new Kubelet({
    ...{ runtime, addresses, files, hostIp, namesFile },
    images: (image) =>
      image === 'sh' ? host : image === 'ours' ? ours : { cannot: `${image} is not an image that runs here: use sh` },
    prober: new NodeProber(addresses.ports),
    ...{ clock: env.clock, random: env.random, nodeName: node, path: process.env['PATH']! },
    capacity: { cpu: 1, memoryBytes: 1 },
    directory: join(home, 'pods'),
    events: (note: EventNote) => void cluster.events.push(note),
  })
  cluster.run(kubelet)
  cluster.run(new Network({ addresses, names: new NodeNames(namesFile), forwarder, hostIp }))
  ends.push(async () => {
    cluster.close()
    forwarder.close()
    await runtime.close()
    env.close()
  })
  const pod = (name: string) => cluster.objects.get(`pods/ns/${name}`) as Pod | undefined
  const logOf = async (name: string, previous = false): Promise<string> => {
    const parts: Uint8Array[] = []
    const life = kubelet.lifeOf(pod(name)!, pod(name)!.spec.containers[0]!.name, previous)!
    for await (const chunk of runtime.logs(life.id, {})) parts.push(chunk)
    return Buffer.concat(parts).toString()
  }
  return { cluster, kubelet, runtime, pod, logOf, home, namesFile, forwarded: () => forwarded }
}

const sh = (script: string, more: Partial<Container> = {}): Container => ({
  ...{ name: 'main', image: 'sh', command: ['sh', '-c', script] },
  ...more,
})

const podOf = (name: string, containers: readonly Container[], spec: Partial<PodSpec> = {}): Pod => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', labels: { app: name } } },
  spec: { nodeName: node, containers, ...spec },
})

const stateIn = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]
const isReady = (pod: Pod | undefined) =>
  pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
const reasons = (cluster: FakeCluster) => cluster.events.map(({ reason }) => reason)

test('a pod runs to its end: init container, environment, output, phases, events', async () => {
  const { cluster, pod, logOf } = await kubeletAt(await place())
  const volumes = [{ name: 'v', emptyDir: {} }]
  const volumeMounts = [{ name: 'v', mountPath: '/v' }]
  cluster.put(
    'pods',
    podOf(
      'p',
      [
        sh('echo "$NAME at $IP"', {
          env: [
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
          volumeMounts,
        }),
      ],
      { restartPolicy: 'Never', volumes, initContainers: [sh('echo first', { name: 'init' })] },
    ),
  )
  await cluster.until(() => pod('p')?.status?.phase === 'Succeeded')
  assert.equal(await logOf('p'), `p at ${pod('p')!.status!.podIP}\n`)
  assert.equal(stateIn(pod('p'))?.state.terminated?.reason, 'Completed')
  assert.equal(pod('p')!.status!.initContainerStatuses?.[0]?.state.terminated?.exitCode, 0)
  assert.deepEqual(reasons(cluster), ['Pulled', 'Created', 'Started', 'Pulled', 'Created', 'Started'])
  assert.deepEqual(cluster.events[0]?.fieldPath, 'spec.initContainers{init}')
})

test('deletion gives the grace that was asked for; then pod, processes and files are gone', async () => {
  const home = await place()
  const { cluster, kubelet, runtime, pod, logOf } = await kubeletAt(home)
  cluster.put('pods', podOf('p', [sh('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done')]))
  await cluster.until(() => isReady(pod('p')))
  await cluster.until(() => pod('p') !== undefined)
  const { uid } = pod('p')!.metadata
  while ((await logOf('p')) === '') await new Promise((resolve) => setTimeout(resolve, 10))
  const deleted = { kind: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true } }
  cluster.apply({ do: 'delete', ...deleted, ref: { namespace: 'ns', name: 'p' }, gracePeriodSeconds: 20 })
  await cluster.until(() => pod('p') === undefined)
  assert.deepEqual(await runtime.recorded(), [])
  assert.equal(await new NodePodFiles().read(join(home, 'pods', uid!, 'containers', 'main.json')), null)
  assert.ok(reasons(cluster).includes('Killing'))
  assert.equal(kubelet.lifeOf(podOf('p', []), 'main'), null)
})

test('an image that does not run here is named in the status, with those that do', async () => {
  const { cluster, pod } = await kubeletAt(await place())
  cluster.put('pods', podOf('p', [sh('', { image: 'nginx' })]))
  const waiting = await cluster.until(
    () => stateIn(pod('p'))?.state.waiting?.reason === 'ErrImagePull' && stateIn(pod('p')),
  )
  assert.match(waiting.state.waiting?.message ?? '', /nginx is not an image that runs here: use sh/)
  assert.ok(reasons(cluster).includes('Failed'))
})

test('what a pod asks for in vain is told', async () => {
  const { cluster, pod } = await kubeletAt(await place())
  const lifecycle = { preStop: { exec: { command: ['x'] } } }
  cluster.put(
    'pods',
    podOf('p', [{ ...sh(''), ...{ lifecycle } }], { restartPolicy: 'Never', activeDeadlineSeconds: 1 }),
  )
  await cluster.until(() => pod('p')?.status?.phase === 'Succeeded')
  const told = cluster.events.flatMap(({ reason, note }) => (reason === 'NotEnforced' ? [note.split(':')[0]] : []))
  assert.deepEqual(told, ['lifecycle.preStop is not run', 'activeDeadlineSeconds ends nothing'])
})

test('a program that is not there is an exit 128 that says so', async () => {
  const { cluster, pod } = await kubeletAt(await place())
  cluster.put('pods', podOf('p', [sh('', { command: ['no-such'] })], { restartPolicy: 'Never' }))
  await cluster.until(() => pod('p')?.status?.phase === 'Failed')
  const { exitCode, reason, message = '' } = stateIn(pod('p'))!.state.terminated!
  assert.deepEqual([exitCode, reason], [128, 'StartError'])
  assert.match(message, /exec: "no-such": executable file not found in \$PATH/)
})

test('a container that crashes is restarted, then waits; its last log can be read', async () => {
  const { cluster, pod, logOf } = await kubeletAt(await place())
  cluster.put('pods', podOf('p', [sh('echo run; exit 3')]))
  await cluster.until(() => stateIn(pod('p'))?.state.waiting?.reason === 'CrashLoopBackOff')
  const { restartCount, lastState } = stateIn(pod('p'))!
  assert.equal(restartCount, 1)
  assert.equal(lastState.terminated?.exitCode, 3)
  assert.equal(await logOf('p', true), 'run\n')
})

test('the kubelet comes back and finds its pods as it left them', async () => {
  const home = await place()
  const first = await kubeletAt(home)
  first.cluster.put('pods', podOf('p', [sh('while :; do sleep 0.05; done')]))
  await first.cluster.until(() => isReady(first.pod('p')))
  const before = stateIn(first.pod('p'))
  first.cluster.close()
  await first.runtime.close()

  const cluster = new FakeCluster()
  cluster.objects.set('pods/ns/p', first.pod('p')!)
  const second = await kubeletAt(home, cluster)
  cluster.put('pods', first.pod('p')!)
  await cluster.until(() => second.kubelet.lifeOf(second.pod('p')!, 'main'))
  assert.deepEqual(stateIn(second.pod('p')), before)
  const kind = { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true }
  cluster.apply({ do: 'delete', kind, ref: { namespace: 'ns', name: 'p' }, gracePeriodSeconds: 1 })
  await cluster.until(() => second.pod('p') === undefined)
  assert.deepEqual(await second.runtime.recorded(), [])
})

test('mounted configuration changes while the pod runs', async () => {
  const { cluster, pod, home } = await kubeletAt(await place())
  const configMap = (text: string) =>
    cluster.put('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'ns' },
      data: { f: text },
    })
  const volumes = [{ name: 'v', configMap: { name: 'c' } }]
  cluster.put(
    'pods',
    podOf('p', [sh('while :; do sleep 0.05; done', { volumeMounts: [{ name: 'v', mountPath: '/v' }] })], { volumes }),
  )
  await cluster.until(() =>
    cluster.events.some(({ reason, note }) => reason === 'FailedMount' && note.includes('configmap "c" not found')),
  )
  configMap('one')
  await cluster.until(() => isReady(pod('p')))
  const table = JSON.parse(
    await readFile(join(home, 'pods', pod('p')!.metadata.uid!, 'containers', 'main.json'), 'utf8'),
  )
  const file = join(table.mounts['/v'], 'f')
  assert.equal(await readFile(file, 'utf8'), 'one')
  configMap('two')
  while ((await readFile(file, 'utf8')) !== 'two') await new Promise((resolve) => setTimeout(resolve, 10))
})

test('readiness follows a port; names and services lead to who is ready', async () => {
  const { cluster, pod, namesFile, forwarded } = await kubeletAt(await place())
  const probe = { tcpSocket: { port: 4000 }, periodSeconds: 1 }
  const program = `require('net').createServer((s) => s.end('from ' + s.remoteAddress)).listen(4000, process.env.IP)`
  const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
  const command = [process.execPath, '-e', program]
  const containers = [{ name: 'main', image: 'sh', command, env, readinessProbe: probe }]
  const meta = (name: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'ns' } })
  const spec = { selector: { app: 'p' }, ports: [{ port: 4001, targetPort: 4000 }] }
  cluster.put('services', { ...meta('s'), spec: { clusterIP: '10.0.0.1', ...spec } })
  cluster.put('services', { ...meta('h'), spec: { clusterIP: 'None', publishNotReadyAddresses: true, ...spec } })
  cluster.put('pods', podOf('p', containers, { hostname: 'p', subdomain: 'h' }))
  await cluster.until(() => isReady(pod('p')))
  const ip = pod('p')!.status!.podIP!
  const names = () => JSON.parse(readFileSync(namesFile, 'utf8'))
  while (names()['s.ns.svc']?.[0]?.to.length !== 1) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(names()['s.ns.svc'], [{ port: 4001, to: [{ host: ip, port: 4000 }] }])
  assert.deepEqual(names()['p.h.ns.svc'], [{ port: '*', to: [{ host: ip, port: '*' }] }])
  const reader = new NameReader(namesFile, 'ns')
  assert.deepEqual(reader.lookup('s', 4001), { host: ip, port: 4000 })
  assert.deepEqual(reader.lookup('p.h.ns.svc.cluster.local', 5), { host: ip, port: 5 })
  assert.equal(reader.lookup('elsewhere', 5), null)

  while (forwarded()[0]?.to.length !== 1) await new Promise((resolve) => setTimeout(resolve, 5))
  const service = forwarded()[0]!.at
  const socket = connect({ ...service, localAddress: '127.77.0.1' })
  let said = ''
  socket.on('data', (chunk) => (said += chunk))
  await once(socket, 'close')
  assert.equal(said, 'from 127.77.0.1')
})

for (const loopback of ['single', undefined] as const) {
  test(`our programs meet by name and port ${loopback === 'single' ? 'on 127.0.0.1 alone' : 'on addresses of their own'}`, async () => {
    const { cluster, pod, logOf } = await kubeletAt(await place(), new FakeCluster(), loopback)
    const door = new URL('../env/node/index.ts', import.meta.url).href
    const program = (script: string): Container => ({
      ...{ name: 'main', image: 'ours' },
      command: [
        process.execPath,
        '--input-type=module',
        '-e',
        `import { nodeEnv } from '${door}'\nconst { net } = nodeEnv()\n${script}`,
      ],
    })
    const server = program(`net.listen({ host: '0.0.0.0', port: 7000 }, (socket) => {
      socket.onBytes = () => { socket.write([Buffer.from('hello')]); socket.close('flush') }
    }, (failure, { address }) => console.log(address.host + ':' + address.port))`)
    const client = program(`net.connect({ host: 's', port: 80, timeoutMs: 5000 }, (failure, socket) => {
      if (failure !== null) throw new Error(failure.message)
      socket.onBytes = (chunk) => console.log(Buffer.from(chunk).toString())
      socket.onClose = () => process.exit(0)
      socket.write([Buffer.from('?')])
    })`)
    const spec = { clusterIP: '10.0.0.1', selector: { app: 'server' }, ports: [{ port: 80, targetPort: 'data' }] }
    cluster.put('services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'ns' }, spec })
    const readinessProbe = { tcpSocket: { port: 'data' } }
    cluster.put(
      'pods',
      podOf('server', [{ ...server, ports: [{ name: 'data', containerPort: 7000 }], readinessProbe }]),
    )
    await cluster.until(() => isReady(pod('server')))
    assert.equal(await logOf('server'), `${pod('server')!.status!.podIP}:7000\n`)
    cluster.put('pods', podOf('client', [client], { restartPolicy: 'OnFailure' }))
    await cluster.until(() => pod('client')?.status?.phase === 'Succeeded')
    assert.equal(await logOf('client'), 'hello\n')
  })
}
