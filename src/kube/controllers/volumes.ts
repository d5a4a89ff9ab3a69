/** Claims and volumes: directories on this machine, one for each claim; and that neither goes while it is in use. */
import type { Action, Controller, Kube, Obj, Pass } from '../../kube-client/index.ts'
import { quantityNanos } from '../kinds/quantity.ts'
import { listOf, recordOf, textOf } from '../kinds/read.ts'
import {
  claims,
  isDeleted,
  isPodDone,
  keyOf,
  pods,
  refOf,
  refTo,
  specOf,
  statusOf,
  storageClasses,
  volumes,
  withoutFinalizer,
} from './refs.ts'

export const localProvisioner = 'millrace.io/local'

export interface VolumeOptions {
  /** Where directories of volumes are, as pods' programs name them. */
  readonly directory: string
  /** Takes a volume's directory away; it may be gone already. */
  remove(path: string): Promise<void>
}

const claimFinalizer = 'kubernetes.io/pvc-protection'
const volumeFinalizer = 'kubernetes.io/pv-protection'
const provisionedBy = 'pv.kubernetes.io/provisioned-by'

export interface ClaimFacts {
  readonly claim: Obj
  readonly storageClass: Obj | undefined
  /** Of `spec.volumeName`, or of the name that ours would have. */
  readonly volume: Obj | undefined
  /** Without a claim, that would do. */
  readonly available: Obj | undefined
  readonly users: readonly string[]
}

const claimOf = (volume: Obj): string => {
  const { namespace, name } = recordOf(specOf(volume)['claimRef'])
  return name === undefined ? '' : `${textOf(namespace)}/${textOf(name)}`
}
const usesOf = (pod: Obj): string[] =>
  listOf(specOf(pod)['volumes']).flatMap((volume) => {
    const name = textOf(recordOf(recordOf(volume)['persistentVolumeClaim'])['claimName'])
    return name === '' ? [] : [`${pod.metadata.namespace}/${name}`]
  })
const volumeNameOf = (claim: Obj): string => textOf(specOf(claim)['volumeName']) || `pvc-${claim.metadata.uid}`
const sizeOf = (object: Obj, where: 'claim' | 'volume'): unknown =>
  where === 'claim'
    ? recordOf(recordOf(specOf(object)['resources'])['requests'])['storage']
    : recordOf(specOf(object)['capacity'])['storage']

/** Binds claims, makes volumes for them, and lets claims go that no pod uses. */
export function claimController(options: VolumeOptions): Controller<ClaimFacts> {
  return {
    name: 'persistentvolume-binder',
    concurrency: 4,
    inputs: [
      { kind: claims, keys: (claim) => [keyOf(claim)] },
      { kind: pods, keys: usesOf },
      {
        kind: volumes,
        keys: (volume, view) => {
          const key = claimOf(volume)
          if (key !== '') return [key]
          return view
            .list(claims)
            .filter((claim) => statusOf(claim)['phase'] !== 'Bound')
            .map(keyOf)
        },
      },
      {
        kind: storageClasses,
        keys: (_class, view) =>
          view
            .list(claims)
            .filter((claim) => statusOf(claim)['phase'] !== 'Bound')
            .map(keyOf),
      },
    ],
    gather: async (key, view) => {
      const claim = view.get(claims, refOf(key))
      if (claim === undefined) return null
      const { namespace } = refOf(key)
      const className = textOf(specOf(claim)['storageClassName'])
      return {
        claim,
        storageClass: view.get(storageClasses, { namespace: null, name: className }),
        volume: view.get(volumes, { namespace: null, name: volumeNameOf(claim) }),
        available: view.list(volumes).find((volume) => suits(volume, claim)),
        users: view
          .list(pods, { namespace })
          .filter((pod) => usesOf(pod).includes(key) && !isPodDone(pod))
          .map(({ metadata }) => metadata.name),
      }
    },
    plan: (_key, facts) => planClaim(facts, options.directory),
  }
}

function suits(volume: Obj, claim: Obj): boolean {
  const spec = specOf(volume)
  if (isDeleted(volume) || claimOf(volume) !== '' || statusOf(volume)['phase'] !== 'Available') return false
  if (textOf(spec['storageClassName']) !== textOf(specOf(claim)['storageClassName'])) return false
  const modes = listOf(spec['accessModes'])
  const isWide = listOf(specOf(claim)['accessModes']).every((mode) => modes.includes(mode))
  return isWide && (quantityNanos(sizeOf(volume, 'volume')) ?? 0n) >= (quantityNanos(sizeOf(claim, 'claim')) ?? 0n)
}

