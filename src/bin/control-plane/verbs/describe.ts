import type { Obj } from '../../../kube-client/index.ts'
import { aligned, fieldLines, type Line, labelLines, shownData } from './describe-lines.ts'
import { eventsAbout, eventTable } from './event-list.ts'
import { Refused } from './requests.ts'
import { objectsOf, targetsOf } from './targets.ts'
import { allNamespacesFlag, type Call, filenameFlag, namespaceFlag, selectorFlag, type Verb } from './verb.ts'

export const describe: Verb = {
  name: 'describe',
  args: 'KIND [NAME…] | KIND/NAME…',
  summary: 'show all of a resource, and its events',
  flags: [
    ...[namespaceFlag, allNamespacesFlag, selectorFlag, filenameFlag],
    { name: 'show-events', help: '--show-events=false: without events' },
  ],
  examples: ['describe kafka my-cluster', 'describe pod my-cluster-kafka-0'],
  run: async (call) => {
    const targets = await targetsOf(call, 'You must specify the type of resource to describe.')
    let isFirst = true
    let code = 0
    for (const target of targets) {
      try {
        for (const object of await objectsOf(call, target)) {
          if (!isFirst) call.out('\n\n')
          isFirst = false
          call.out(await described(call, object))
        }
      } catch (thrown) {
        if (!(thrown instanceof Refused)) throw thrown
        call.err(`Error from server (${thrown.status.reason}): ${thrown.message}\n`)
        code = 1
      }
    }
    if (isFirst && code === 0)
      call.err(
        call.namespace === null ? 'No resources found\n' : `No resources found in ${call.namespace} namespace.\n`,
      )
    return code
  },
}

async function described(call: Call, object: Obj): Promise<string> {
  const { apiVersion, kind, metadata, ...rest } = object
  const { name, namespace, labels, annotations, managedFields: _, ...others } = metadata
  // the whole object once more, with all that is secret in it
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...noted } = annotations ?? {}
  const lines: Line[] = [
    ['Name:', name],
    ['Namespace:', namespace ?? ''],
    ...labelLines('Labels', labels ?? {}, '='),
    ...labelLines('Annotations', noted, ': '),
    ['API Version:', apiVersion],
    ['Kind:', kind],
    ...fieldLines({ ...(kind === 'Secret' ? shownData(rest) : rest), metadata: others }, 0),
  ]
  if (call.value('show-events') === 'false') return aligned(lines)
  const events = await eventsAbout(call, object)
  if (events.length === 0) return aligned([...lines, ['Events:', '<none>']])
  return `${aligned(lines)}Events:\n${eventTable(events)}`
}
