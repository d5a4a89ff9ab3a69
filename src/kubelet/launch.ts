/** How a container is started on the host. */
import type { Placed } from './downward.ts'
import { environmentOf, expanded, isLacking, type Lacking, type Neighbours } from './environment.ts'
import { hostPath, type Image, type PathMap } from './image.ts'
import type { Container, Pod } from './pod-types.ts'
import { mountsOf } from './volumes.ts'

export interface Launch {
  readonly argv: readonly string[]
  /** Host path. */
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly mounts: PathMap
  readonly inProcess: string | null
}

export interface LaunchWorld extends Neighbours {
  readonly placed: Placed
  /** By name of the volume. */
  readonly volumePaths: ReadonlyMap<string, string>
  /** Where the container's mount table is. */
  readonly podFile: string
  /** Stands for what no mount and no layout has. */
  readonly scratch: string
  /** Of this machine: where programs are looked for. */
  readonly path: string
}

export function launchOf(pod: Pod, container: Container, image: Image, world: LaunchWorld): Launch | Lacking {
  const { placed } = world
  const base = {
    PATH: world.path,
    HOME: world.scratch,
    HOSTNAME: hostnameOf(pod),
    ...image.env,
    ...(image.kind === 'host' ? {} : { MILLRACE_POD: world.podFile }),
  }
  const env = environmentOf(pod, container, base, world, placed)
  if (isLacking(env)) return env as Lacking
  const variables = env as Record<string, string>
  const expand = (text: string): string => expanded(text, variables)
  const mounted = mountsOf(container, world.volumePaths, expand)
  if (isLacking(mounted)) return mounted as Lacking
  const mounts = mounted as PathMap
  const command = container.command?.map(expand) ?? [...image.entrypoint]
  const usual = container.command === undefined ? (image.arguments ?? []) : []
  const words = [...command, ...(container.args?.map(expand) ?? usual)]
  const where = container.workingDir ?? image.workdir
  if (image.kind === 'in-process') {
    const [program = '', ...rest] = words
    return { argv: rest, workdir: world.scratch, env: variables, mounts, inProcess: program }
  }
  const workdir =
    hostPath(where, mounts, image.layout) ?? (where === '/' || image.kind === 'host' ? where : world.scratch)
  return { argv: hostArgv(words, mounts, image), workdir, env: variables, mounts, inProcess: null }
}

/**
 * The command on the host. A relative program is looked for from the working directory, as anywhere. Our own programs
 * know the pod's paths; for others, words that are paths of the pod become the host's.
 */
export function hostArgv(words: readonly string[], mounts: PathMap, image: Image): readonly string[] {
  const [program = '', ...rest] = words
  if (program.startsWith('/')) {
    const path = hostPath(program, mounts, image.layout)
    if (path !== null) return [path, ...rest]
  } else if (program.includes('/')) {
    return words
  }
  return [
    program,
    ...rest.map((word) => (word.startsWith('/') ? (hostPath(word, mounts, image.layout) ?? word) : word)),
  ]
}

export const hostnameOf = ({ spec, metadata }: Pod): string => spec.hostname ?? metadata.name

/** What our programs read at `MILLRACE_POD`: where its paths and its names are. */
export interface PodTable {
  readonly mounts: PathMap
  readonly podIp: string
  readonly hostname: string
  readonly namespace: string
  /** The file of names, see env/node. */
  readonly names: string
  readonly mode: 'own-address' | 'remapped-ports'
}
