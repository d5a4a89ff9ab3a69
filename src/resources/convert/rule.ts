/**
 * How an old version becomes v1: rules, each about a few fields. A rule takes what v1 has no place for and makes what v1
 * wants. What it took is kept beside the object; from that the way back is found, without a second set of rules.
 */
import { equal, get, isTree, type Path, set, type Tree, without } from './tree.ts'

/** Something to tell the owner of a resource. */
export interface Note {
  /** One word, for conditions. */
  readonly reason: string
  readonly message: string
}

/** `early`: v1alpha1 and v1beta1 of the first years; `late`: v1beta2. */
export type Age = 'early' | 'late'

export interface Rule {
  /** The newest version that still has what it takes. */
  readonly age: Age
  readonly takes: readonly Path[]
  readonly makes?: readonly Path[]
  /** Absent: when any of what it takes is there. */
  when?(spec: Tree): boolean
  /** `spec` is without what was taken; `old` is as it was. */
  up?(spec: Tree, old: Tree): Tree
  /** What was kept of an early version, as a late one says it. */
  late?(kept: Tree): Tree
  says?(kept: Tree): readonly Note[]
}

export interface Kept {
  /** The version it was written in. */
  readonly version: string
  /** What v1 has no place for, where it stood. */
  readonly spec: Tree
  /** What the rules made where nothing had been: dotted paths. */
  readonly made: readonly string[]
}

const applies = (rule: Rule, spec: Tree): boolean =>
  rule.when === undefined ? rule.takes.some((path) => get(spec, path) !== undefined) : rule.when(spec)

/** The highest path towards `path` at which nothing is. */
const absentFrom = (spec: Tree, path: Path): string | null => {
  for (let depth = 1; depth <= path.length; depth++)
    if (get(spec, path.slice(0, depth)) === undefined) return path.slice(0, depth).join('.')
  return null
}

const carryOut = (rule: Rule, spec: Tree): Tree => {
  const rest = rule.takes.reduce(without, spec)
  return rule.up === undefined ? rest : rule.up(rest, spec)
}

/** An old spec as v1, and what is to be kept. */
export const upgrade = (rules: readonly Rule[], version: string, old: Tree): { spec: Tree; kept: Kept } => {
  let spec = old
  let keptSpec: Tree = {}
  const made: string[] = []
  for (const rule of rules) {
    if (!applies(rule, spec)) continue
    for (const path of rule.takes) {
      const value = get(spec, path)
      // The oldest original counts; what an earlier rule made is no original.
      if (value !== undefined && get(keptSpec, path) === undefined && !isMade(made, path))
        keptSpec = set(keptSpec, path, value)
    }
    for (const path of rule.makes ?? []) {
      const from = absentFrom(spec, path)
      if (from !== null) made.push(from)
    }
    spec = carryOut(rule, spec)
  }
  return { spec, kept: { version, spec: keptSpec, made } }
}

const isMade = (made: readonly string[], path: Path): boolean => {
  const dotted = path.join('.')
  return made.some((from) => dotted === from || dotted.startsWith(from + '.'))
}

/** Removes what a rule made, and the parents it had to make for it. */
const unmake = (spec: Tree, path: Path, made: readonly string[]): Tree => {
  let left = without(spec, path)
  for (let depth = path.length - 1; depth > 0; depth--) {
    const parent = path.slice(0, depth)
    const value = get(left, parent)
    if (!isMade(made, parent) || !isTree(value) || Object.keys(value).length > 0) break
    left = without(left, parent)
  }
  return left
}

const restore = (rule: Rule, age: Age, spec: Tree, kept: Kept): Tree | null => {
  const isTooOld = age === 'late' && kept.version !== 'v1beta2'
  const keptSpec = isTooOld && rule.late !== undefined ? rule.late(kept.spec) : kept.spec
  const own = rule.takes.filter((path) => get(keptSpec, path) !== undefined)
  const makes = rule.makes ?? []
  if (own.length === 0 && !makes.some((path) => kept.made.includes(path.join('.')))) return null
  let trial = spec
  for (const path of makes) if (isMade(kept.made, path)) trial = unmake(trial, path, kept.made)
  for (const path of own) trial = set(trial, path, get(keptSpec, path))
  // Nobody has changed what the rule made? Then the original is still true.
  const again = carryOut(rule, trial)
  return makes.every((path) => equal(get(again, path), get(spec, path))) ? trial : null
}

/** A v1 spec as an old version of this age wants it. Old versions know v1's own fields, too: what was not kept stays. */
export const downgrade = (rules: readonly Rule[], age: Age, v1: Tree, kept: Kept | null): Tree => {
  if (kept === null) return v1
  let spec = v1
  for (const rule of rules.toReversed()) {
    if (age === 'late' && rule.age === 'early') continue
    spec = restore(rule, age, spec, kept) ?? spec
  }
  return spec
}

/** What is to be said about what was kept. */
export const notesOf = (rules: readonly Rule[], kept: Kept): readonly Note[] =>
  rules.flatMap((rule) =>
    rule.says !== undefined && rule.takes.some((path) => get(kept.spec, path) !== undefined)
      ? rule.says(kept.spec)
      : [],
  )

/** A rule that takes and makes nothing. */
export const drop = (age: Age, takes: readonly Path[], says?: (kept: Tree) => readonly Note[]): Rule => ({
  age,
  takes,
  ...(says === undefined ? {} : { says }),
})

/** A rule that moves one field, its value perhaps said otherwise, unless the new field is there already. */
export const move = (age: Age, from: Path, to: Path, value: (old: unknown) => unknown = (old) => old): Rule => ({
  age,
  takes: [from],
  makes: [to],
  up: (spec, old) => (get(spec, to) === undefined ? set(spec, to, value(get(old, from))) : spec),
})
