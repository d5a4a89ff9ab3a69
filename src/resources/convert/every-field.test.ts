import assert from 'node:assert/strict'
import test from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import { checkResource } from '../check.ts'
import { kinds } from '../kinds/table.ts'
import { fullValue } from '../samples.ts'
import { convert } from './convert.ts'

/** Each value that a field can have is there in one of the rounds. */
const rounds = 12

const filled = (
  kind: (typeof kinds)[number],
  version: (typeof kinds)[number]['versions'][number],
  round: number,
): Obj => {
  const object: Obj = {
    apiVersion: `${kind.group}/${version.name}`,
    kind: kind.kind,
    metadata: { name: 'x', labels: { 'strimzi.io/cluster': 'c' } },
    spec: fullValue(version.spec, (values) => values[round % values.length]),
  }
  if (object.kind === 'KafkaMirrorMaker2') return withAliases(object)
  return object
}

/** Aliases that name the cluster there is. */
const withAliases = (object: Obj): Obj => {
  const spec = object['spec'] as { connectCluster?: string; mirrors: readonly object[] }
  if (spec.connectCluster === undefined) return object
  const [{ alias }] = (spec as unknown as { clusters: [{ alias: string }] }).clusters
  const mirrors = spec.mirrors.map((mirror) => ({ ...mirror, sourceCluster: alias, targetCluster: alias }))
  return { ...object, spec: { ...spec, connectCluster: alias, mirrors } }
}

for (const kind of kinds)
  for (const version of kind.versions)
    test(`${kind.kind} ${version.name} with every field there is`, () => {
      for (let round = 0; round < rounds; round++) {
        const object = filled(kind, version, round)
        assert.deepEqual(checkResource(object), [], `round ${round}: it is good where it was written`)
        const newest = kind.versions[0]!.name
        const { object: stored } = convert(object, version.name, newest)
        assert.deepEqual(checkResource(stored), [], `round ${round}: it is good as ${newest}`)
        assert.deepEqual(convert(stored, newest, version.name).object, object, `round ${round}: it comes back`)
        for (const other of kind.versions)
          assert.deepEqual(
            checkResource(convert(object, version.name, other.name).object),
            [],
            `round ${round}: it is good as ${other.name}`,
          )
      }
    })
