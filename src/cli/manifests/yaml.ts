/** Manifests as people write them: YAML of many documents, every value with its line. Read as kubectl reads it. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type Scalar,
  type ScalarTag,
  stringify,
  type Tags,
} from 'yaml'

export interface Place {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

export interface YamlMistake extends Place {
  readonly message: string
}

/** One document. */
export interface Manifest {
  readonly value: unknown
  /** As it was written, comments included. */
  readonly text: string
  /** Where something stands; for what is not there, where its parent stands. */
  place(path: readonly (string | number)[]): Place
}

/** kubectl's parser knows these words and no other as booleans: `y` and `n` are text. */
const booleanTag: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/,
  resolve: (text) => /^(?:yes|true|on)$/i.test(text),
  stringify: ({ value }) => (value === true ? 'true' : 'false'),
}

/** YAML 1.1, of which dates stay text and times are no numbers. */
const customTags = (tags: Tags): Tags => [
  booleanTag,
  ...tags.filter((tag) => typeof tag === 'string' || !(isTime(tag) || strange.includes(tag.tag) || isBoolean(tag))),
]

const strange: readonly string[] = ['binary', 'omap', 'pairs', 'set', 'timestamp'].map(
  (name) => `tag:yaml.org,2002:${name}`,
)
const isTime = (tag: object): boolean => 'format' in tag && tag.format === 'TIME'
const isBoolean = (tag: { readonly tag: string }): boolean => tag.tag === 'tag:yaml.org,2002:bool'

/** Documents without content are left out. `mistakes` are of the syntax; with any, there are no manifests. */
export const readManifests = (source: string): { manifests: Manifest[]; mistakes: YamlMistake[] } => {
  const lines = new LineCounter()
  const options = { version: '1.1', schema: 'yaml-1.1', customTags, lineCounter: lines, prettyErrors: false } as const
  const parsed = parseAllDocuments(source, options)
  const documents = 'empty' in parsed ? [] : parsed
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const mistakes = documents.flatMap((document) =>
    document.errors.map((error) => ({ ...placeOf(error.pos[0]), message: sentence(error.code, error.message) })),
  )
  if (mistakes.length > 0) return { manifests: [], mistakes }
  const manifests: Manifest[] = []
  let end = 0
  for (const document of documents) {
    const from = end
    end = document.range[2]
    if (document.contents === null) continue
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 })
      if (value === null) continue
      manifests.push(manifestOf(document, value, source, from, placeOf))
    } catch (thrown) {
      // Aliases that would make the document grow without bound.
      mistakes.push({ ...placeOf(document.range[0]), message: (thrown as { message: string }).message })
    }
  }
  return mistakes.length > 0 ? { manifests: [], mistakes } : { manifests, mistakes }
}

const sentence = (code: string, message: string): string =>
  code === 'TAB_AS_INDENT' ? 'a tab where spaces are wanted: YAML indents with spaces only' : message

const manifestOf = (
  document: Document.Parsed,
  value: unknown,
  source: string,
  from: number,
  placeOf: (offset: number) => Place,
): Manifest => ({
  value,
  text: textOf(document, source, from),
  place: (path) => placeOf(offsetOf(document, path)),
})

/** With the comments before it, without the mark that it begins with. */
const textOf = (document: Document.Parsed, source: string, from: number): string => {
  const end = document.range[1]
  const start = document.contents?.range[0] ?? end
  const head = source.slice(from, start).replaceAll(/^(?:---|\.\.\.)[ \t]*\n?/gm, '')
  return (head + source.slice(start, end)).replaceAll(/^\n+|\s+$/g, '')
}

/** The offset of the key for an entry of a map, of the value for one of a list. */
const offsetOf = (document: Document.Parsed, path: readonly (string | number)[]): number => {
  let node: ParsedNode | null | undefined = document.contents
  let offset = node?.range[0] ?? document.range[0]
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document) as ParsedNode | undefined
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String((item.key as Scalar).value) === String(key))
      if (pair === undefined) break
      offset = (pair.key as ParsedNode).range[0]
      node = pair.value as ParsedNode | null
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(key)]
      if (!isNode(item)) break
      node = item as ParsedNode
      offset = node.range[0]
    } else break
  }
  return offset
}

const writing = { version: '1.1', schema: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false } as const

/** Documents as people write them. */
export const writeYaml = (value: unknown): string => stringify(value, writing)

/** As kubectl prints them: entries of a list stand under the name of the list. */
export const writeYamlFlat = (value: unknown): string => stringify(value, { ...writing, indentSeq: false })
