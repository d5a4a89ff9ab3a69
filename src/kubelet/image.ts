/** Images are layouts: what a container's root holds, of which the host has the parts. */

/** Container path → host path; the longest prefix that fits wins. */
export type PathMap = Readonly<Record<string, string>>

export interface Image {
  /**
   * `ours`: a program of this repository, which sees the pod's paths and names through its mount table. `node`, `jvm`:
   * other people's programs in that language. `host`: a program of this machine. `in-process`: a part of the control
   * plane; the first word of its entrypoint says which.
   */
  readonly kind: 'ours' | 'node' | 'jvm' | 'host' | 'in-process'
  readonly layout: PathMap
  /** Container path. */
  readonly workdir: string
  /** Container paths and words. */
  readonly entrypoint: readonly string[]
  /** What follows the entrypoint when the pod says neither command nor arguments. */
  readonly arguments?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** For the pod's status. */
  readonly id: string
}

/** `cannot` is a sentence for people that names images which can be run. */
export type Images = (image: string) => Image | { readonly cannot: string }

/** The host's path for a container's, in the first of the maps that has it; null: the container's own world has none. */
export function hostPath(path: string, ...maps: readonly PathMap[]): string | null {
  for (const map of maps) {
    let best: string | null = null
    for (const prefix of Object.keys(map)) {
      const isUnder = path === prefix || path.startsWith(prefix === '/' ? '/' : `${prefix}/`)
      if (isUnder && (best === null || prefix.length > best.length)) best = prefix
    }
    if (best !== null) return map[best]! + path.slice(best === '/' ? 0 : best.length)
  }
  return null
}
