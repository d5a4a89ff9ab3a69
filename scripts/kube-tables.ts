/**
 * Writes src/kube/kinds/tables.ts: which fields the built-in kinds have, their JSON and protobuf names and numbers, and how
 * lists merge. The facts come from the Go types that Kubernetes publishes as modules:
 *
 *     go mod download -json k8s.io/api@v0.35.4 k8s.io/apimachinery@v0.35.4 k8s.io/apiextensions-apiserver@v0.35.4
 *     node scripts/kube-tables.ts DIR-OF-API DIR-OF-APIMACHINERY DIR-OF-APIEXTENSIONS
 *
 * The format stands in src/kube/kinds/messages.ts, which reads it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [api, machinery, extensions] = process.argv.slice(2)
if (api === undefined || machinery === undefined || extensions === undefined) {
  console.error('usage: node scripts/kube-tables.ts DIR-OF-API DIR-OF-APIMACHINERY DIR-OF-APIEXTENSIONS')
  process.exit(2)
}

/** Our short name of a package → its files. */
const packages: Readonly<Record<string, readonly string[]>> = {
  meta: [join(machinery, 'pkg/apis/meta/v1/types.go')],
  core: [join(api, 'core/v1/types.go')],
  apps: [join(api, 'apps/v1/types.go')],
  autoscaling: [join(api, 'autoscaling/v1/types.go')],
  rbac: [join(api, 'rbac/v1/types.go')],
  storage: [join(api, 'storage/v1/types.go')],
  policy: [join(api, 'policy/v1/types.go')],
  events: [join(api, 'events/v1/types.go')],
  coordination: [join(api, 'coordination/v1/types.go')],
  discovery: [join(api, 'discovery/v1/types.go')],
  networking: [join(api, 'networking/v1/types.go')],
  authentication: [join(api, 'authentication/v1/types.go')],
  authorization: [join(api, 'authorization/v1/types.go')],
  apiextensions: ['types.go', 'types_jsonschema.go'].map((file) => join(extensions, 'pkg/apis/apiextensions/v1', file)),
}

const roots = [
  'core.Namespace core.Pod core.Service core.Endpoints core.ConfigMap core.Secret core.ServiceAccount core.Event core.Node',
  'core.PersistentVolume core.PersistentVolumeClaim core.Binding apps.Deployment apps.ReplicaSet autoscaling.Scale',
  'rbac.Role rbac.RoleBinding rbac.ClusterRole rbac.ClusterRoleBinding storage.StorageClass policy.PodDisruptionBudget',
  'policy.Eviction events.Event coordination.Lease discovery.EndpointSlice networking.NetworkPolicy networking.Ingress',
  'networking.IngressClass authentication.TokenRequest authentication.TokenReview authentication.SelfSubjectReview',
  'authorization.SelfSubjectAccessReview authorization.SelfSubjectRulesReview authorization.SubjectAccessReview',
  'authorization.LocalSubjectAccessReview apiextensions.CustomResourceDefinition',
  'meta.DeleteOptions meta.PatchOptions meta.CreateOptions meta.UpdateOptions meta.Status meta.ObjectMeta',
]
  .join(' ')
  .split(' ')

interface Field {
  name: string
  number: number
  type: string
  flags: string[]
}
interface Struct {
  flags: string[]
  fields: Field[]
}

const structs = new Map<string, Struct>()
/** Named types that are not structs: what they stand for. */
const named = new Map<string, string>()

