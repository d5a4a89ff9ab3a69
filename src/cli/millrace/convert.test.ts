import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeEnv } from '../../env/node/index.ts'
import { runMillrace } from '../index.ts'

async function convert(files: Record<string, string>, ...words: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-convert-'))
  mkdirSync(join(directory, 'dir'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  const env = nodeEnv({ logLevel: 'off' })
  const said = { out: '', err: '' }
  const code = await runMillrace(['convert', ...words], {
    env,
    workingDirectory: directory,
    out: (data) => void (said.out += data),
    err: (text) => void (said.err += text),
    drained: () => Promise.resolve(),
    stdin: (async function* () {
      yield new TextEncoder().encode(files['stdin'] ?? '')
    })(),
    isInteractive: false,
    stop: new AbortController().signal,
  })
  await new Promise<void>((gone) => env.close(gone))
  rmSync(directory, { recursive: true })
  return { ...said, code }
}

const oldTopic = `apiVersion: kafka.strimzi.io/v1beta1
kind: KafkaTopic
metadata:
  name: t
  labels: {strimzi.io/cluster: c}
spec:
  partitions: 3
  config:
    message.format.version: "2.2"
`

test('old YAML is printed as it is written today, with a word on what is gone', async () => {
  const { out, err, code } = await convert({ 'a.yaml': oldTopic }, '-f', 'a.yaml')
  assert.equal(
    out,
    'apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nmetadata:\n  name: t\n  labels:\n    strimzi.io/cluster: c\nspec:\n  partitions: 3\n  config: {}\n',
  )
  assert.equal(
    err,
    'a.yaml: KafkaTopic t: spec.config: message.format.version is no key of Kafka 4 and is not acted upon.\n',
  )
  assert.equal(code, 0)
})

test('what needs no change is printed as it was written', async () => {
  const text = '# mine\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x} # short\n'
  assert.equal((await convert({ 'a.yaml': text }, '-f', 'a.yaml')).out, text)
  assert.equal((await convert({ stdin: text }, '-f', '-')).out, text)
})

test('a mistake names file, line, column, path and what is allowed, and nothing is printed', async () => {
  const { out, err, code } = await convert({ 'a.yaml': oldTopic.replace('partitions', 'partition') }, '-f', 'a.yaml')
  assert.equal(
    err,
    'a.yaml:7:3: spec.partition: there is no such field; did you mean partitions?\n  allowed: topicName, partitions, replicas, config\n',
  )
  assert.deepEqual([out, code], ['', 1])
})

test('a directory stands for its files, in order', async () => {
  const files = {
    'dir/b.yaml': oldTopic.replace('name: t', 'name: b'),
    'dir/a.yml': oldTopic,
    'dir/c.txt': 'no: [yaml',
  }
  const { out } = await convert(files, '-f', 'dir')
  assert.deepEqual(
    [...out.matchAll(/^ {2}name: (.)$/gm)].map((m) => m[1]),
    ['t', 'b'],
  )
  assert.equal(out.split('---\n').length, 2)
})

test('a list is taken apart', async () => {
  const text =
    'kind: List\napiVersion: v1\nitems:\n  - apiVersion: kafka.strimzi.io/v1beta2\n    kind: KafkaTopic\n    metadata: {name: t}\n    spec: {partitons: 1}\n'
  assert.match(
    (await convert({ 'a.yaml': text }, '-f', 'a.yaml')).err,
    /a\.yaml:7:12: spec\.partitons: .*\n {2}allowed/,
  )
})

test('files that are not there, and none at all, are told of', async () => {
  assert.match((await convert({}, '-f', 'no.yaml')).err, /there is no no\.yaml/)
  assert.match((await convert({}, '-f', 'dir')).err, /dir holds no files that end with/)
  const { err, code } = await convert({})
  assert.match(err, /^millrace convert: wants -f FILE\nSee: millrace convert --help/)
  assert.equal(code, 2)
})
