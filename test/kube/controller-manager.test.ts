/**
 * Kubernetes' own controllers over the embedded API server, when kube-controller-manager is on the PATH: client-go's
 * informers, typed and by metadata alone, leader election, and the garbage collector of record.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { builtinKinds } from '../../src/kube/index.ts'
import { hasKubectl, startWorld, until, type World } from './world.ts'

const program = 'kube-controller-manager'
const isThere = spawnSync(program, ['--version']).status === 0 && hasKubectl()
const skip = isThere ? false : `${program} and kubectl are not both on the PATH`

let world: World
let controllers: ChildProcess
before(async () => {
  if (skip !== false) return
  const addresses = { take: (_taken: ReadonlySet<string>, wanted: string | null) => wanted ?? '10.96.0.10' }
  // Its garbage collector has informers of every version there is, and takes no apps/v1 for an extensions/v1beta1.
  const kinds = builtinKinds({ addresses, cel: null }).map(({ aliases: _, ...kind }) => kind)
  world = await startWorld({ kinds, isSecure: true })
  const names = ['deployment', 'replicaset', 'garbage-collector', 'namespace', 'serviceaccount']
  controllers = spawn(
    program,
    [
      `--kubeconfig=${world.variables['KUBECONFIG']}`,
      `--controllers=${names.map((name) => `${name}-controller`).join()}`,
      ...['--leader-elect=true', '--bind-address=127.0.0.1', '--secure-port=0'],
    ],
    { env: world.variables, stdio: 'ignore' },
  )
})
after(async () => {
  if (skip !== false) return
  controllers.kill('SIGKILL')
  await world.close()
})

const names = async (...what: string[]): Promise<string[]> =>
  (await world.kubectl('get', ...what, '-o', 'name')).out.split('\n').filter((line) => line !== '')

test('a Deployment gets its pods, and what it owned goes with it', { skip }, async () => {
  await until(async () => (await names('lease', '-n', 'kube-system')).length === 1)
  await world.kubectl('create', 'deploy', 'web', '--image=x', '--replicas=2')
  await until(async () => (await names('pods')).length === 2)
  await world.kubectl('delete', 'deploy', 'web')
  await until(async () => (await names('pods,rs')).length === 0)
})

test('a namespace is emptied and let go', { skip }, async () => {
  await world.kubectl('create', 'ns', 'gone')
  await until(async () => (await names('sa', '-n', 'gone')).length === 1)
  await world.kubectl('create', 'cm', 'a', '-n', 'gone')
  const { code, err } = await world.kubectl('delete', 'ns', 'gone', '--timeout=90s')
  assert.equal(code, 0, err)
})
