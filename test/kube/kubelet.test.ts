/** Pods as processes behind the embedded API, with the machine's own kubectl. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import {
  endRecorded,
  inflateSoFar,
  NodeAddresses,
  NodeForwarder,
  NodePodFiles,
  NodeProber,
  NodeRuntime,
} from '../../src/env/containers/index.ts'
import { NodeNames } from '../../src/env/node/index.ts'
import { builtinKinds, type PodConnect } from '../../src/kube/index.ts'
import {
  type Controller,
  cacheOver,
  EventWriter,
  kubeOver,
  type Obj,
  runControllers,
} from '../../src/kube-client/index.ts'
import { type Image, Kubelet, Network, podConnect } from '../../src/kubelet/index.ts'
import { hasKubectl, startWorld, type World } from './world.ts'

const nodeName = 'millrace-node'
const host: Image = { kind: 'host', layout: {}, workdir: '/', entrypoint: [], arguments: ['sh'], env: {}, id: 'host' }
const pods = { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true }

/** Every pod goes to the only node. */
const scheduler: Controller<Obj> = {
  name: 'scheduler',
  inputs: [{ kind: pods, keys: ({ metadata }) => [`${metadata.namespace}/${metadata.name}`] }],
  gather: async (key, view) => {
    const [namespace = '', name = ''] = key.split('/')
    const pod = view.get(pods, { namespace, name })
    return pod === undefined || (pod['spec'] as { nodeName?: string }).nodeName !== undefined ? null : pod
  },
  plan: (_key, pod) => ({
    actions: [{ do: 'replace', kind: pods, object: { ...pod, spec: { ...(pod['spec'] as object), nodeName } } }],
  }),
}

let world: World
let close = async (): Promise<void> => {}

before(async () => {
  const home = await mkdtemp(join(tmpdir(), 'millrace-kubelet-'))
  const runtime = new NodeRuntime({ directory: join(home, 'containers') })
  const addresses = await NodeAddresses.open({ home, directory: join(home, 'net'), blocks: join(home, 'blocks') })
  let connected: PodConnect | null = null
  world = await startWorld({
    kinds: builtinKinds({ addresses: addresses.services, cel: null }),
    connect: (ask) => connected!(ask),
    isOpen: true,
  })
  const { env, server } = world
  const as = { name: 'system:node', groups: ['system:masters'] }
  const kube = kubeOver(server.handle.bind(server), env.clock, { as })
  const cache = cacheOver(kube, env)
  const events = new EventWriter(kube, env)
  const namesFile = join(home, 'net', 'names.json')
  const { hostIp } = addresses
  const kubelet = new Kubelet({
    ...{ runtime, addresses, nodeName, hostIp, namesFile, directory: join(home, 'pods') },
    images: (image) => (image === 'busybox' ? host : { cannot: `${image} does not run here: use busybox` }),
    files: new NodePodFiles(),
    prober: new NodeProber(addresses.ports),
    ...{ clock: env.clock, random: env.random, path: process.env['PATH']! },
    capacity: { cpu: 1, memoryBytes: 1 },
    events: (note) => events.write('kubelet', note),
  })
  const real = (at: { host: string; port: number }) => addresses.ports?.real(at) ?? at
  const { net } = env
  connected = podConnect({ kubelet, runtime, net, real, inflate: inflateSoFar, wallMs: () => env.clock.wallMs() })
  const forwarder = new NodeForwarder(addresses.ports)
  const network = new Network({ addresses, names: new NodeNames(namesFile), forwarder, hostIp })
  const running = runControllers(kube, env, [scheduler, kubelet, network], cache)
  close = async () => {
    running.close()
    cache.close()
    forwarder.close()
    await runtime.close()
    await endRecorded(join(home, 'containers'), 0)
    await world.close()
    await rm(home, { recursive: true, force: true })
  }
})

after(() => close())

const skip = hasKubectl() ? false : 'kubectl is not installed'

async function apply(object: object): Promise<void> {
  const { code, err } = await world.kubectlIn(JSON.stringify(object), 'apply', '-f', '-')
  assert.equal(code, 0, err)
}

const pod = (name: string, script: string, more: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
  spec: { containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script], ...more }] },
})

async function ready(name: string): Promise<void> {
  const { code, err } = await world.kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=90s')
  assert.equal(code, 0, err)
}

const said = (...args: string[]): Promise<string> =>
  world.kubectl(...args).then(({ code, out, err }) => {
    assert.equal(code, 0, err)
    return out
  })

