import type { Obj } from '../../../kube-client/index.ts'
import { pathOf } from './kinds.ts'
import { outputFlags, tell } from './print.ts'
import { objectsOf, type Target, targetsOf } from './targets.ts'
import { type Call, filenameFlag, Mistake, namespaceFlag, selectorFlag, type Verb, wholeNumber } from './verb.ts'

export const scale: Verb = {
  name: 'scale',
  args: 'KIND NAME… | KIND/NAME… --replicas=N',
  summary: 'set how many there are of a deployment or node pool',
  flags: [
    ...[namespaceFlag, selectorFlag, filenameFlag, ...outputFlags],
    { name: 'replicas', takes: 'N', help: 'how many' },
    { name: 'current-replicas', takes: 'N', help: 'only if there are so many now' },
    { name: 'all', help: 'all of the kind in the namespace' },
  ],
  examples: ['scale deployment my-app --replicas=3', 'scale kafkanodepool kafka --replicas=4'],
  run: async (call) => {
    const said = call.value('replicas')
    if (said === null) throw new Mistake('required flag(s) "replicas" not set')
    const replicas = wholeNumber(said, 'replicas')
    if (replicas < 0)
      throw new Mistake('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0')
    const targets = await targetsOf(call, 'You must provide one or more resources by argument or filename.')
    const isMany = call.has('all') || call.value('selector') !== null
    if (!isMany && targets.some(({ name }) => name === null))
      throw new Mistake('resource(s) were provided, but no name was specified')
    for (const target of targets) {
      if (!target.kind.subresources.includes('scale')) throw new Mistake(`${target.kind.resource} cannot be scaled`)
      for (const object of await objectsOf(call, target)) await scaleOne(call, target, object, replicas)
    }
    return 0
  },
}

async function scaleOne(call: Call, { kind }: Target, object: Obj, replicas: number): Promise<void> {
  const path = `${pathOf(kind, object.metadata.namespace ?? null, object.metadata.name)}/scale`
  const wanted = call.value('current-replicas')
  if (wanted !== null) {
    const { spec } = await call.api.json<{ spec?: { replicas?: number } }>(path)
    if ((spec?.replicas ?? 0) !== wholeNumber(wanted, 'current-replicas')) {
      throw new Mistake(`Expected replicas to be ${wanted}, was ${spec?.replicas ?? 0}`)
    }
  }
  await call.api.text(path, { method: 'PATCH', type: 'application/merge-patch+json', body: { spec: { replicas } } })
  tell(call, kind, object, 'scaled')
}
