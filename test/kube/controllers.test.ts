/** The built-in controllers as kubectl sees them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Control, control, testKinds } from './control.ts'
import { hasKubectl, type Ran, startWorld, type World } from './world.ts'

const skip = hasKubectl() ? false : 'there is no kubectl'

describe('built-in controllers', { skip, timeout: 120_000 }, () => {
  let world: World
  let controllers: Control

  before(async () => {
    const kinds = await testKinds()
    world = await startWorld({ kinds, isOpen: true })
    controllers = await control(world, kinds)
  })
  after(async () => {
    controllers.close()
    await world.close()
  })

  const ok = async (ran: Promise<Ran>): Promise<string> => {
    const { code, out, err } = await ran
    assert.equal(code, 0, err)
    return out
  }
  const kubectl = (...args: string[]) => ok(world.kubectl(...args))
  const apply = (object: unknown, ...args: string[]) =>
    ok(world.kubectlIn(JSON.stringify(object), 'apply', '-f', '-', ...args))
  const names = async (...args: string[]) => (await kubectl('get', ...args, '-o', 'name')).split('\n').filter(Boolean)
  const until = async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
    for (let tries = 0; tries < 1200; tries++) {
      if (await isSo()) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.fail(`it did not come: ${what}`)
  }

  const deployment = (image: string, replicas: number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'work' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
    },
  })

  test('a namespace comes furnished', async () => {
    await kubectl('create', 'namespace', 'work')
    const wait = ['--for=jsonpath={.metadata.name}=default', '--timeout=90s', '-n', 'work']
    await until(async () => (await names('sa', '-n', 'work')).length === 1, 'service account')
    await kubectl('wait', 'sa/default', ...wait)
    assert.equal(await kubectl('get', 'cm', 'kube-root-ca.crt', '-n', 'work', '-o', 'jsonpath={.data.ca\\.crt}'), 'PEM')
  })

  test('a Deployment rolls out, is changed, undone and scaled; its service follows', async () => {
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'work' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
    })
    await apply(deployment('one', 2))
    assert.match(
      await kubectl('rollout', 'status', 'deploy/web', '-n', 'work', '--timeout=90s'),
      /successfully rolled out/,
    )
    await kubectl('set', 'image', 'deploy/web', 'c=two', '-n', 'work')
    assert.match(
      await kubectl('rollout', 'status', 'deploy/web', '-n', 'work', '--timeout=90s'),
      /successfully rolled out/,
    )
    await kubectl('rollout', 'undo', 'deploy/web', '-n', 'work')
    await kubectl('rollout', 'status', 'deploy/web', '-n', 'work', '--timeout=90s')
    const image = ['get', 'deploy', 'web', '-n', 'work', '-o', 'jsonpath={.spec.template.spec.containers[0].image}']
    assert.equal(await kubectl(...image), 'one')
    assert.match(await kubectl('rollout', 'history', 'deploy/web', '-n', 'work'), /\n3 /)
    await kubectl('scale', 'deploy/web', '--replicas=3', '-n', 'work')
    await until(async () => (await names('po', '-n', 'work', '-l', 'app=web')).length === 3, 'three pods')
    const slices = ['get', 'endpointslices', '-n', 'work', '-l', 'kubernetes.io/service-name=web', '-o']
    await until(async () => {
      const out = await kubectl(...slices, 'jsonpath={.items[*].endpoints[*].conditions.ready}')
      return out === 'true true true'
    }, 'three endpoints')
    assert.equal(await kubectl(...slices, 'jsonpath={.items[*].ports[*].port}'), '8080')
  })

  test('a rollout that cannot succeed keeps the old pods', async () => {
    await kubectl('set', 'image', 'deploy/web', 'c=never', '-n', 'work')
    const { code, out } = await world.kubectl('rollout', 'status', 'deploy/web', '-n', 'work', '--timeout=2s')
    assert.notEqual(code, 0, out)
    assert.equal(await kubectl('get', 'deploy', 'web', '-n', 'work', '-o', 'jsonpath={.status.availableReplicas}'), '3')
  })

  test('deleting an owner in the foreground waits for what it owns; orphaning keeps it', async () => {
    await kubectl('delete', 'deploy', 'web', '-n', 'work', '--cascade=orphan')
    const sets = await names('rs', '-n', 'work')
    assert.ok(sets.length >= 2)
    assert.equal(await kubectl('get', ...[sets[0]!], '-n', 'work', '-o', 'jsonpath={.metadata.ownerReferences}'), '')
    await kubectl('delete', 'rs', '--all', '-n', 'work', '--cascade=foreground', '--timeout=90s')
    assert.deepEqual(await names('po', '-n', 'work', '-l', 'app=web'), [])
  })

  test('a claim has a volume while somebody wants it', async () => {
    await apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'local', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'millrace.io/local',
    })
    await apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'work' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    })
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'user', namespace: 'work' },
      spec: {
        containers: [{ name: 'c', image: 'x', volumeMounts: [{ name: 'd', mountPath: '/d' }] }],
        volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }],
      },
    })
    await kubectl('wait', 'pod/user', '--for=condition=Ready', '-n', 'work', '--timeout=90s')
    await kubectl('delete', 'pvc', 'data', '-n', 'work', '--wait=false')
    assert.match(await kubectl('get', 'pvc', '-n', 'work'), /Terminating/)
    await kubectl('delete', 'pod', 'user', '-n', 'work')
    await kubectl('wait', 'pvc/data', '--for=delete', '-n', 'work', '--timeout=90s')
    await until(async () => (await names('pv')).length === 0, 'no volumes')
    assert.equal(controllers.removed.length, 1)
    assert.match(controllers.removed[0]!, /^\/volumes\/pvc-/)
  })

  test('what is not enforced is stored, and an Event says so', async () => {
    await apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace: 'work' },
      spec: { podSelector: {} },
    })
    await until(async () => (await kubectl('get', 'events', '-n', 'work')).includes('NotEnforced'), 'event')
  })

  test('old Deployments are taken and answered as those of today', async () => {
    const { selector: _, ...spec } = deployment('one', 1).spec
    await apply({
      apiVersion: 'extensions/v1beta1',
      kind: 'Deployment',
      metadata: { name: 'old', namespace: 'work' },
      spec,
    })
    await kubectl('rollout', 'status', 'deploy/old', '-n', 'work', '--timeout=90s')
    assert.equal(await kubectl('get', 'deploy', 'old', '-n', 'work', '-o', 'jsonpath={.apiVersion}'), 'apps/v1')
  })

  test('a definition is a kind once it is established, and takes its objects with it', async () => {
    const openAPIV3Schema = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    }
    await apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'things', kind: 'Thing', shortNames: ['th'] },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    })
    await kubectl('wait', 'crd/things.example.com', '--for=condition=Established', '--timeout=90s')
    await apply({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 't', namespace: 'work' },
      spec: { size: 1 },
    })
    assert.deepEqual(await names('th', '-n', 'work'), ['thing.example.com/t'])
    await kubectl('delete', 'crd', 'things.example.com', '--timeout=90s')
    const { err } = await world.kubectl('get', 'things', '-n', 'work')
    assert.match(err, /doesn't have a resource type|could not find the requested resource/)
  })

  test('a namespace that goes takes everything with it', async () => {
    await kubectl('delete', 'namespace', 'work', '--timeout=90s')
    assert.ok(!(await names('namespaces')).includes('namespace/work'))
  })
})
