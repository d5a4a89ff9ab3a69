/** Mistakes, one in each resource: the command line and the API server must find the same ones. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { compileSchema, type JsonObject, loadCel } from '../kube/index.ts'
import type { Obj } from '../kube-client/index.ts'
import { checkResource, pathText } from './check.ts'
import { customResourceDefinitions } from './definitions.ts'
import { kinds } from './kinds/table.ts'
import { mistakesOf } from './mistakes.ts'
import { fullValue } from './samples.ts'

type Definition = { spec: { versions: { schema: { openAPIV3Schema: JsonObject } }[] } }
const definitions = customResourceDefinitions('newest') as unknown as readonly Definition[]
const cel = await loadCel()

for (const [index, kind] of kinds.entries()) {
  const { schema } = compileSchema(definitions[index]!.spec.versions[0]!.schema.openAPIV3Schema, cel)
  const object = (spec: unknown): Obj => ({
    apiVersion: `${kind.group}/${kind.versions[0]!.name}`,
    kind: kind.kind,
    metadata: { name: 'x', labels: { 'strimzi.io/cluster': 'c' } },
    spec,
  })
  const type = kind.versions[0]!.spec
  // One in four: templates say the same in many places.
  const mistakes = mistakesOf(type, fullValue(type)).filter((_, nth) => nth % 4 === 0)

  test(`${kind.kind}: each of ${mistakes.length} mistakes is found where it is, by the command line and by the server`, () => {
    for (const { what, path, spec } of mistakes) {
      const where = pathText(['spec', ...path])
      const here = checkResource(object(spec)).filter((finding) => finding.level === 'error')
      assert.ok(here.length > 0, `${where}: ${what}`)
      assert.ok(
        here.some((finding) => pathText(finding.path).startsWith(where)),
        `${where}: ${what}, found at ${here.map((finding) => pathText(finding.path)).join(', ')}`,
      )
      const { errors, unknown } = schema.check(object(spec))
      assert.ok(errors.length + unknown.length > 0, `the server lets pass: ${where}: ${what}`)
    }
  })
}

test('there are some thousands of them', () => {
  const all = kinds.flatMap((kind) => mistakesOf(kind.versions[0]!.spec, fullValue(kind.versions[0]!.spec)))
  assert.ok(all.length > 3000, `${all.length}`)
})
