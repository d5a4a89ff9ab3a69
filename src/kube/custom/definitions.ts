/**
 * CustomResourceDefinitions at work: each accepted one becomes a kind of the API server; a deleted one takes its objects
 * with it first.
 */
import {
  type Action,
  type Controller,
  type KindRef,
  type Kube,
  type Obj,
  type Pass,
  timestampOf,
} from '../../kube-client/index.ts'
import type { ApiServer } from '../api-server.ts'
import { definitions, isDeleted, refTo, specOf, statusOf, withoutFinalizer } from '../controllers/refs.ts'
import type { Convert, Kind } from '../kind.ts'
import { type Fields, listOf, recordOf, textOf } from '../kinds/read.ts'
import type { Cel } from '../schema/cel.ts'
import { sameJson } from '../schema/node.ts'
import { customKind } from './custom-kind.ts'

export interface DefinitionOptions {
  readonly kube: Kube
  readonly server: Pick<ApiServer, 'register' | 'unregister'>
  readonly cel: Cel | null
  /**
   * Kinds that the control plane has of its own. A definition of the same group and plural is accepted and stored; with
   * null the own kind stays in its place, else the definition's schema takes it.
   */
  own?(group: string, resource: string): Kind | null
  /** In place of webhooks: how versions of a kind become one another. */
  convert?(group: string, resource: string): Convert | undefined
  /** Hears of kinds that came: whoever collects garbage. */
  established?(kind: KindRef): void
}

export interface DefinitionFacts {
  readonly definition: Obj
  /** Who else has one of the names that it wants, and which. */
  readonly taken: readonly string[]
  /** Of a definition that goes. */
  readonly left: readonly Obj[]
}

export type DefinitionAction =
  | Action
  | { readonly do: 'register'; readonly definition: Obj }
  | { readonly do: 'unregister'; readonly definition: Obj }

const cleanup = 'customresourcecleanup.apiextensions.k8s.io'
const pollMs = 100

export function definitionController(options: DefinitionOptions): Controller<DefinitionFacts, DefinitionAction> {
  const { kube, server, cel } = options
  return {
    name: 'customresourcedefinition-controller',
    inputs: [{ kind: definitions, keys: ({ metadata }) => [metadata.name] }],
    gather: async (name, view) => {
      const definition = view.get(definitions, { namespace: null, name })
      if (definition === undefined) return null
      const others = view.list(definitions).filter((one) => one.metadata.name !== name && isAccepted(one))
      const left = isDeleted(definition) && isAccepted(definition) ? (await kube.list(kindRefOf(definition))).items : []
      return { definition, taken: takenNames(definition, others), left }
    },
    plan: (_name, facts, nowMs) => planDefinition(facts, nowMs),
    execute: async (action) => {
      if (action.do === 'register') {
        const { group, resource } = kindRefOf(action.definition)
        server.register(
          options.own?.(group, resource) ?? customKind(action.definition, cel, options.convert?.(group, resource)),
        )
        options.established?.(kindRefOf(action.definition))
      } else if (action.do === 'unregister') {
        const { group, resource } = kindRefOf(action.definition)
        const own = options.own?.(group, resource) ?? null
        if (own === null) server.unregister(group, resource)
        else server.register(own)
      } else await kube.apply(action)
    },
  }
}

/** In the version in which its objects are stored. */
export function kindRefOf(definition: Obj): KindRef {
  const spec = specOf(definition)
  const names = recordOf(spec['names'])
  const versions = listOf(spec['versions']).map(recordOf)
  const served = versions.filter((version) => version['served'] === true)
  const stored = served.find((version) => version['storage'] === true) ?? served[0] ?? versions[0]
  return {
    group: textOf(spec['group']),
    version: textOf(stored?.['name']),
    kind: textOf(names['kind']),
    resource: textOf(names['plural']),
    namespaced: spec['scope'] !== 'Cluster',
  }
}