function parse(pkg: string, text: string): void {
  const imports = new Map<string, string>()
  for (const [, alias, path] of text.matchAll(/^\t(?:(\w+) )?"(k8s\.io\/[^"]+)"$/gm)) {
    const short = Object.keys(packages).find((one) => path!.includes(`/${one}/v1`))
    if (short !== undefined) imports.set(alias ?? 'v1', short)
  }
  let comments: string[] = []
  let current: Struct | null = null
  for (const line of text.split('\n')) {
    const comment = /^\s*\/\/\s?(.*)$/.exec(line)
    if (comment !== null) {
      comments.push(comment[1]!)
      continue
    }
    const struct = /^type (\w+) (?:struct) ?\{/.exec(line)
    const alias = /^type (\w+) (?!struct)([^\s{]+)$/.exec(line)
    if (struct !== null) {
      current = { flags: comments.some((one) => /^\+(structType|mapType)=atomic/.test(one)) ? ['A'] : [], fields: [] }
      structs.set(`${pkg}.${struct[1]}`, current)
      if (line.endsWith('{}')) current = null
    } else if (alias !== null) {
      named.set(`${pkg}.${alias[1]}`, alias[2] === 'string' ? 'string' : typeCode(alias[2]!, pkg, imports))
    } else if (line === '}') {
      current = null
    } else if (current !== null) {
      const field = /^\t(?:(\w+)\s+)?([*[\]\w.]+)\s+`(.*)`/.exec(line)
      if (field !== null) addField(current, pkg, imports, field[2]!, field[3]!, comments)
    }
    if (line.trim() !== '') comments = []
    else if (current === null) comments = []
  }
}

function resolve(type: string, pkg: string, imports: ReadonlyMap<string, string>): string {
  const [, alias, name] = /^(\w+)\.(\w+)$/.exec(type)!
  if (alias === 'resource') return 'Q'
  if (alias === 'intstr') return 'I'
  if (alias === 'runtime') return 'R'
  if (alias === 'types') return 's'
  return `${imports.get(alias!) ?? (alias === 'v1' || alias === 'metav1' ? 'meta' : pkg)}.${name}`
}

function addField(
  struct: Struct,
  pkg: string,
  imports: ReadonlyMap<string, string>,
  goType: string,
  tags: string,
  comments: readonly string[],
): void {
  const tag = (name: string): string => new RegExp(`${name}:"([^"]*)"`).exec(tags)?.[1] ?? ''
  const [jsonName = '', ...options] = tag('json').split(',')
  if (goType === 'metav1.TypeMeta' || goType === 'TypeMeta' || jsonName === '-') return
  const proto = tag('protobuf').split(',')
  const isInline = options.includes('inline') || jsonName === ''
  const name = isInline ? (proto.find((one) => one.startsWith('name='))?.slice(5) ?? '') : jsonName
  const comment = (key: string): string[] =>
    comments.filter((one) => one.startsWith(`+${key}=`)).map((one) => one.slice(key.length + 2).trim())
  const flags: string[] = []
  if (isInline) flags.push('~')
  if (options.includes('omitempty')) flags.push('?')
  if (options.includes('omitzero')) flags.push('z')
  if (comments.includes('+optional')) flags.push('o')
  const list = comment('listType')[0]
  if (list !== undefined)
    flags.push(
      `L${list}${comment('listMapKey')
        .map((key) => `,${key}`)
        .join('')}`,
    )
  if (comment('mapType')[0] === 'atomic' || comment('structType')[0] === 'atomic') flags.push('A')
  const strategy = tag('patchStrategy').split(',')
  if (strategy.includes('merge')) flags.push(`M${tag('patchMergeKey')}`)
  if (strategy.includes('retainKeys')) flags.push('K')
  const byDefault = comment('default')[0]
  if (byDefault !== undefined && !byDefault.startsWith('ref(')) flags.push(`D${byDefault}`)
  struct.fields.push({ name, number: Number(proto[1] ?? 0), type: typeCode(goType, pkg, imports), flags })
}

const plain: Readonly<Record<string, string>> = {
  string: 's',
  bool: 'b',
  int: 'i',
  int32: 'i',
  int64: 'l',
  uint8: 'i',
  float64: 'd',
  '[]byte': 'y',
}

function typeCode(goType: string, pkg: string, imports: ReadonlyMap<string, string>): string {
  if (plain[goType] !== undefined) return plain[goType]
  if (goType.startsWith('*')) return `*${typeCode(goType.slice(1), pkg, imports)}`
  if (goType.startsWith('[]')) return `[]${typeCode(goType.slice(2), pkg, imports)}`
  const map = /^map\[[\w.]+\](.+)$/.exec(goType)
  if (map !== null) return `{}${typeCode(map[1]!, pkg, imports)}`
  const full = goType.includes('.') ? resolve(goType, pkg, imports) : `${pkg}.${goType}`
  return special[full] ?? full
}

/** Types that write themselves. */
const special: Readonly<Record<string, string>> = {
  'meta.Time': 'T',
  'meta.MicroTime': 'U',
  'meta.Duration': 'W',
  'meta.FieldsV1': 'F',
  'apiextensions.JSON': 'J',
  'apiextensions.JSONSchemaPropsOrBool': 'J',
  'apiextensions.JSONSchemaPropsOrArray': 'J',
  'apiextensions.JSONSchemaPropsOrStringArray': 'J',
}

/** Named strings, slices and maps give way to what they stand for; a named string keeps its name. */
function flatten(type: string): string {
  const prefix = /^(?:\*|\[\]|\{\})*/.exec(type)![0]
  const rest = type.slice(prefix.length)
  if (!rest.includes('.') || structs.has(rest)) return type
  const stands = named.get(rest)
  if (stands === undefined) throw new Error(`unknown type ${rest}`)
  if (stands === 'string') return `${prefix}s'${rest}`
  return flatten(prefix + stands)
}

for (const [name, files] of Object.entries(packages)) {
  for (const file of files) parse(name, readFileSync(file, 'utf8'))
}

const written = new Map<string, string>()
const wanted = [...roots]
for (const name of wanted) {
  if (written.has(name)) continue
  const struct = structs.get(name)
  if (struct === undefined) throw new Error(`no struct ${name}`)
  const fields = struct.fields.map(({ name, number, type, flags }) => {
    const flat = flatten(type)
    const inner = flat.replace(/^(?:\*|\[\]|\{\})*/, '')
    if (structs.has(inner)) wanted.push(inner)
    return [name, number, flat, ...flags].join(' ')
  })
  written.set(name, [`${name}${struct.flags.length > 0 ? ' A' : ''}`, ...fields].join('|'))
}

const lines = [...written.keys()].sort().map((name) => written.get(name)!)
const text = `/** Made by scripts/kube-tables.ts from Kubernetes 1.35's published types; messages.ts says how to read it. */
export const tables = \`
${lines.join('\n').replaceAll('\\', '\\\\').replaceAll('`', '\\`')}
\`
`
writeFileSync(new URL('../src/kube/kinds/tables.ts', import.meta.url), text)
console.log(`${lines.length} messages, ${text.length} characters`)