export function planClaim({ claim, storageClass, volume, available, users }: ClaimFacts, directory: string): Pass {
  if (isDeleted(claim)) {
    const isHeld = claim.metadata.finalizers?.includes(claimFinalizer) === true
    if (!isHeld || users.length > 0) return { actions: [] }
    const patch = withoutFinalizer(claim, claimFinalizer)
    return { actions: [{ do: 'merge', kind: claims, ref: refTo(claim), patch }] }
  }
  const bound = volume ?? (textOf(specOf(claim)['volumeName']) === '' ? available : undefined)
  if (statusOf(claim)['phase'] === 'Bound') return planBound(claim, volume)
  if (bound !== undefined) {
    const holder = claimOf(bound)
    if (holder !== '' && holder !== keyOf(claim)) {
      const note = `volume ${JSON.stringify(bound.metadata.name)} already bound to a different claim.`
      return { actions: [], events: [{ about: claim, type: 'Warning', reason: 'FailedBinding', note }] }
    }
    return { actions: bind(claim, bound) }
  }
  const asked = textOf(specOf(claim)['volumeName'])
  if (asked !== '') return { actions: [] }
  const className = textOf(specOf(claim)['storageClassName'])
  if (className === '') {
    const note = 'no persistent volumes available for this claim and no storage class is set'
    return { actions: [], events: [{ about: claim, type: 'Normal', reason: 'FailedBinding', note }] }
  }
  return provision(claim, storageClass, className, directory)
}

/** A bound claim that asks for more gets it: a directory has no size. */
function planBound(claim: Obj, volume: Obj | undefined): Pass {
  if (volume === undefined) {
    if (statusOf(claim)['phase'] === 'Lost') return { actions: [] }
    const note = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!'
    const patch = { status: { phase: 'Lost' } }
    return {
      actions: [{ do: 'merge', kind: claims, ref: refTo(claim), patch, subresource: 'status' }],
      events: [{ about: claim, type: 'Warning', reason: 'ClaimLost', note }],
    }
  }
  const asked = sizeOf(claim, 'claim')
  const has = sizeOf(volume, 'volume')
  if ((quantityNanos(asked) ?? 0n) <= (quantityNanos(has) ?? 0n)) return { actions: [] }
  const capacity = { storage: asked }
  return {
    actions: [
      { do: 'merge', kind: volumes, ref: refTo(volume), patch: { spec: { capacity } } },
      { do: 'merge', kind: claims, ref: refTo(claim), patch: { status: { capacity } }, subresource: 'status' },
    ],
    events: [
      {
        about: claim,
        type: 'Normal',
        reason: 'FileSystemResizeSuccessful',
        note: 'A directory has no size: nothing had to grow',
      },
    ],
  }
}

function provision(claim: Obj, storageClass: Obj | undefined, className: string, directory: string): Pass {
  const { uid = '', name, namespace } = claim.metadata
  const volumeName = `pvc-${uid}`
  const object: Obj = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeName, annotations: { [provisionedBy]: localProvisioner } },
    spec: {
      capacity: { storage: sizeOf(claim, 'claim') },
      accessModes: specOf(claim)['accessModes'],
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      persistentVolumeReclaimPolicy: textOf(storageClass?.['reclaimPolicy']) || 'Delete',
      storageClassName: className,
      volumeMode: specOf(claim)['volumeMode'],
      hostPath: { path: `${directory}/${volumeName}`, type: 'DirectoryOrCreate' },
    },
  }
  const events: Pass['events'] = [
    {
      about: claim,
      type: 'Normal',
      reason: 'ProvisioningSucceeded',
      note: `Successfully provisioned volume ${volumeName} using ${localProvisioner}`,
    },
  ]
  if (storageClass?.['provisioner'] === localProvisioner)
    return { actions: [{ do: 'create', kind: volumes, object }], events }
  const what =
    storageClass === undefined
      ? 'there is no such class'
      : `its provisioner ${textOf(storageClass['provisioner'])} is not here`
  const note = `StorageClass ${JSON.stringify(className)}: ${what}; the claim gets a directory on this machine instead`
  return {
    actions: [{ do: 'create', kind: volumes, object }],
    events: [...events, { about: claim, type: 'Warning', reason: 'LocalStorageInstead', note }],
  }
}

