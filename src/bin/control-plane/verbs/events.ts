import { lined } from './columns.ts'
import { eventsWhere, seenText } from './event-list.ts'
import { listOf, outputFlags, outputOf, shownObject } from './print.ts'
import { allNamespacesFlag, Mistake, namespaceFlag, type Verb } from './verb.ts'

export const events: Verb = {
  name: 'events',
  args: '[--for=KIND/NAME]',
  summary: 'show what happened, the newest last',
  flags: [
    ...[namespaceFlag, allNamespacesFlag, ...outputFlags],
    { name: 'for', takes: 'KIND/NAME', help: 'what happened to this one' },
    { name: 'types', takes: 'TYPES', help: 'Normal, Warning' },
    { name: 'no-headers', help: 'no line of headers' },
  ],
  examples: ['events', 'events -A --types=Warning', 'events --for=kafka/my-cluster'],
  run: async (call) => {
    const about = call.value('for')
    let fields: string | null = null
    if (about !== null) {
      const [type = '', name = ''] = about.split('/')
      if (type === '' || name === '') throw new Mistake('--for must be in resource/name form')
      const [kind] = await call.kinds.named(type)
      fields = `involvedObject.kind=${kind!.kind},involvedObject.name=${name}`
    }
    const types = call.value('types')?.toLowerCase().split(',') ?? null
    const all = await eventsWhere(call, call.namespace, fields)
    const found = all.filter(({ type = '' }) => types === null || types.includes(type.toLowerCase()))
    const output = outputOf(call)
    if (output.as === 'whole') call.out(output.text(listOf(found.map((one) => shownObject(call, one)))))
    else if (output.as === 'name') for (const { metadata } of found) call.out(`event/${metadata.name}\n`)
    else if (found.length === 0) {
      call.err(call.namespace === null ? 'No events found.\n' : `No events found in ${call.namespace} namespace.\n`)
    } else {
      const isAll = call.namespace === null
      const rows = found.map((event) => [
        ...(isAll ? [event.metadata.namespace ?? ''] : []),
        ...[seenText(event), event.type ?? '', event.reason ?? ''],
        `${event.involvedObject.kind ?? ''}/${event.involvedObject.name ?? ''}`,
        (event.message ?? '').trim(),
      ])
      const head = [...(isAll ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']
      call.out(lined(call.has('no-headers') ? rows : [head, ...rows]))
    }
    return 0
  },
}
