import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Obj } from '../../../kube-client/index.ts'
import { createFromFiles, createOne } from './apply.ts'
import { outputFlags } from './print.ts'
import { targetOf } from './targets.ts'
import { type Call, dryRunFlag, filenameFlag, Mistake, namespaceFlag, type Verb, wholeNumber } from './verb.ts'

export const create: Verb = {
  name: 'create',
  args: '-f FILE… | namespace NAME | configmap NAME | secret generic NAME | serviceaccount NAME | deployment NAME --image=IMAGE',
  summary: 'make a new resource, from files or from words',
  flags: [
    ...[filenameFlag, namespaceFlag, dryRunFlag, ...outputFlags],
    { name: 'from-literal', takes: 'KEY=VALUE', help: 'an entry of a configmap or secret; may be repeated' },
    { name: 'from-file', takes: '[KEY=]FILE', help: 'a file as such an entry; may be repeated' },
    { name: 'image', takes: 'IMAGE', help: 'what a deployment runs' },
    { name: 'replicas', short: 'r', takes: 'N', help: 'how many pods a deployment has' },
    { name: 'type', takes: 'TYPE', help: 'of a secret' },
  ],
  examples: [
    'create namespace kafka',
    'create -f kafka.yaml',
    'create secret generic my-user --from-literal=password=secret',
  ],
  run: async (call) => {
    if (call.values('filename').length > 0) {
      if (call.args.length > 0) throw new Mistake('no names together with -f')
      return await createFromFiles(call)
    }
    const object = objectOf(call)
    const target = await targetOf(call, object)
    const placed = target.namespace === null ? {} : { namespace: target.namespace }
    await createOne(call, target, { ...object, metadata: { ...object.metadata, ...placed } })
    return 0
  },
}

const aliases: Readonly<Record<string, string>> = {
  ...{ ns: 'namespace', cm: 'configmap', sa: 'serviceaccount', deploy: 'deployment' },
}

function objectOf(call: Call): Obj {
  const [said = '', ...rest] = call.args
  const what = aliases[said] ?? said
  const names = what === 'secret' ? rest.slice(1) : rest
  const known = ['namespace', 'configmap', 'serviceaccount', 'deployment', 'secret']
  if (what === '') throw new Mistake('must specify one of -f and -k')
  if (!known.includes(what))
    throw new Mistake(`create ${said} needs kubectl, or -f FILE; here there are ${known.join(', ')}`)
  if (what === 'secret' && rest[0] !== 'generic')
    throw new Mistake(`create secret ${rest[0] ?? ''} needs kubectl; here there is create secret generic`)
  if (names.length !== 1) throw new Mistake(`exactly one NAME is required, got ${names.length}`)
  const metadata = { name: names[0]! }
  if (what === 'namespace') return { apiVersion: 'v1', kind: 'Namespace', metadata }
  if (what === 'serviceaccount') return { apiVersion: 'v1', kind: 'ServiceAccount', metadata }
  if (what === 'deployment') return deploymentOf(call, metadata.name)
  const entries = entriesOf(call)
  const isText = ([, bytes]: readonly [string, Buffer]): boolean => Buffer.from(bytes.toString()).equals(bytes)
  const base64 = (some: readonly (readonly [string, Buffer])[]) =>
    Object.fromEntries(some.map(([key, bytes]) => [key, bytes.toString('base64')]))
  if (what === 'secret') {
    const type = call.value('type')
    return { apiVersion: 'v1', kind: 'Secret', metadata, ...(type === null ? {} : { type }), data: base64(entries) }
  }
  const data = Object.fromEntries(entries.filter(isText).map(([key, bytes]) => [key, bytes.toString()]))
  const binary = base64(entries.filter((entry) => !isText(entry)))
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data,
    ...(Object.keys(binary).length === 0 ? {} : { binaryData: binary }),
  }
}

function entriesOf(call: Call): readonly (readonly [string, Buffer])[] {
  const literals = call.values('from-literal').map((word) => {
    const [key = '', value] = word.split(/=(.*)/s)
    if (key === '' || value === undefined) throw new Mistake(`invalid literal source ${word}, expected key=value`)
    return [key, Buffer.from(value)] as const
  })
  const files = call.values('from-file').map((word) => {
    const [first = '', second] = word.split(/=(.*)/s)
    const path = second ?? first
    try {
      return [second === undefined ? basename(path) : first, readFileSync(path)] as const
    } catch (thrown) {
      throw new Mistake(`${path} cannot be read: ${(thrown as Error).message}`)
    }
  })
  return [...literals, ...files]
}

function deploymentOf(call: Call, name: string): Obj {
  const image = call.value('image')
  if (image === null) throw new Mistake('required flag(s) "image" not set')
  const replicas = wholeNumber(call.value('replicas') ?? '1', 'replicas')
  const labels = { app: name }
  const container = image.split('/').at(-1)!.split(/[:@]/)[0]!
  const command = call.after === null ? {} : { command: call.after }
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels } },
    spec: {
      ...{ replicas, selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec: { containers: [{ name: container, image, ...command }] } },
    },
  }
}
