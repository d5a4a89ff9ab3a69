import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Home, noKubectl, type Ran } from './world.ts'

const namespaceYaml = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
`
const shopYaml = (color: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { color: ${color} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - { name: main, image: busybox, command: [sh, -c, 'echo one; echo two; exec sleep 1000'] }
`

let home: Home
const files = mkdtempSync(join(tmpdir(), 'millrace-files-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(files, name), text)
  return join(files, name)
}

function done(ran: Ran): string {
  assert.equal(ran.code, 0, `${ran.out}\n${ran.err}`)
  return ran.out
}

function refused(ran: Ran): string {
  assert.equal(ran.code, 1, ran.out)
  return ran.err
}

before(async () => {
  home = new Home()
  assert.match(
    refused(await home.millrace('get', 'ns')),
    /^error: no control plane runs here: start it with millrace up$/m,
  )
  done(await home.millrace('up', '-f', file('namespace.yaml', namespaceYaml), '--detach', '--wait=20'))
  done(await home.millrace('apply', '-f', file('shop.yaml', shopYaml('green'))))
})

after(async () => {
  await home[Symbol.asyncDispose]()
  rmSync(files, { recursive: true, force: true })
})

test('apply says what it did: created, unchanged, configured', async () => {
  assert.equal(
    done(
      await home.millrace(
        'apply',
        '-f',
        file('new.yaml', shopYaml('green').replaceAll(/name: (settings|web),/g, 'name: $1-2,')),
      ),
    ),
    'configmap/settings-2 created\ndeployment.apps/web-2 created\n',
  )
  const again = await home.millrace('apply', '-f', file('shop.yaml', shopYaml('green')))
  assert.equal(done(again), 'configmap/settings unchanged\ndeployment.apps/web unchanged\n')
  const other = await home.millrace('apply', '-f', file('red.yaml', shopYaml('red')))
  assert.equal(done(other), 'configmap/settings configured\ndeployment.apps/web unchanged\n')
  assert.equal(done(await home.millrace('get', 'cm', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.color}')), 'red')
  assert.equal(
    done(await home.millrace('delete', 'cm/settings-2', 'deploy/web-2', '-nshop')),
    'configmap "settings-2" deleted\ndeployment.apps "web-2" deleted\n',
  )
})

test('wait, get, logs, describe and events see a Deployment and its pod', async () => {
  const wait = ['wait', '-n', 'shop', 'deployment/web', '--for=condition=Available', '--timeout=90s']
  assert.equal(done(await home.millrace(...wait)), 'deployment.apps/web condition met\n')
  const shown = done(await home.millrace('get', 'deploy,po', '--namespace=shop', '-l', 'app=web'))
  assert.match(shown, /^NAME +READY +STATUS +RESTARTS +AGE\npod\/web-\S+ +1\/1 +Running +0 +\d+s$/m)
  const pod = done(await home.millrace('get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', 'name')).trim()
  assert.equal(done(await home.millrace('logs', '-n', 'shop', pod)), 'one\ntwo\n')
  assert.equal(done(await home.millrace('logs', '-n', 'shop', 'deploy/web', '--tail=1')), 'two\n')
  const described = done(await home.millrace('describe', '-n', 'shop', pod))
  assert.match(described, /^Name: +web-\S+\nNamespace: +shop\nLabels: +app=web$/m)
  assert.match(described, /^ {2}Normal +Started +\S+ +kubelet +Started container main$/m)
  const events = done(await home.millrace('events', '-n', 'shop', `--for=${pod}`))
  assert.match(events, /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE$/m)
  assert.match(events, /Normal +Started +Pod\/web-/)
})

test('scale changes how many pods there are', async () => {
  assert.equal(
    done(await home.millrace('scale', 'deployment', 'web', '--replicas=2', '-n', 'shop')),
    'deployment.apps/web scaled\n',
  )
  done(await home.millrace('wait', '-n', 'shop', 'deploy', 'web', '--for=jsonpath={.status.readyReplicas}=2'))
  done(await home.millrace('scale', 'deploy/web', '--replicas=1', '-n', 'shop'))
})

test('logs --follow goes on until the container has ended', async () => {
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'once' } },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'echo begun; sleep 1; echo done'] }],
    },
  }
  assert.equal(
    done(await home.millraceIn(JSON.stringify(pod), 'create', '-n', 'shop', '-f', '-')),
    'pod/once created\n',
  )
  done(
    await home.millrace('wait', '-n', 'shop', 'pod/once', '--for=jsonpath={.status.containerStatuses[0].containerID}'),
  )
  assert.equal(done(await home.millrace('logs', '-n', 'shop', '-f', 'once')), 'begun\ndone\n')
  assert.equal(done(await home.millrace('delete', 'pod', 'once', '-n', 'shop')), 'pod "once" deleted\n')
})

