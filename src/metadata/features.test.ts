import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  defaultFeatureLevel,
  features,
  metadataLevel,
  metadataRecord,
  metadataVersionFromText,
  metadataVersions,
  recordVersion,
  supportedFeatures,
} from './index.ts'

/** Printed by test/golden/features/FeatureTable.java from Apache's classes. */
const apache = readFileSync(new URL('./testdata/features.txt', import.meta.url), 'utf8')

test("metadata versions, what each changed and the record versions under it are Apache's", () => {
  const versionOf = (type: 'RegisterBrokerRecord' | 'PartitionRecord' | 'PartitionChangeRecord', level: number) =>
    recordVersion(metadataRecord(type, {}), level)
  const ours = metadataVersions.map(({ level, name, release, isMetadataChange }) =>
    [
      `metadata.version ${level} ${name} ${release} changed=${isMetadataChange}`,
      `production=${level <= metadataLevel.latestProduction}`,
      `registerBroker=${versionOf('RegisterBrokerRecord', level)} partition=${versionOf('PartitionRecord', level)}`,
      `partitionChange=${versionOf('PartitionChangeRecord', level)} scram=${level >= metadataLevel.scram}`,
      `transactions=${level >= metadataLevel.transactions} tokens=${level >= metadataLevel.delegationTokens}`,
      `controllers=${level >= metadataLevel.controllerRegistration}`,
      `directories=${level >= metadataLevel.directoryAssignment} elr=${level >= metadataLevel.eligibleLeaderReplicas}`,
      `cordoned=${level >= metadataLevel.cordonedLogDirs}`,
    ].join(' '),
  )
  assert.deepEqual(
    ours,
    apache.split('\n').filter((line) => line.startsWith('metadata.version')),
  )
})

test("feature levels, their needs and their defaults by metadata.version are Apache's", () => {
  const ours = features.flatMap((f) => [
    ...f.levels.map((l) => {
      const needs = [...l.dependencies].map(([name, level]) => `${name}=${level}`)
      return `feature ${f.name} ${l.level} since=${l.bootstrapMetadataVersion} needs={${needs.join(', ')}}`
    }),
    `defaults ${f.name} production=${f.latestProduction} ${metadataVersions.map((v) => defaultFeatureLevel(f, v.level)).join(' ')}`,
  ])
  const theirs = apache.split('\n').filter((line) => line.startsWith('feature') || line.startsWith('defaults'))
  assert.deepEqual(ours.sort(), theirs.sort())
})

test('a release is named in full, by release, or with its patch; unstable ones only when allowed', () => {
  const named = (text: string, isUnstable = false) => metadataVersionFromText(text, isUnstable)?.name ?? null
  assert.equal(named('4.0-IV3'), '4.0-IV3')
  assert.equal(named('4.1'), '4.1-IV1')
  assert.equal(named('4.1.1'), '4.1-IV1')
  assert.equal(named('4.1-IV1.3'), '4.1-IV1')
  assert.equal(named('4'), null)
  assert.equal(named('4.4-IV0'), null)
  assert.equal(named('4.4-IV0', true), '4.4-IV0')
  assert.equal(named('3.0-IV1'), null)
})

test('unstable levels are supported only when allowed', () => {
  assert.deepEqual(supportedFeatures(false).get('metadata.version'), { min: 7, max: 30 })
  assert.deepEqual(supportedFeatures(true).get('metadata.version'), { min: 7, max: 31 })
  assert.deepEqual(supportedFeatures(false).get('transaction.version'), { min: 0, max: 2 })
})
