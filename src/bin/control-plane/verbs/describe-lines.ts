/** Objects as indented lines, fields by name and values in a column. */

/** A label and its value, or a heading alone. */
export type Line = readonly [string] | readonly [string, string]

/** `clusterCa` → `Cluster Ca`, `apiVersion` → `API Version` */
const labelOf = (field: string): string =>
  field
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/(^|[\s-])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase())
    .replaceAll(/\b(?:Api|Guid|Osb|Uid|Url)\b/g, (word) => word.toUpperCase())

export function fieldLines(fields: object, level: number): Line[] {
  const indent = '  '.repeat(level)
  const values = fields as Readonly<Record<string, unknown>>
  return Object.keys(values)
    .sort()
    .flatMap((name): Line[] => {
      const value = values[name]
      if (value === undefined) return []
      const label = `${indent}${name.includes('.') || name.includes('/') ? name : labelOf(name)}:`
      if (Array.isArray(value)) {
        const entries = value.flatMap((one): Line[] =>
          typeof one === 'object' && one !== null ? fieldLines(one, level + 1) : [[`${indent}  ${textOf(one)}`]],
        )
        return [[label], ...entries]
      }
      if (typeof value === 'object' && value !== null) return [[label], ...fieldLines(value, level + 1)]
      return [[label, textOf(value)]]
    })
}

const textOf = (value: unknown): string => (value === null ? '<nil>' : String(value))

/** The first beside the title, the others under it. */
export function labelLines(title: string, labels: Readonly<Record<string, string>>, between: string): Line[] {
  const keys = Object.keys(labels).sort()
  if (keys.length === 0) return [[`${title}:`, '<none>']]
  return keys.map((key, i) => [i === 0 ? `${title}:` : '', `${key}${between}${labels[key]}`])
}

/** Values of a Secret are nobody's on a screen: their sizes are. */
export function shownData(rest: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const data = (rest['data'] ?? {}) as Readonly<Record<string, string>>
  const sizes = Object.entries(data).map(([key, value]) => [key, `${Buffer.from(value, 'base64').length} bytes`])
  return { ...rest, data: Object.fromEntries(sizes) }
}

/** Values of lines that follow one another stand under one another. */
export function aligned(lines: readonly Line[]): string {
  let text = ''
  for (let i = 0; i < lines.length; ) {
    if (lines[i]!.length === 1) {
      text += `${lines[i++]![0]}\n`
      continue
    }
    let end = i
    while (end < lines.length && lines[end]!.length === 2) end++
    const block = lines.slice(i, end)
    const width = Math.max(...block.map(([label]) => label.length)) + 2
    for (const [label, value = ''] of block) {
      const [first = '', ...more] = value.replace(/\n$/, '').split('\n')
      text += `${label.padEnd(width)}${first}\n${more.map((line) => `${line}\n`).join('')}`
    }
    i = end
  }
  return text
}
