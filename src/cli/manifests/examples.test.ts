import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import { checkResource, convert, modernize } from '../../resources/index.ts'
import { findingText } from './read.ts'
import { readManifests, writeYaml } from './yaml.ts'

const folder = new URL('../../../examples/walk-throughs/', import.meta.url)
const files = globSync('*/written/*.yaml', { cwd: folder }).sort()
const read = (file: string) => {
  const { manifests, mistakes } = readManifests(readFileSync(new URL(file, folder), 'utf8'))
  assert.deepEqual(mistakes, [], file)
  return manifests
}

test('every walk-through has its files', () => {
  assert.deepEqual(
    [...new Set(files.map((file) => file.split('/')[0]!.slice(0, 3)))],
    ['000', '001', '002', '003', '004'],
  )
})

for (const file of files) {
  test(`${file} has no mistakes, nor has its form of today`, () => {
    for (const name of [file, file.replace('/written/', '/today/')])
      for (const manifest of read(name)) {
        const findings = checkResource(manifest.value)
        assert.deepEqual(
          findings.map((finding) => findingText({ file: name, place: manifest.place }, finding)),
          [],
        )
      }
  })

  test(`${file} converts into its form of today`, () => {
    const objects = read(file).flatMap((manifest) => modernize(manifest.value as Obj).objects)
    const today = readFileSync(new URL(file.replace('/written/', '/today/'), folder), 'utf8')
    assert.equal(objects.map(writeYaml).join('---\n'), today)
    for (const object of objects) assert.equal(modernize(object).objects[0], object, 'it is of today')
  })

  test(`${file} comes back from v1 as it was`, () => {
    for (const { value } of read(file)) {
      const old = value as Obj
      const version = old.apiVersion.split('/')[1]!
      if (!old.apiVersion.startsWith('kafka.strimzi.io') || old.kind === 'KafkaMirrorMaker') continue
      assert.deepEqual(convert(convert(old, version, 'v1').object, 'v1', version).object, old)
    }
  })
}
