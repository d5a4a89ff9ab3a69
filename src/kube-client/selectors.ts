/** Label and field selectors as kubectl writes them, parsed once and asked often. */

export interface LabelRequirement {
  readonly key: string
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'
  readonly values: readonly string[]
}

export type Labels = Readonly<Record<string, string>>

/** Thrown for a selector that cannot be read. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SelectorError'
  }
}

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>3` */
export function parseLabelSelector(text: string): readonly LabelRequirement[] {
  const requirements: LabelRequirement[] = []
  let rest = text.trim()
  while (rest !== '') {
    const found = requirement.exec(rest)
    if (found === null) throw new SelectorError(`unable to parse requirement: found '${rest}', expected: identifier`)
    const { no, key = '', set, values = '', sign, value = '' } = found.groups ?? {}
    requirements.push(requirementOf({ no, key, set, values, sign, value }))
    rest = rest.slice(found[0].length).trimStart()
    if (rest === '') break
    if (!rest.startsWith(','))
      throw new SelectorError(`unable to parse requirement: found '${rest}', expected: ',' or 'end of string'`)
    rest = rest.slice(1).trimStart()
    if (rest === '') throw new SelectorError("found '', expected: identifier after ','")
  }
  return requirements
}

const requirement =
  /^(?:(?<no>!)\s*)?(?<key>[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)(?:\s+(?<set>in|notin)\s*\((?<values>[^()]*)\)|\s*(?<sign>==|=|!=|>|<)\s*(?<value>[-A-Za-z0-9_.]*))?/

function requirementOf(found: {
  no: string | undefined
  key: string
  set: string | undefined
  values: string
  sign: string | undefined
  value: string
}): LabelRequirement {
  const { no, key, set, values, sign, value } = found
  if (no !== undefined) return { key, operator: '!', values: [] }
  if (set !== undefined) return { key, operator: set as 'in', values: values.split(',').map((one) => one.trim()) }
  if (sign === undefined) return { key, operator: 'exists', values: [] }
  if (sign === '>' || sign === '<') return { key, operator: sign === '>' ? 'gt' : 'lt', values: [value] }
  return { key, operator: sign === '!=' ? 'notin' : 'in', values: [value] }
}

export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels | undefined): boolean {
  return requirements.every((requirement) => isMet(requirement, labels?.[requirement.key]))
}

function isMet({ operator, values }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value)
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'lt':
      return value !== undefined && Number(value) < Number(values[0])
  }
}

export interface FieldRequirement {
  readonly field: string
  readonly value: string
  readonly isEqual: boolean
}

/** `metadata.name=x,status.phase!=Running`; a backslash escapes comma, equals sign and itself. */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  const requirements: FieldRequirement[] = []
  for (const part of text.match(/(?:\\.|[^,])+/g) ?? []) {
    const found = /^(?<field>[^=!]+)(?<sign>==|!=|=)(?<value>.*)$/s.exec(part)
    if (found === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`)
    const { field = '', sign, value = '' } = found.groups ?? {}
    requirements.push({ field, value: value.replace(/\\(.)/g, '$1'), isEqual: sign !== '!=' })
  }
  return requirements
}

export function matchesFields(
  requirements: readonly FieldRequirement[],
  fields: Readonly<Record<string, string>>,
): boolean {
  return requirements.every(({ field, value, isEqual }) => ((fields[field] ?? '') === value) === isEqual)
}