test('kubectl shows a pod, its log, and what a command in it says', { skip }, async () => {
  await apply(pod('p', 'echo one; echo two; sleep 60', { env: [{ name: 'X', value: 'y' }] }))
  await ready('p')
  assert.match(await said('get', 'pods'), /^p +1\/1 +Running +0 /m)
  assert.equal(await said('logs', 'p'), 'one\ntwo\n')
  assert.equal(await said('logs', 'p', '--tail=1'), 'two\n')
  assert.match(await said('logs', 'p', '--timestamps', '--tail=1'), /^\d{4}-\S+Z two\n$/)
  assert.equal(await said('logs', 'p', '--since=1h'), 'one\ntwo\n')
  assert.equal(await said('exec', 'p', '--', 'sh', '-c', 'echo $X; hostname -f >/dev/null; echo $HOSTNAME'), 'y\np\n')
  const seven = await world.kubectl('exec', 'p', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7')
  assert.deepEqual([seven.code, seven.out], [7, 'out\n'])
  assert.match(seven.err, /^err\n/)
  const missing = await world.kubectl('exec', 'p', '--', 'no-such')
  assert.equal(missing.code, 127)
  assert.match(missing.err, /executable file not found/)
  const piped = await world.kubectlIn('a\nb\n', 'exec', '-i', 'p', '--', 'wc', '-l')
  assert.equal(piped.out.trim(), '2')
  const large = await said('exec', 'p', '--', 'sh', '-c', 'seq 1 100000')
  assert.equal(large.split('\n').length, 100_001)
  const described = await said('describe', 'pod', 'p')
  for (const reason of ['Pulled', 'Created', 'Started']) assert.match(described, new RegExp(reason))
})

test('exec over SPDY does the same', { skip }, async () => {
  await apply(pod('spdy', 'sleep 60'))
  await ready('spdy')
  const variables = { ...world.variables, KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' }
  const child = spawn('kubectl', ['exec', '-i', 'spdy', '--', 'sh', '-c', 'cat; exit 9'], { env: variables })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stdin.end('hello')
  assert.deepEqual(await once(child, 'exit'), [9, null])
  assert.equal(out, 'hello')
})

test('a terminal', { skip: skip || process.platform !== 'linux' }, async () => {
  await apply(pod('tty', 'sleep 60'))
  await ready('tty')
  const kubectl = 'kubectl exec -it tty -- sh -c "tty >/dev/null && echo terminal; stty size; exit 5"'
  const child = spawn('script', ['-qec', `stty cols 91 rows 17; ${kubectl}`, '/dev/null'], { env: world.variables })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  assert.deepEqual(await once(child, 'exit'), [5, null], out)
  assert.match(out, /terminal\r\n/)
})

test('run, attach, remove: what is typed reaches the program, whose end is kubectl’s', { skip }, async () => {
  const args = [
    'run',
    'typed',
    '-i',
    '--rm',
    '--restart=Never',
    '--image=busybox',
    '--',
    'sh',
    '-c',
    'read a; echo "got $a"; exit 3',
  ]
  const { code, out } = await world.kubectlIn('text\n', ...args)
  assert.match(out, /got text\n/)
  assert.equal(code, 3)
  assert.match((await world.kubectl('get', 'pod', 'typed')).err, /NotFound/)
})

test('a port is forwarded', { skip }, async () => {
  const program = `require('net').createServer((s) => s.on('data', (d) => s.end('echo ' + d))).listen(4000, process.env.IP)`
  const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
  const readinessProbe = { tcpSocket: { port: 4000 } }
  await apply(pod('server', '', { command: [process.execPath, '-e', program], env, readinessProbe }))
  await ready('server')
  for (const websockets of ['true', 'false']) {
    const variables = { ...world.variables, KUBECTL_PORT_FORWARD_WEBSOCKETS: websockets }
    const child: ChildProcess = spawn('kubectl', ['port-forward', 'pod/server', ':4000'], { env: variables })
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    const port = Number(/127\.0\.0\.1:(\d+)/.exec((await lines.next()).value ?? '')?.[1])
    for (const word of ['one', 'two']) {
      const socket = connect(port, '127.0.0.1')
      let out = ''
      socket.on('data', (chunk) => (out += chunk))
      socket.write(word)
      await once(socket, 'close')
      assert.equal(out, `echo ${word}`)
    }
    child.kill()
    await once(child, 'exit')
  }
})

test('logs of a container that waits are refused in the API’s words; --previous shows the life before', {
  skip,
}, async () => {
  await apply(pod('no', '', { image: 'nginx' }))
  await apply(pod('crash', 'echo run; exit 1'))
  const wait = [
    'wait',
    'pod/crash',
    '--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff',
  ]
  await said(...wait, '--timeout=90s')
  assert.match(
    (await world.kubectl('logs', 'no')).err,
    /container "main" in pod "no" is waiting to start: trying and failing to pull image/,
  )
  assert.equal(await said('logs', 'crash', '--previous'), 'run\n')
  assert.match(await said('get', 'pods'), /^crash +0\/1 +CrashLoopBackOff +1 /m)
  assert.match(await said('get', 'pods'), /^no +0\/1 +(ErrImagePull|ImagePullBackOff) /m)
})

test('a deleted pod is gone when kubectl says so', { skip }, async () => {
  await apply(pod('gone', 'trap "exit 0" TERM; while :; do sleep 0.05; done'))
  await ready('gone')
  await said('delete', 'pod', 'gone')
  assert.match((await world.kubectl('get', 'pod', 'gone')).err, /NotFound/)
})
