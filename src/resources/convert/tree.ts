/** Reading and changing a tree of JSON by path, without touching the original. */

export type Path = readonly string[]
export type Tree = Readonly<Record<string, unknown>>

/** A path from its dotted form; keys that hold dots are given as arrays instead. */
export const at = (dotted: string): Path => dotted.split('.')

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** undefined: not there. */
export const get = (value: unknown, path: Path): unknown => {
  let here = value
  for (const key of path) {
    if (!isTree(here) || !Object.hasOwn(here, key)) return undefined
    here = here[key]
  }
  return here
}

export const set = (tree: Tree, path: Path, value: unknown): Tree => {
  const [key, ...rest] = path
  if (key === undefined) return value as Tree
  const below = tree[key]
  return { ...tree, [key]: rest.length === 0 ? value : set(isTree(below) ? below : {}, rest, value) }
}

/** Parents that become empty stay. */
export const without = (tree: Tree, path: Path): Tree => {
  const [key, ...rest] = path
  if (key === undefined || !Object.hasOwn(tree, key)) return tree
  const below = tree[key]
  if (rest.length > 0) return isTree(below) ? { ...tree, [key]: without(below, rest) } : tree
  const { [key]: _gone, ...others } = tree
  return others
}

export const equal = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]))
    )
  if (!isTree(a) || !isTree(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
}
