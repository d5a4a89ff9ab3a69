/** Where nodes keep their data: volumes, mounts, claims, log directories; and which changes of storage are possible. */
import type { Obj, OwnerReference } from '../../kube-client/index.ts'
import { annotations } from '../names.ts'
import type { KafkaNodePool, MetaTemplate, SingleStorage, Storage } from '../resource-types.ts'
import { type Labels, metadataOf } from './labels.ts'
import type { NodeRef } from './listeners.ts'
import type { Problem } from './problems.ts'

const root = '/var/lib/kafka'

export interface Volume {
  /** `data`, or `data-V` in a jbod. */
  readonly name: string
  readonly storage: SingleStorage
}

export function volumesOf(storage: Storage): readonly Volume[] {
  if (storage.type !== 'jbod') return [{ name: 'data', storage: { ...storage, type: storage.type } }]
  return (storage.volumes ?? []).map((v) => ({ name: `data-${v.id ?? 0}`, storage: v }))
}

export const logDirs = (storage: Storage, id: number): string[] =>
  volumesOf(storage).map((v) => `${root}/${v.name}/kafka-log${id}`)

/** The metadata log lies on the volume marked for it, else on that with the lowest id. */
export function metadataLogDir(storage: Storage, id: number): string {
  const volumes = [...volumesOf(storage)].sort((a, b) => (a.storage.id ?? 0) - (b.storage.id ?? 0))
  const chosen = volumes.find((v) => v.storage.kraftMetadata === 'shared') ?? volumes[0]
  return `${root}/${chosen?.name ?? 'data'}/kafka-log${id}`
}

export const isEphemeral = (storage: Storage): boolean => volumesOf(storage).some((v) => v.storage.type === 'ephemeral')

export const dataVolumes = (storage: Storage, pod: string) =>
  volumesOf(storage).map(({ name, storage: s }) =>
    s.type === 'ephemeral'
      ? { name, emptyDir: s.sizeLimit === undefined ? {} : { sizeLimit: s.sizeLimit } }
      : { name, persistentVolumeClaim: { claimName: `${name}-${pod}` } },
  )

export const dataMounts = (storage: Storage) =>
  volumesOf(storage).map(({ name }) => ({ name, mountPath: `${root}/${name}` }))

export interface ClaimSetting {
  readonly namespace: string
  readonly labels: Labels
  readonly owner: OwnerReference
  readonly template: MetaTemplate | undefined
}

/** Claims outlive the cluster unless `deleteClaim` says that they go: then the pool owns them. */
export function claimsOf(storage: Storage, node: NodeRef, o: ClaimSetting): Obj[] {
  return volumesOf(storage)
    .filter((v) => v.storage.type === 'persistent-claim')
    .map(({ name, storage: s }) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: metadataOf({
        name: `${name}-${node.pod}`,
        namespace: o.namespace,
        labels: o.labels,
        owner: s.deleteClaim ? o.owner : null,
        template: o.template,
        annotations: { [annotations.deleteClaim]: String(s.deleteClaim ?? false) },
      }),
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: s.size } },
        ...(s.class === undefined ? {} : { storageClassName: s.class }),
        ...(s.volumeAttributesClass === undefined ? {} : { volumeAttributesClassName: s.volumeAttributesClass }),
        ...(s.selector && Object.keys(s.selector).length > 0 ? { selector: { matchLabels: s.selector } } : {}),
        volumeMode: 'Filesystem',
      },
    }))
}

export function storageProblems(pool: KafkaNodePool): Problem[] {
  const { storage } = pool.spec
  const at = `KafkaNodePool ${pool.metadata.name}: spec.storage`
  const wrong: string[] = []
  if (storage.type === 'jbod') {
    const ids = (storage.volumes ?? []).map((v) => v.id)
    if (ids.length === 0) wrong.push('a jbod needs at least one volume')
    if (ids.some((id) => id === undefined)) wrong.push('each volume of a jbod needs an id')
    if (new Set(ids).size !== ids.length) wrong.push('ids of volumes must differ')
  }
  for (const v of volumesOf(storage)) {
    if (v.storage.type === 'persistent-claim') {
      if (v.storage.size === undefined) wrong.push('a persistent-claim needs a size')
      else if (bytesOf(v.storage.size) === null) wrong.push(`'${v.storage.size}' is not a size such as 100Gi`)
    }
  }
  if (volumesOf(storage).filter((v) => v.storage.kraftMetadata === 'shared').length > 1) {
    wrong.push('only one volume can hold the metadata log (kraftMetadata: shared)')
  }
  return wrong.length === 0 ? [] : [{ reason: 'InvalidResourceException', message: `${at}: ${wrong.join('; ')}` }]
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** A Kubernetes quantity; null when it is none. */
export function bytesOf(text: string): number | null {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? []
  const factor = units[unit ?? '-']
  return digits === undefined || factor === undefined ? null : Number(digits) * factor
}

/**
 * What of a change of storage cannot be done to nodes that exist. Volumes of a jbod may come and go, claims may grow,
 * `deleteClaim` may change.
 */
export function storageChanges(before: Storage, after: Storage): string[] {
  if (before.type !== after.type) return [`type ${before.type} cannot become ${after.type}`]
  const changes: string[] = []
  for (const old of volumesOf(before)) {
    const now = volumesOf(after).find((v) => v.name === old.name)
    if (!now) continue
    const what = before.type === 'jbod' ? `volume ${old.storage.id}: ` : ''
    const [a, b] = [old.storage, now.storage]
    if (a.type !== b.type) changes.push(`${what}type ${a.type} cannot become ${b.type}`)
    if (a.class !== b.class) changes.push(`${what}class ${a.class ?? 'default'} cannot become ${b.class ?? 'default'}`)
    if ((bytesOf(b.size ?? '0') ?? 0) < (bytesOf(a.size ?? '0') ?? 0)) {
      changes.push(`${what}size ${a.size} cannot shrink to ${b.size}`)
    }
  }
  return changes
}
