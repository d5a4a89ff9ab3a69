import { checkResource, modernize, pathText } from '../../resources/index.ts'
import { readResources, type Written } from '../manifests/read.ts'
import { writeYaml } from '../manifests/yaml.ts'
import { type Call, type Command, Mistake } from './command.ts'

/** Reads the files that `-f` names; says what is wrong with them. null: something is. */
const read = async (call: Call): Promise<readonly Written[] | null> => {
  const { resources, errors, warnings } = await readResources(call.world, call.values('filename'))
  for (const text of warnings) call.world.err(`warning: ${text}\n`)
  for (const text of errors) call.world.err(`${text}\n`)
  return errors.length > 0 ? null : resources
}

const convertOne = (call: Call, written: Written): readonly string[] => {
  const { objects, notes } = modernize(written.object)
  const { kind, metadata } = written.object
  for (const note of notes) call.world.err(`${written.file}: ${kind} ${metadata.name}: ${note}\n`)
  // What needs no change is printed as it was written, comments included.
  if (objects.length === 1 && objects[0] === written.object && written.text !== null) return [`${written.text}\n`]
  for (const object of objects)
    for (const finding of checkResource(object))
      if (finding.level === 'error')
        call.world.err(
          `${written.file}: ${object.kind} ${object.metadata.name}: by hand: ${pathText(finding.path)}: ${finding.message}\n`,
        )
  return objects.map(writeYaml)
}

export const convert: Command = {
  name: 'convert',
  summary: 'print YAML of any year as it is written today',
  args: '',
  least: 0,
  most: 0,
  flags: [
    {
      name: 'filename',
      short: 'f',
      arg: 'FILE',
      help: 'a file, a directory of them, or - for standard input; may be repeated',
      isRepeated: true,
    },
  ],
  examples: [
    { line: 'millrace convert -f kafka.yaml', what: 'a Kafka with ZooKeeper as a Kafka with node pools' },
    { line: 'kubectl get k,kt -o yaml | millrace convert -f -', what: 'what a cluster has' },
  ],
  async run(call) {
    if (call.values('filename').length === 0) throw new Mistake('wants -f FILE')
    const resources = await read(call)
    if (resources === null) return 1
    call.world.out(resources.flatMap((written) => convertOne(call, written)).join('---\n'))
    return 0
  },
}
