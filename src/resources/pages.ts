/** The pages of docs/resources, made from the declarations so that they cannot disagree with the code. */
import { resources } from './kinds/core.ts'
import { clientAuthentication, clientTls, condition, jvmOptions, logging, rack } from './kinds/shared.ts'
import { kinds } from './kinds/table.ts'
import {
  buildConfigTemplate,
  containerTemplate,
  deploymentTemplate,
  nodePodTemplate,
  podDisruptionBudgetTemplate,
  podTemplate,
  resourceTemplate,
  serviceTemplate,
} from './kinds/templates.ts'
import { type KindDeclaration, pluralOf } from './schema/kind.ts'
import type { Fields, Type } from './schema/types.ts'

const generated =
  '<!-- Made by scripts/resource-docs.ts from src/resources. Change the declarations there, not this page. -->'

/** Pieces that many kinds have, described once. */
const pieces: readonly (readonly [title: string, type: Type, text: string])[] = [
  ['Conditions', condition, 'What an operator says about a resource, in `status.conditions`.'],
  ['Resources', resources, 'CPU and memory, as Kubernetes has them.'],
  ['JVM options', jvmOptions, jvmOptions.text!],
  ['Logging', logging, 'What is logged.'],
  ['Rack', rack, rack.text!],
  ['TLS of clients', clientTls, clientTls.text!],
  ['Authentication of clients', clientAuthentication, clientAuthentication.text!],
  ['Pod template', podTemplate, 'About the pods that an operator makes.'],
  ['Node pod template', nodePodTemplate, 'A pod template of pods that have a number each.'],
  ['Container template', containerTemplate('x'), 'About one container of them.'],
  ['Service template', serviceTemplate('x'), 'About a Service.'],
  ['Deployment template', deploymentTemplate, 'About a Deployment.'],
  ['Pod disruption budget template', podDisruptionBudgetTemplate, 'About a PodDisruptionBudget.'],
  ['Build config template', buildConfigTemplate, 'About a BuildConfig.'],
  ['Object template', resourceTemplate('x'), 'About an object of which only metadata can be said.'],
]

const pieceOf = (fields: Fields | undefined): string | undefined =>
  pieces.find(([, type]) => type.fields === fields && fields !== undefined)?.[0]

const anchor = (title: string): string => title.toLowerCase().replaceAll(' ', '-')

const code = (text: string): string => `\`${text}\``
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')

const shapeText = (type: Type): string => {
  if (type.values !== undefined) return type.values.map((value) => code(String(value))).join(', ')
  switch (type.shape) {
    case 'list':
      return `list of ${type.item!.shape === 'object' ? 'objects' : shapeText(type.item!)}`
    case 'map':
      return `map to ${shapeText(type.item!)}`
    case 'open':
      return 'object, any fields'
    default:
      return type.shape
  }
}

const limitsText = (type: Type): string => {
  const { minimum, maximum, minItems, pattern } = type.facets ?? {}
  return [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(minItems === undefined ? [] : ['not empty']),
    ...(pattern === undefined ? [] : [code(pattern)]),
  ].join(', ')
}

const defaultText = (type: Type): string =>
  type.presence === 'required'
    ? '**required**'
    : type.presence === 'default'
      ? code(JSON.stringify(type.byDefault))
      : ''

/** Objects of Kubernetes have no words of their own here: its documentation has them. */
const isForeign = (type: Type): boolean =>
  type.fields !== undefined && Object.values(type.fields).every((field) => field.text === undefined)

const rowsOf = (fields: Fields, prefix: string): string[][] =>
  Object.entries(fields).flatMap(([name, field]) => {
    const path = prefix + name
    const inner = field.shape === 'list' || field.shape === 'map' ? field.item! : field
    const piece = pieceOf(inner.fields)
    const more =
      piece !== undefined
        ? ` See [${piece}](shared.md#${anchor(piece)}).`
        : isForeign(inner)
          ? ' As in Kubernetes.'
          : ''
    const limits = limitsText(field)
    const row = [
      code(path),
      shapeText(field) + (limits === '' ? '' : `; ${limits}`),
      defaultText(field),
      (field.text ?? '') + more,
    ]
    if (inner.fields === undefined || piece !== undefined || isForeign(inner)) return [row]
    return [
      row,
      ...rowsOf(inner.fields, `${path}${field.shape === 'list' ? '[]' : field.shape === 'map' ? '.*' : ''}.`),
    ]
  })

const fieldsTable = (fields: Fields, prefix = ''): string =>
  table(['field', 'type', 'default', 'meaning'], rowsOf(fields, prefix))

