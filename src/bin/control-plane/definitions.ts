import { createHash } from 'node:crypto'
import type { KindRef, Kube, Obj } from '../../kube-client/index.ts'

const definitions: KindRef = {
  ...{ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
  ...{ resource: 'customresourcedefinitions', namespaced: false },
}

/** Says which text a stored definition was made from: reading it again costs a start more than all else. */
const madeFrom = 'millrace.io/made-from'

/** Makes definitions that are missing, or that another Millrace has made; one a `turn`, so that nothing waits long. */
export async function makeDefinitions(kube: Kube, wanted: readonly Obj[], turn: () => Promise<void>): Promise<void> {
  const { items } = await kube.list(definitions)
  const stored = new Map(items.map(({ metadata }) => [metadata.name, metadata.annotations?.[madeFrom]]))
  for (const definition of wanted) {
    const hash = createHash('sha256').update(JSON.stringify(definition)).digest('base64url')
    const { name, annotations } = definition.metadata
    if (stored.get(name) === hash) continue
    await turn()
    const object = {
      ...definition,
      metadata: { ...definition.metadata, annotations: { ...annotations, [madeFrom]: hash } },
    }
    if (stored.has(name))
      await kube.apply({ do: 'apply', kind: definitions, object, fieldManager: 'millrace', force: true })
    else await kube.apply({ do: 'create', kind: definitions, object })
  }
}
