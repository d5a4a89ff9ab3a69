import type { Obj } from '../../../kube-client/index.ts'
import { pathOf } from './kinds.ts'
import { outputFlags, tell } from './print.ts'
import { refusedText } from './refused-text.ts'
import { Refused } from './requests.ts'
import { objectOr, type Target, targetOf, writtenIn } from './targets.ts'
import { type Call, dryRunFlag, filenameFlag, Mistake, namespaceFlag, type Verb } from './verb.ts'

export const apply: Verb = {
  name: 'apply',
  args: '-f FILE…',
  summary: 'make resources what files say',
  flags: [
    ...[filenameFlag, namespaceFlag, dryRunFlag, ...outputFlags],
    { name: 'server-side', help: 'taken and without effect: this is how it always is' },
    { name: 'force-conflicts', help: 'taken and without effect: this is how it always is' },
    { name: 'recursive', short: 'R', help: 'not there: name each directory' },
  ],
  examples: ['apply -f kafka.yaml', 'apply -f DIR -n kafka', 'apply -f -'],
  run: async (call) => {
    if (call.has('recursive')) throw new Mistake('-R needs kubectl; here name each directory with -f')
    return await each(call, 'applying', async (target, object) => {
      const before = await objectOr(call, target)
      const now = await call.api.json<Obj>(pathOf(target.kind, target.namespace, target.name), {
        ...{ method: 'PATCH', type: 'application/apply-patch+yaml', body: object },
        query: { ...dryRun(call), fieldManager: 'millrace', force: 'true', fieldValidation: 'Strict' },
      })
      const isSame = before !== null && before.metadata.resourceVersion === now.metadata.resourceVersion
      tell(call, target.kind, now, (before === null ? 'created' : isSame ? 'unchanged' : 'configured') + dryText(call))
    })
  },
}

export const createFromFiles = (call: Call): Promise<number> =>
  each(call, 'creating', (target, object) => createOne(call, target, object))

export async function createOne(call: Call, { kind, namespace }: Target, object: Obj): Promise<void> {
  if (call.value('dry-run') === 'client') return tell(call, kind, object, 'created (dry run)')
  const query = { ...dryRun(call), fieldManager: 'millrace', fieldValidation: 'Strict' }
  const made = await call.api.json<Obj>(pathOf(kind, namespace), { method: 'POST', query, body: object })
  tell(call, kind, made, `created${dryText(call)}`)
}

/** All of them; what is refused is told and does not stop the others. */
async function each(call: Call, doing: string, act: (target: Target, object: Obj) => Promise<void>): Promise<number> {
  const files = call.values('filename')
  if (files.length === 0) throw new Mistake('must specify one of -f and -k')
  let code = 0
  for (const written of await writtenIn(call, files)) {
    const { object } = written
    try {
      // after those before it: a kind may be one that the file has just defined
      const target = await targetOf(call, object)
      const { namespace: _, ...metadata } = object.metadata
      const placed = target.namespace === null ? metadata : { ...metadata, namespace: target.namespace }
      await act(target, { ...object, metadata: placed })
    } catch (thrown) {
      code = 1
      if (thrown instanceof Refused) call.err(refusedText(thrown, `error when ${doing} "${written.file}"`, written))
      else if (thrown instanceof Mistake) call.err(`error: ${thrown.message}\n`)
      else throw thrown
    }
  }
  return code
}

export function dryRun(call: Call): { dryRun: string | null } {
  const how = call.value('dry-run') ?? 'none'
  if (how === 'none') return { dryRun: null }
  if (how === 'server') return { dryRun: 'All' }
  throw new Mistake(`--dry-run=${how} needs kubectl; here there are --dry-run=server and, for create, --dry-run=client`)
}

export const dryText = (call: Call): string => (dryRun(call).dryRun === null ? '' : ' (server dry run)')
