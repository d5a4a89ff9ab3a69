/**
 * The same requests to our API server and to Kubernetes' own (KUBECONFIG_REAL): status codes, reasons, causes, objects.
 * Differences that are meant stand in differences.ts.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { type Asker, answerOf, ask, differences, overTls } from './compare.ts'
import { control, testKinds } from './control.ts'
import { known } from './differences.ts'
import { requests } from './requests.ts'
import { startWorld } from './world.ts'

const config = process.env['KUBECONFIG_REAL']
const skip = config === undefined ? 'KUBECONFIG_REAL names no Kubernetes' : false
const namespace = `diff-${process.pid}`

test('answers as Kubernetes does', { skip, timeout: 120_000 }, async () => {
  const theirs = askerOf(config!)
  const kinds = await testKinds()
  const world = await startWorld({ kinds })
  // Kubernetes has no scheduler and no kubelet here either.
  const controllers = await control(world, kinds, ['namespace-controller'])
  const ours: Asker = async (method, path, body, headers) => {
    const reply = await world.fetch(path, { method, headers, ...(body === null ? {} : { body }) })
    return answerOf(reply.status, await reply.text(), reply.headers.get('warning'))
  }
  const unexpected: string[] = []
  const unused = new Set(Object.keys(known))
  try {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
    for (const asker of [ours, theirs]) {
      await ask(asker, { name: 'namespace', method: 'POST', path: '/api/v1/namespaces', body }, namespace)
      await until(async () => {
        const { status } = await ask(
          asker,
          { name: 'account', method: 'GET', path: '/api/v1/namespaces/NS/serviceaccounts/default' },
          namespace,
        )
        return status === 200
      })
    }
    for (const one of requests) {
      if (one.isSetUp === true) {
        for (const asker of [ours, theirs]) await until(async () => (await ask(asker, one, namespace)).status === 200)
        continue
      }
      const found = differences(await ask(ours, one, namespace), await ask(theirs, one, namespace))
      const meant = known[one.name] ?? []
      const isMeant = (line: string): boolean => meant.some((start) => line.startsWith(start))
      if (found.some(isMeant)) unused.delete(one.name)
      for (const line of found) if (!isMeant(line)) unexpected.push(`${one.name}: ${line}`)
    }
  } finally {
    await ask(theirs, { name: 'end', method: 'DELETE', path: '/api/v1/namespaces/NS' }, namespace)
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com'
    await ask(theirs, { name: 'end', method: 'DELETE', path }, namespace)
    controllers.close()
    await world.close()
  }
  assert.deepEqual(unexpected, [], unexpected.join('\n'))
  assert.deepEqual([...unused], [], 'differences that are none any more')
})

function askerOf(path: string): Asker {
  const { clusters, users } = parse(readFileSync(path, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[]
    users: { user: Record<string, string> }[]
  }
  const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString()
  const { cluster } = clusters[0]!
  const { user } = users[0]!
  return overTls(cluster['server']!, {
    ca: text(cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  })
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('it did not come')
}
