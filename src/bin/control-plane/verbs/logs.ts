import { pathOf } from './kinds.ts'
import { containerOf, type Pod, podOf, podsWith } from './pods.ts'
import { type Call, durationMs, Mistake, namespaceFlag, selectorFlag, type Verb, wholeNumber } from './verb.ts'

export const logs: Verb = {
  name: 'logs',
  args: 'POD | KIND/NAME | -l LABELS',
  summary: 'print what a container wrote',
  flags: [
    ...[namespaceFlag, selectorFlag],
    { name: 'container', short: 'c', takes: 'NAME', help: 'which container' },
    { name: 'all-containers', help: 'of all containers' },
    { name: 'follow', short: 'f', help: 'and go on with what it writes' },
    { name: 'tail', takes: 'N', help: 'the last lines alone; with -l, 10 when it is not said' },
    { name: 'since', takes: 'TIME', help: 'what is not older: 5s, 2m, 3h' },
    { name: 'since-time', takes: 'DATE', help: 'what is not older than this date' },
    { name: 'previous', short: 'p', help: 'of the container before the last restart' },
    { name: 'timestamps', help: 'each line with its time' },
    { name: 'limit-bytes', takes: 'N', help: 'not more than this' },
    { name: 'prefix', help: 'each line with its pod and container' },
  ],
  examples: ['logs my-cluster-kafka-0', 'logs -f deployment/my-app --tail=20', 'logs -l app=my-app'],
  run: async (call) => {
    const selector = call.value('selector')
    const [word, container, more] = call.args
    if (selector !== null && word !== undefined) throw new Mistake('only a selector (-l) or a POD name is allowed')
    if (more !== undefined || (selector === null && word === undefined)) {
      throw new Mistake(
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'. POD or TYPE/NAME is a required argument",
      )
    }
    const pods = selector === null ? [await podOf(call, word!)] : await podsWith(call, selector)
    if (pods.length === 0) call.err(`No resources found in ${call.namespace} namespace.\n`)
    const sources = pods.flatMap((pod) => namesIn(call, pod, container).map((name) => ({ pod, name })))
    if (call.has('follow')) await Promise.all(sources.map(({ pod, name }) => print(call, pod, name)))
    else for (const { pod, name } of sources) await print(call, pod, name)
    return 0
  },
}

function namesIn(call: Call, pod: Pod, container: string | undefined): readonly string[] {
  if (call.has('all-containers'))
    return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => name)
  return [container ?? containerOf(call, pod)]
}

async function print(call: Call, { metadata }: Pod, container: string): Promise<void> {
  const [kind] = await call.kinds.named('pods')
  const path = `${pathOf(kind!, metadata.namespace!, metadata.name)}/log`
  const query = { ...asked(call), container }
  const prefix = call.has('prefix') ? `[pod/${metadata.name}/${container}] ` : ''
  let isAtStart = true
  const show = (text: string): void => {
    if (prefix === '' || text === '') return call.out(text)
    const begun = isAtStart ? prefix : ''
    isAtStart = text.endsWith('\n')
    call.out(begun + text.replaceAll(/\n(?!$)/g, `\n${prefix}`))
  }
  if (call.has('follow')) await call.api.stream(path, { query: { ...query, follow: 'true' } }, show)
  else show(await call.api.text(path, { query }))
}

function asked(call: Call): Readonly<Record<string, string | null>> {
  const since = call.value('since')
  const tail = call.value('tail') ?? (call.value('selector') === null ? '-1' : '10')
  const bytes = call.value('limit-bytes')
  const flag = (name: string): string | null => (call.has(name) ? 'true' : null)
  return {
    tailLines: wholeNumber(tail, 'tail') < 0 ? null : tail,
    sinceSeconds: since === null ? null : String(Math.max(1, Math.ceil(durationMs(since, 'since') / 1000))),
    sinceTime: call.value('since-time'),
    limitBytes: bytes === null ? null : String(wholeNumber(bytes, 'limit-bytes')),
    ...{ previous: flag('previous'), timestamps: flag('timestamps') },
  }
}