const conditionsOf = (definition: Obj): Fields[] => listOf(statusOf(definition)['conditions']).map(recordOf)
const isAccepted = (definition: Obj): boolean =>
  conditionsOf(definition).some((one) => one['type'] === 'NamesAccepted' && one['status'] === 'True')

/** Names of the same group that another definition has: `plural`, `kind`, … */
function takenNames(definition: Obj, others: readonly Obj[]): string[] {
  const wanted = recordOf(specOf(definition)['names'])
  const names = others
    .filter((one) => specOf(one)['group'] === specOf(definition)['group'])
    .map((one) => recordOf(specOf(one)['names']))
  const words = new Set(
    names.flatMap((one) => [textOf(one['plural']), textOf(one['singular']), ...listOf(one['shortNames']).map(textOf)]),
  )
  const kinds = new Set(names.flatMap((one) => [textOf(one['kind']), textOf(one['listKind'])]))
  const taken = ['plural', 'singular'].filter((key) => words.has(textOf(wanted[key])))
  if (listOf(wanted['shortNames']).some((name) => words.has(textOf(name)))) taken.push('shortNames')
  return [...taken, ...['kind', 'listKind'].filter((key) => kinds.has(textOf(wanted[key])))]
}

export function planDefinition({ definition, taken, left }: DefinitionFacts, nowMs: number): Pass<DefinitionAction> {
  if (isDeleted(definition)) return planEnd(definition, left)
  const isFree = taken.length === 0
  const reason = isFree ? 'NoConflicts' : `${taken[0]![0]!.toUpperCase()}${taken[0]!.slice(1)}Conflict`
  const message = isFree ? 'no conflicts found' : `names are in use already: ${taken.join(', ')}`
  const wanted = [
    { type: 'NamesAccepted', status: isFree ? 'True' : 'False', reason, message },
    isFree || conditionsOf(definition).some((one) => one['type'] === 'Established' && one['status'] === 'True')
      ? {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        }
      : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
  ]
  const standing = conditionsOf(definition)
  const conditions = wanted.map((condition) => {
    const before = standing.find((one) => one['type'] === condition.type)
    const isSame = before?.['status'] === condition.status
    const generation = definition.metadata.generation ?? 1
    return {
      ...condition,
      lastTransitionTime: isSame ? before['lastTransitionTime'] : timestampOf(nowMs),
      observedGeneration: generation,
    }
  })
  const { storedVersions } = statusOf(definition)
  const stored = new Set([...listOf(storedVersions).map(textOf), storageOf(definition)])
  const status = {
    acceptedNames: isFree ? specOf(definition)['names'] : { plural: '', kind: '' },
    conditions,
    storedVersions: [...stored],
  }
  const actions: DefinitionAction[] = isFree ? [{ do: 'register', definition }] : []
  if (!sameJson(status, statusOf(definition))) {
    actions.push({ do: 'merge', kind: definitions, ref: refTo(definition), patch: { status }, subresource: 'status' })
  }
  return { actions }
}

function storageOf(definition: Obj): string {
  const versions = listOf(specOf(definition)['versions']).map(recordOf)
  return textOf(versions.find((version) => version['storage'] === true)?.['name'])
}

function planEnd(definition: Obj, left: readonly Obj[]): Pass<DefinitionAction> {
  if (left.length > 0) {
    const kind = kindRefOf(definition)
    const actions = left
      .filter((object) => !isDeleted(object))
      .map((object): Action => ({ do: 'delete', kind, ref: refTo(object), uid: object.metadata.uid ?? '' }))
    return { actions, wakeInMs: pollMs }
  }
  if (definition.metadata.finalizers?.includes(cleanup) !== true) return { actions: [] }
  return {
    actions: [
      { do: 'unregister', definition },
      { do: 'merge', kind: definitions, ref: refTo(definition), patch: withoutFinalizer(definition, cleanup) },
    ],
  }
}