test('exec runs a command in a container: what it reads, what it prints, how it ends', async () => {
  const inPod = ['exec', '-n', 'shop', 'deploy/web']
  assert.deepEqual(await home.millrace(...inPod, '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'), {
    ...{ code: 7, out: 'out\n', err: 'err\ncommand terminated with exit code 7\n' },
  })
  const lines = 'a line of some length\n'.repeat(20_000)
  const echoed = await home.millraceIn(lines, ...inPod, '-i', '--', 'cat')
  assert.deepEqual([echoed.code, echoed.out === lines, echoed.err], [0, true, ''])
  assert.equal(
    refused(await home.millrace('exec', 'none', '--', 'true')),
    'Error from server (NotFound): pods "none" not found\n',
  )
})

test('create makes namespaces, configmaps and secrets from words, and refuses what is there', async () => {
  assert.equal(done(await home.millrace('create', 'ns', 'kafka')), 'namespace/kafka created\n')
  assert.equal(
    refused(await home.millrace('create', 'namespace', 'kafka')),
    'Error from server (AlreadyExists): namespaces "kafka" already exists\n',
  )
  const secret = ['create', 'secret', 'generic', 'user', '--from-literal=password=very-secret', '-n', 'kafka']
  assert.equal(done(await home.millrace(...secret)), 'secret/user created\n')
  const described = done(await home.millrace('describe', 'secret', 'user', '-n', 'kafka'))
  assert.match(described, /Password: +11 bytes/)
  assert.doesNotMatch(described, /dmVye/)
  assert.equal(done(await home.millrace('delete', 'ns', 'kafka')), 'namespace "kafka" deleted\n')
  assert.equal((await home.millrace('get', 'ns', 'kafka')).code, 1)
})

test('what cannot be done is said in the words of kubectl', async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['get', 'pod', 'none'], 'Error from server (NotFound): pods "none" not found\n'],
    [['get', 'nothings'], 'error: the server doesn\'t have a resource type "nothings"\n'],
    [['delete', 'pods'], 'error: resource(s) were provided, but no name was specified\n'],
    [['get', 'po', '--bad'], "error: unknown flag: --bad\nSee 'millrace get --help' for usage.\n"],
    [
      ['wait', 'ns/shop', '--for=condition=Ready', '--timeout=0'],
      'error: timed out waiting for the condition on namespaces/shop\n',
    ],
  ]
  for (const [words, text] of cases) assert.equal(refused(await home.millrace(...words)), text)
  const nothing = await home.millrace('get', 'po', '-n', 'default')
  assert.deepEqual([nothing.code, nothing.err], [0, 'No resources found in default namespace.\n'])
  assert.match(refused(await home.millrace('get', 'po', '-o', 'custom-columns=A:.b')), /custom-columns needs kubectl/)
  const mistake = shopYaml('red').replace('replicas: 1', 'replicaz: 1')
  assert.match(
    refused(await home.millrace('apply', '-f', file('mistake.yaml', mistake))),
    /unknown field "spec\.replicaz"/,
  )
  const negative = file('negative.yaml', shopYaml('red').replace('replicas: 1', 'replicas: -1'))
  assert.equal(
    refused(await home.millrace('apply', '-f', negative)),
    `The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0 (${negative}:10:3)\n`,
  )
})

test('tables and objects are those that kubectl prints', { skip: noKubectl }, async () => {
  for (const words of [
    ['get', 'deploy', 'web', '-n', 'shop', '-o', 'yaml'],
    ['get', 'cm', '-n', 'shop', '-o', 'json'],
    ['get', 'crd'],
    ['get', 'ns', '--sort-by=.metadata.name'],
    ['create', 'ns', 'later', '--dry-run=client', '-o', 'name'],
    ['get', 'cm', '-A', '-o', 'name'],
    [
      'get',
      'po',
      '-n',
      'shop',
      '-o',
      'jsonpath={range .items[*]}{.kind}{"\\t"}{.spec.containers[?(@.name=="main")].image}{"\\n"}{end}',
    ],
  ]) {
    const [ours, theirs] = [await home.millrace(...words), await home.kubectl(...words)]
    const aged = (text: string): string => text.replaceAll(/\d+[sm](?:\d+s)?$/gm, 'AGE')
    assert.equal(aged(done(ours)), aged(done(theirs)), words.join(' '))
  }
})
