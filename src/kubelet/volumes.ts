/** What stands in a pod's volumes, and where. */
import { base64Decode } from '../bytes/index.ts'
import type { PodFile } from '../env/index.ts'
import { fieldOf, type Placed, resourceOf } from './downward.ts'
import { isLacking, type Lacking, type Neighbours } from './environment.ts'
import type { PathMap } from './image.ts'
import type {
  ConfigMap,
  Container,
  DownwardItem,
  KeysSource,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Projection,
  Secret,
  Volume,
} from './pod-types.ts'

/** A volume on the host: a directory to be made, one that is somebody's, or files that the API says. */
export type VolumePlan =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'there'; readonly path: string }
  | { readonly kind: 'files'; readonly path: string; readonly files: readonly PodFile[] }

export interface VolumeWorld extends Neighbours {
  claim(name: string): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  /** By {@link tokenKey}; undefined: none has been made yet. */
  token(key: string): string | undefined
  readonly placed: Placed
}

const defaultMode = 0o644
/** Nobody but the user who runs the control plane reads them, whatever the pod's own world would allow. */
const modeMask = 0o750
const secretMask = 0o700

export const tokenKey = (audience: string | undefined, expirationSeconds: number | undefined): string =>
  `${audience ?? ''} ${expirationSeconds ?? 3607}`

/** `directory` holds this pod's volumes. */
export function planVolume(pod: Pod, volume: Volume, directory: string, world: VolumeWorld): VolumePlan | Lacking {
  const path = `${directory}/${volume.name}`
  const failed = (lacks: string): Lacking => ({
    lacks: `MountVolume.SetUp failed for volume "${volume.name}" : ${lacks}`,
  })
  const files = (found: readonly PodFile[] | Lacking): VolumePlan | Lacking =>
    isLacking(found) ? failed(found.lacks) : { kind: 'files', path, files: found as readonly PodFile[] }
  const { hostPath, configMap, secret, downwardAPI, projected, persistentVolumeClaim } = volume
  if (hostPath !== undefined) return { kind: 'there', path: hostPath.path }
  if (persistentVolumeClaim !== undefined) return planClaim(persistentVolumeClaim.claimName, world)
  if (configMap !== undefined) return files(ofConfigMap(pod, configMap, configMap.defaultMode ?? defaultMode, world))
  if (secret !== undefined) {
    const { secretName, ...keys } = secret
    return files(ofSecret(pod, { ...keys, name: secretName ?? '' }, secret.defaultMode ?? defaultMode, world))
  }
  if (downwardAPI !== undefined) {
    return files(ofDownward(pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? defaultMode, world))
  }
  if (projected !== undefined) {
    const all: PodFile[] = []
    for (const source of projected.sources ?? []) {
      const found = ofProjection(pod, source, projected.defaultMode ?? defaultMode, world)
      if (isLacking(found)) return failed(found.lacks)
      all.push(...(found as readonly PodFile[]))
    }
    return files(all)
  }
  return { kind: 'directory', path }
}

function planClaim(name: string, world: VolumeWorld): VolumePlan | Lacking {
  const claim = world.claim(name)
  if (claim === undefined) return { lacks: `persistentvolumeclaim "${name}" not found` }
  const volume = claim.spec.volumeName === undefined ? undefined : world.volume(claim.spec.volumeName)
  if (volume === undefined || claim.status?.phase !== 'Bound') {
    return { lacks: `persistentvolumeclaim "${name}" is not bound yet` }
  }
  const path = volume.spec.hostPath?.path ?? volume.spec.local?.path
  if (path === undefined) return { lacks: `persistentvolume "${volume.metadata.name}" is not on this machine` }
  return { kind: 'directory', path }
}

