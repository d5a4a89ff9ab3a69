import type { Obj } from '../../../kube-client/index.ts'
import { dryRun, dryText } from './apply.ts'
import { type Kind, kindText, pathOf } from './kinds.ts'
import { nameLine, outputFlags, outputOf } from './print.ts'
import { isMissing, type Refused } from './requests.ts'
import { objectOr, objectsOf, type Target, targetsOf } from './targets.ts'
import {
  allNamespacesFlag,
  type Call,
  dryRunFlag,
  durationMs,
  filenameFlag,
  Mistake,
  namespaceFlag,
  pause,
  selectorFlag,
  type Verb,
  wholeNumber,
} from './verb.ts'

export const remove: Verb = {
  name: 'delete',
  args: 'KIND NAME… | KIND/NAME… | KIND -l LABELS | KIND --all | -f FILE…',
  summary: 'delete resources, and wait until they have gone',
  flags: [
    ...[namespaceFlag, allNamespacesFlag, selectorFlag, filenameFlag, dryRunFlag, ...outputFlags],
    { name: 'field-selector', takes: 'FIELDS', help: 'those with these fields' },
    { name: 'all', help: 'all of the kind in the namespace' },
    { name: 'wait', help: '--wait=false: do not wait until they have gone' },
    { name: 'timeout', takes: 'TIME', help: 'how long to wait; without end when it is not said' },
    { name: 'ignore-not-found', help: 'what is not there is as well' },
    { name: 'grace-period', takes: 'SECONDS', help: 'how long a pod has to end' },
    { name: 'now', help: 'the same as --grace-period=1' },
    { name: 'force', help: 'at once' },
    { name: 'cascade', takes: 'HOW', bare: 'background', help: 'background, foreground or orphan' },
  ],
  examples: ['delete kafkatopic my-topic', 'delete -f kafka.yaml', 'delete pod my-cluster-kafka-0 --wait=false'],
  run: async (call) => {
    const isAll = call.has('all')
    const isSelected = call.value('selector') !== null || call.value('field-selector') !== null
    const targets = await targetsOf(call, 'You must provide one or more resources by argument or filename.')
    if (!isAll && !isSelected && targets.some(({ name }) => name === null)) {
      throw new Mistake('resource(s) were provided, but no name was specified')
    }
    const gone: { readonly target: Target; readonly uid: string | undefined }[] = []
    let code = 0
    const missing = (thrown: unknown): void => {
      if (!isMissing(thrown)) throw thrown
      if (call.has('ignore-not-found') || isAll) return
      call.err(`Error from server (NotFound): ${(thrown as Refused).message}\n`)
      code = 1
    }
    let found = 0
    for (const target of targets) {
      const some = target.name === null ? await objectsOf(call, target) : [null]
      for (const one of some) {
        const named =
          one === null ? target : { ...target, name: one.metadata.name, namespace: one.metadata.namespace ?? null }
        found++
        try {
          gone.push({ target: named, uid: await deleteOne(call, named) })
        } catch (thrown) {
          missing(thrown)
        }
      }
    }
    if (found === 0) call.out('No resources found\n')
    if (call.value('wait') !== 'false' && dryRun(call).dryRun === null) await untilGone(call, gone)
    return code
  },
}

/** The uid of what is deleted. */
async function deleteOne(call: Call, { kind, namespace, name }: Target): Promise<string | undefined> {
  const answer = await call.api.json<Obj & { details?: { uid?: string } }>(pathOf(kind, namespace, name), {
    ...{ method: 'DELETE', query: dryRun(call), body: options(call) },
  })
  tellGone(call, kind, name!)
  return answer.kind === 'Status' ? answer.details?.uid : answer.metadata.uid
}

function options(call: Call): unknown {
  const cascade = call.value('cascade') ?? 'background'
  const policies: Readonly<Record<string, string>> = {
    background: 'Background',
    foreground: 'Foreground',
    orphan: 'Orphan',
  }
  const propagationPolicy = policies[cascade]
  if (propagationPolicy === undefined)
    throw new Mistake(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`)
  const said = call.value('grace-period')
  const seconds = call.has('force') ? 0 : call.has('now') ? 1 : said === null ? -1 : wholeNumber(said, 'grace-period')
  return {
    ...{ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy },
    ...(seconds < 0 ? {} : { gracePeriodSeconds: seconds }),
  }
}

function tellGone(call: Call, kind: Kind, name: string): void {
  if (outputOf(call).as === 'name') call.out(`${nameLine(kind, name)}\n`)
  else call.out(`${kindText(kind)} "${name}" ${call.has('force') ? 'force deleted' : 'deleted'}${dryText(call)}\n`)
}

async function untilGone(
  call: Call,
  all: readonly { readonly target: Target; readonly uid: string | undefined }[],
): Promise<void> {
  const said = call.value('timeout')
  const limitMs = said === null ? 0 : durationMs(said, 'timeout')
  const endMs = limitMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + limitMs
  const pollMs = 50
  for (const { target, uid } of all) {
    for (;;) {
      const now = await objectOr(call, target)
      if (now === null || (uid !== undefined && now.metadata.uid !== uid)) break
      if (performance.now() > endMs)
        throw new Mistake(`timed out waiting for the condition on ${target.kind.resource}/${target.name}`)
      await pause(pollMs)
    }
  }
}
