import type { Obj } from '../../../kube-client/index.ts'
import { jsonPath } from './json-path.ts'
import { nameLine, outputFlags } from './print.ts'
import { isMissing } from './requests.ts'
import { objectOr, objectsOf, type Target, targetsOf } from './targets.ts'
import {
  allNamespacesFlag,
  type Call,
  durationMs,
  filenameFlag,
  Mistake,
  namespaceFlag,
  pause,
  selectorFlag,
  type Verb,
} from './verb.ts'

type IsMet = (now: Obj | null) => boolean

export const wait: Verb = {
  name: 'wait',
  args: 'KIND NAME… | KIND/NAME… --for=WHAT',
  summary: 'wait until resources are as wanted',
  flags: [
    ...[namespaceFlag, allNamespacesFlag, selectorFlag, filenameFlag, ...outputFlags],
    { name: 'for', takes: 'WHAT', help: "condition=TYPE[=STATUS], delete, create or jsonpath='{PATH}'[=VALUE]" },
    { name: 'timeout', takes: 'TIME', help: 'how long; 30s when it is not said, 0 looks once' },
    { name: 'all', help: 'all of the kind in the namespace' },
    { name: 'field-selector', takes: 'FIELDS', help: 'those with these fields' },
  ],
  examples: ['wait kafka/my-cluster --for=condition=Ready --timeout=60s', 'wait pod/my-pod --for=delete'],
  run: async (call) => {
    const wanted = call.value('for')
    if (wanted === null) throw new Mistake('You must specify what to wait for with --for')
    const isMet = conditionOf(wanted)
    const targets = await targetsOf(call, 'You must provide one or more resources by argument or filename.')
    const isMany = call.has('all') || call.value('selector') !== null || call.value('field-selector') !== null
    if (!isMany && targets.some(({ name }) => name === null))
      throw new Mistake('resource(s) were provided, but no name was specified')
    const startMs = performance.now()
    const endMs = startMs + durationMs(call.value('timeout') ?? '30s', 'timeout')
    const waiting: { readonly target: Target; readonly uid: string | undefined }[] = []
    for (const target of targets) waiting.push(...(await present(call, target, wanted)))
    if (waiting.length === 0 && wanted !== 'delete') throw new Mistake('no matching resources found')
    let code = 0
    for (const { target, uid } of waiting) {
      const done = await until(call, target, endMs, (now) =>
        isMet(wanted === 'delete' && now?.metadata.uid !== uid ? null : now),
      )
      if (done)
        call.out(
          call.value('output') === 'name'
            ? `${nameLine(target.kind, target.name!)}\n`
            : `${nameLine(target.kind, target.name!)} condition met\n`,
        )
      else {
        call.err(`error: timed out waiting for the condition on ${target.kind.resource}/${target.name}\n`)
        code = 1
      }
    }
    return code
  },
}

/** What is there now. Of what is to be made, all; of what is to go, whatever has not gone. */
async function present(
  call: Call,
  target: Target,
  wanted: string,
): Promise<{ target: Target; uid: string | undefined }[]> {
  if (wanted === 'create') return [{ target, uid: undefined }]
  try {
    return (await objectsOf(call, target)).map(({ metadata }) => ({
      target: { ...target, name: metadata.name, namespace: metadata.namespace ?? null },
      uid: metadata.uid,
    }))
  } catch (thrown) {
    if (wanted === 'delete' && isMissing(thrown)) return []
    throw thrown
  }
}

async function until(call: Call, target: Target, endMs: number, isMet: IsMet): Promise<boolean> {
  const pollMs = 50
  for (;;) {
    if (isMet(await objectOr(call, target))) return true
    if (performance.now() >= endMs) return false
    await pause(pollMs)
  }
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly observedGeneration?: number
}

function conditionOf(wanted: string): IsMet {
  if (wanted === 'delete') return (now) => now === null
  if (wanted === 'create') return (now) => now !== null
  const [how, what = ''] = wanted.split(/=(.*)/s)
  if (how === 'condition' && what !== '') {
    const [type = '', status = 'true'] = what.split('=')
    return (now) => {
      const { conditions, observedGeneration } = (now?.['status'] ?? {}) as {
        conditions?: readonly Condition[]
        observedGeneration?: number
      }
      const found = conditions?.find((one) => one.type.toLowerCase() === type.toLowerCase())
      const seen = found?.observedGeneration ?? observedGeneration
      const isOld = seen !== undefined && seen < (now?.metadata.generation ?? 0)
      return found !== undefined && !isOld && found.status.toLowerCase() === status.toLowerCase()
    }
  }
  if (how === 'jsonpath' && what !== '') {
    const [, path = '', value] = /^(?:'|")?(\{.*\})(?:'|")?(?:=(.*))?$/s.exec(what) ?? []
    if (path === '') throw new Mistake(`jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3`)
    const read = jsonPath(path)
    return (now) => {
      const found = now === null ? '' : read(now)
      return value === undefined ? found !== '' : found === value
    }
  }
  throw new Mistake(
    `unrecognized condition: "${wanted}"; there are condition=TYPE, delete, create and jsonpath='{PATH}'=VALUE`,
  )
}