function ofProjection(
  pod: Pod,
  { configMap, secret, downwardAPI, serviceAccountToken }: Projection,
  mode: number,
  world: VolumeWorld,
): readonly PodFile[] | Lacking {
  if (configMap !== undefined) return ofConfigMap(pod, configMap, mode, world)
  if (secret !== undefined) return ofSecret(pod, secret, mode, world)
  if (downwardAPI !== undefined) return ofDownward(pod, downwardAPI.items ?? [], mode, world)
  if (serviceAccountToken === undefined) return []
  const { audience, expirationSeconds, path } = serviceAccountToken
  const token = world.token(tokenKey(audience, expirationSeconds))
  if (token === undefined) return { lacks: 'no token for the service account yet' }
  return [{ path, bytes: encoded(token), mode: 0o600 }]
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)

function ofConfigMap(pod: Pod, source: KeysSource, mode: number, world: Neighbours): readonly PodFile[] | Lacking {
  const object = world.configMap(source.name ?? '')
  const contents = new Map<string, Uint8Array>()
  for (const [key, text] of Object.entries(object?.data ?? {})) contents.set(key, encoded(text))
  for (const [key, text] of Object.entries(object?.binaryData ?? {})) contents.set(key, base64Decode(text))
  return chosen(pod, 'configmap', source, object, contents, mode & modeMask)
}

function ofSecret(pod: Pod, source: KeysSource, mode: number, world: Neighbours): readonly PodFile[] | Lacking {
  const object = world.secret(source.name ?? '')
  const contents = new Map<string, Uint8Array>()
  for (const [key, text] of Object.entries(object?.data ?? {})) contents.set(key, base64Decode(text))
  return chosen(pod, 'secret', source, object, contents, mode & secretMask)
}

function chosen(
  pod: Pod,
  what: 'configmap' | 'secret',
  { name = '', items, optional = false }: KeysSource,
  object: ConfigMap | Secret | undefined,
  contents: ReadonlyMap<string, Uint8Array>,
  mode: number,
): readonly PodFile[] | Lacking {
  if (object === undefined) return optional ? [] : { lacks: `${what} "${name}" not found` }
  if (items === undefined) return [...contents].map(([path, bytes]) => ({ path, bytes, mode }))
  const files: PodFile[] = []
  const mask = what === 'secret' ? secretMask : modeMask
  for (const item of items) {
    const bytes = contents.get(item.key)
    if (bytes !== undefined) {
      files.push({ path: item.path, bytes, mode: item.mode === undefined ? mode : item.mode & mask })
    } else if (!optional) {
      return { lacks: `references non-existent ${what} key: ${pod.metadata.namespace}/${name}: ${item.key}` }
    }
  }
  return files
}

function ofDownward(
  pod: Pod,
  items: readonly DownwardItem[],
  mode: number,
  { placed }: VolumeWorld,
): readonly PodFile[] | Lacking {
  const files: PodFile[] = []
  for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
    const text =
      fieldRef !== undefined
        ? fieldOf(pod, fieldRef, placed)
        : resourceFieldRef !== undefined
          ? resourceOf(pod, resourceFieldRef, null, placed)
          : ''
    if (text === null) return { lacks: `${fieldRef?.fieldPath ?? resourceFieldRef?.resource} is not supported` }
    files.push({ path, bytes: encoded(text), mode: (own ?? mode) & modeMask })
  }
  return files
}

/** Where the container's mounts are on the host, none outside its volume. `paths`: of its pod's volumes. */
export function mountsOf(
  container: Container,
  paths: ReadonlyMap<string, string>,
  expand: (text: string) => string,
): PathMap | Lacking {
  const mounts: Record<string, string> = {}
  for (const { name, mountPath, subPath, ...rest } of container.volumeMounts ?? []) {
    const path = paths.get(name)
    if (path === undefined) continue
    const { subPathExpr } = rest as { readonly subPathExpr?: string }
    const sub = subPathExpr === undefined ? (subPath ?? '') : expand(subPathExpr)
    // An expression may say anything once it is expanded.
    if (sub.startsWith('/')) return { lacks: `error SubPath \`${sub}\` must not be an absolute path` }
    if (sub.split('/').includes('..')) return { lacks: `unable to provision SubPath \`${sub}\`: must not contain '..'` }
    const at = mountPath === '/' ? mountPath : mountPath.replace(/\/+$/, '')
    mounts[at] = sub === '' ? path : `${path}/${sub}`
  }
  return mounts
}