const pathsOf = (type: Type, prefix: string): readonly string[] =>
  Object.entries(type.fields ?? {}).flatMap(([name, field]) => {
    const inner = field.shape === 'list' ? field.item! : field
    const path = `${prefix}${name}`
    return [path, ...pathsOf(inner, `${path}${field.shape === 'list' ? '[]' : ''}.`)]
  })

/** Paths of the first that the second has not, without what stands below one of them. */
const onlyIn = (first: Type, second: Type): readonly string[] => {
  const known = new Set(pathsOf(second, ''))
  const alone = pathsOf(first, '').filter((path) => !known.has(path))
  return alone.filter((path) => !alone.some((other) => path.startsWith(`${other}.`) || path.startsWith(`${other}[]`)))
}

const olderText = (kind: KindDeclaration): readonly string[] => {
  const [newest, ...old] = kind.versions
  if (old.length === 0) return []
  return [
    '## Older versions',
    newest!.name !== 'v1'
      ? 'Accepted and kept. `millrace convert -f FILE` prints a file as it is written today.'
      : `Accepted, and read as ${newest!.name}; what ${newest!.name} has no place for is kept in the annotation \`millrace.io/legacy-spec\` and given back at the old version. \`millrace convert -f FILE\` prints a file as it is written today.`,
    ...old.map((version, index) => {
      const before = kind.versions[index]!
      if (version.spec === before.spec) return `- ${code(version.name)}: as ${before.name}`
      const added = onlyIn(version.spec, newest!.spec).map(code)
      return `- ${code(version.name)}: ${added.length === 0 ? 'the same fields' : `besides ${added.join(', ')}`}`
    }),
  ]
}

const kindPage = (kind: KindDeclaration): string =>
  join([
    `# ${kind.kind}`,
    generated,
    kind.text,
    `\`apiVersion: ${kind.group}/${kind.versions[0]!.name}\`, short name \`${kind.shortNames.join('`, `')}\`; among those that \`kubectl get strimzi\` lists. Columns: ${kind.columns.map((column) => column.name).join(', ')}.${kind.scale === undefined ? '' : ' Can be scaled.'}`,
    '## spec',
    fieldsTable(kind.versions[0]!.spec.fields!),
    ...rulesText(kind.versions[0]!.spec, 'spec'),
    '## status',
    fieldsTable(kind.status.fields!),
    ...olderText(kind),
  ])

/** What holds between fields. */
const rulesText = (type: Type, path: string): readonly string[] => {
  const rules = rulesOf(type, path)
  return rules.length === 0 ? [] : [`Between fields: ${rules.join('; ')}.`]
}

const rulesOf = (type: Type, path: string): readonly string[] => {
  const own = (type.rules ?? []).map((rule) => `${code(path)}: ${rule.message.replace(/\.$/, '')}`)
  if (pieceOf(type.fields) !== undefined) return []
  const below = Object.entries(type.fields ?? {}).flatMap(([name, field]) =>
    rulesOf(field.shape === 'list' ? field.item! : field, `${path}.${name}`),
  )
  return [...own, ...below]
}

const sharedPage = (): string =>
  join([
    '# Pieces that many kinds have',
    generated,
    ...pieces.flatMap(([title, type, text]) => [
      `## ${title}`,
      text,
      fieldsTable(type.fields!),
      ...rulesText({ ...type, fields: { ...type.fields } }, title),
    ]),
  ])

const indexPage = (): string =>
  join([
    '# Custom resources',
    generated,
    'Strimzi’s kinds, as Millrace serves them: the same fields as Strimzi 1.2, checked against its own definitions. Defaults are what the operators take; stored objects stay as they were written.',
    table(
      ['kind', 'short', 'versions', 'what it is'],
      kinds.map((kind) => [
        `[${kind.kind}](${fileOf(kind)})`,
        kind.shortNames.map(code).join(', '),
        kind.versions.map((version) => version.name).join(', '),
        kind.text,
      ]),
    ),
    'Pieces that many of them have: [shared.md](shared.md).',
  ])

const fileOf = (kind: KindDeclaration): string => `${pluralOf(kind)}.md`

const join = (parts: readonly string[]): string =>
  `${parts.map((part, index) => (part.startsWith('- ') && parts[index + 1]?.startsWith('- ') ? part : `${part}\n`)).join('\n')}`

/** By file name. */
export const resourcePages = (): ReadonlyMap<string, string> =>
  new Map([
    ['README.md', indexPage()],
    ['shared.md', sharedPage()],
    ...kinds.map((kind) => [fileOf(kind), kindPage(kind)] as const),
  ])