function bind(claim: Obj, volume: Obj): Action[] {
  const actions: Action[] = []
  const { name, namespace, uid } = claim.metadata
  if (recordOf(specOf(volume)['claimRef'])['uid'] !== uid) {
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid }
    actions.push({ do: 'merge', kind: volumes, ref: refTo(volume), patch: { spec: { claimRef } } })
  }
  const annotations = {
    'pv.kubernetes.io/bind-completed': 'yes',
    'pv.kubernetes.io/bound-by-controller': 'yes',
    'volume.kubernetes.io/storage-provisioner': localProvisioner,
  }
  const volumeName = volume.metadata.name
  if (textOf(specOf(claim)['volumeName']) !== volumeName) {
    const patch = { metadata: { uid, annotations }, spec: { volumeName } }
    actions.push({ do: 'merge', kind: claims, ref: refTo(claim), patch })
  }
  actions.push({
    do: 'merge',
    kind: volumes,
    ref: refTo(volume),
    patch: { status: { phase: 'Bound' } },
    subresource: 'status',
  })
  const status = { phase: 'Bound', accessModes: specOf(volume)['accessModes'], capacity: specOf(volume)['capacity'] }
  actions.push({ do: 'merge', kind: claims, ref: refTo(claim), patch: { status }, subresource: 'status' })
  return actions
}

export interface VolumeFacts {
  readonly volume: Obj
  /** The claim that it names, when its uid is the same. */
  readonly claim: Obj | undefined
}

export type VolumeAction = Action | { readonly do: 'removeDirectory'; readonly path: string }

/** What becomes of volumes: free, bound, released; those of deleted claims go with their directories. */
export function volumeController(options: VolumeOptions): Controller<VolumeFacts, VolumeAction> {
  return {
    name: 'persistentvolume-controller',
    concurrency: 4,
    inputs: [
      { kind: volumes, keys: ({ metadata }) => [metadata.name] },
      { kind: claims, keys: (claim) => [volumeNameOf(claim)] },
    ],
    gather: async (name, view) => {
      const volume = view.get(volumes, { namespace: null, name })
      if (volume === undefined) return null
      const key = claimOf(volume)
      const claim = key === '' ? undefined : view.get(claims, refOf(key))
      const isSame = claim?.metadata.uid === recordOf(specOf(volume)['claimRef'])['uid']
      return { volume, claim: isSame ? claim : undefined }
    },
    plan: (_name, facts) => planVolume(facts, options.directory),
    execute: async (action, kube: Kube) => {
      if (action.do === 'removeDirectory') await options.remove(action.path)
      else await kube.apply(action)
    },
  }
}

export function planVolume({ volume, claim }: VolumeFacts, directory: string): Pass<VolumeAction> {
  const path = textOf(recordOf(specOf(volume)['hostPath'])['path'])
  const isOurs = volume.metadata.annotations?.[provisionedBy] === localProvisioner && path.startsWith(`${directory}/`)
  const isWanted = claim !== undefined
  if (isDeleted(volume)) {
    if (isWanted || volume.metadata.finalizers?.includes(volumeFinalizer) !== true) return { actions: [] }
    const letGo: Action = {
      do: 'merge',
      kind: volumes,
      ref: refTo(volume),
      patch: withoutFinalizer(volume, volumeFinalizer),
    }
    const isRemoved = isOurs && specOf(volume)['persistentVolumeReclaimPolicy'] === 'Delete'
    return { actions: isRemoved ? [{ do: 'removeDirectory', path }, letGo] : [letGo] }
  }
  const phase = textOf(statusOf(volume)['phase'])
  // A claim that only names it is bound by the claim's own pass.
  if (claimOf(volume) === '') return { actions: phase === 'Available' ? [] : [inPhase(volume, 'Available')] }
  if (isWanted || recordOf(specOf(volume)['claimRef'])['uid'] === undefined) return { actions: [] }
  const actions: VolumeAction[] = phase === 'Released' ? [] : [inPhase(volume, 'Released')]
  if (isOurs && specOf(volume)['persistentVolumeReclaimPolicy'] === 'Delete') {
    actions.push({
      do: 'delete',
      kind: volumes,
      ref: refTo(volume),
      ...(volume.metadata.uid === undefined ? {} : { uid: volume.metadata.uid }),
    })
  }
  return { actions }
}

const inPhase = (volume: Obj, phase: string): Action => ({
  do: 'merge',
  kind: volumes,
  ref: refTo(volume),
  patch: { status: { phase } },
  subresource: 'status',
})
