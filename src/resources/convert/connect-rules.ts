/** KafkaConnect and KafkaConnector of the years before v1. */
import {
  dead,
  externalLogging,
  inlineMetrics,
  jaeger,
  note,
  nowWanted,
  oauthClient,
  pausedState,
  scheduling,
} from './common-rules.ts'
import { drop, move, type Rule } from './rule.ts'
import { at, get, type Path, set } from './tree.ts'

/** Where the group of workers was said, where it is said now, and what it was by default. */
export const groupFields = [
  ['group.id', 'groupId', 'connect-cluster', 'mirrormaker2-cluster'],
  ['config.storage.topic', 'configStorageTopic', 'connect-cluster-configs', 'mirrormaker2-cluster-configs'],
  ['status.storage.topic', 'statusStorageTopic', 'connect-cluster-status', 'mirrormaker2-cluster-status'],
  ['offset.storage.topic', 'offsetStorageTopic', 'connect-cluster-offsets', 'mirrormaker2-cluster-offsets'],
] as const

const groupRule = ([key, field, byDefault]: (typeof groupFields)[number]): Rule => {
  const inConfig: Path = ['config', key]
  return {
    age: 'late',
    takes: [inConfig],
    makes: [[field]],
    when: (spec) => spec[field] === undefined || get(spec, inConfig) !== undefined,
    up: (spec, old) => set(spec, [field], get(old, inConfig) ?? spec[field] ?? byDefault),
  }
}

/** What Connect and MirrorMaker 2 have alike. */
export const workerRules: readonly Rule[] = [
  ...scheduling(''),
  externalLogging('', 'log4j.properties'),
  inlineMetrics(''),
  dead('late', 'template.deployment', 'template.statefulset'),
  drop('late', [at('externalConfiguration')], () => [
    note(
      'ExternalConfiguration',
      'spec.externalConfiguration is kept but not acted upon: write template.connectContainer.env and template.pod.volumes instead.',
    ),
  ]),
  jaeger,
  nowWanted('replicas', 3),
]

const build: Path = at('build.output.additionalKanikoOptions')

export const connectRules: readonly Rule[] = [
  ...workerRules,
  ...groupFields.map(groupRule),
  oauthClient(''),
  move('late', build, at('build.output.additionalBuildOptions')),
]

export const connectorRules: readonly Rule[] = [
  {
    age: 'late',
    takes: [['pause']],
    makes: [['state']],
    up: (spec, old) => {
      const state = pausedState(old)['state']
      return state === undefined ? spec : { ...spec, state }
    },
  },
]
