/** The JSONPath of kubectl's `-o jsonpath`, without scripts, slices and recursive descent. */
import { Mistake } from './verb.ts'

type Step =
  | { readonly do: 'field'; readonly name: string }
  | { readonly do: 'index'; readonly at: number }
  | { readonly do: 'every' }
  | { readonly do: 'where'; readonly steps: readonly Step[]; readonly is: string; readonly not: boolean }

type Part =
  | { readonly do: 'text'; readonly text: string }
  | { readonly do: 'path'; readonly steps: readonly Step[] }
  | { readonly do: 'range'; readonly steps: readonly Step[]; readonly parts: readonly Part[] }

/** `{.a.b}`, `{.a[0]}`, `{.a[*].b}`, `{.a['x\.y']}`, `{.a[?(@.b=="c")].d}`, `{range .a[*]}…{end}`, `{"\n"}` */
export function jsonPath(template: string): (value: unknown) => string {
  const text = template.includes('{') ? template : `{${template.startsWith('.') ? '' : '.'}${template}}`
  const open: { readonly steps: readonly Step[]; readonly parts: Part[] }[] = [{ steps: [], parts: [] }]
  for (const [whole, inner] of text.matchAll(/\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^{}"'])*)\}|[^{]+|\{/g)) {
    const parts = open.at(-1)!.parts
    if (inner === undefined) {
      if (whole === '{') throw new Mistake(`error parsing jsonpath ${template}, unclosed action`)
      parts.push({ do: 'text', text: whole })
      continue
    }
    const said = inner.trim()
    if (said === 'end') {
      const range = open.pop()!
      if (open.length === 0) throw new Mistake(`error parsing jsonpath ${template}, not in range`)
      open.at(-1)!.parts.push({ do: 'range', ...range })
    } else if (/^range\s/.test(said)) open.push({ steps: stepsOf(said.slice(5).trim(), template), parts: [] })
    else if (/^["']/.test(said)) parts.push({ do: 'text', text: unescaped(said.slice(1, -1)) })
    else parts.push({ do: 'path', steps: stepsOf(said, template) })
  }
  if (open.length > 1) throw new Mistake(`error parsing jsonpath ${template}, range without end`)
  return (value) => filled(open[0]!.parts, value)
}

const filled = (parts: readonly Part[], value: unknown): string =>
  parts
    .map((part) => {
      if (part.do === 'text') return part.text
      const found = follow(part.steps, [value])
      if (part.do === 'path') return found.map(shown).join(' ')
      return found.map((one) => filled(part.parts, one)).join('')
    })
    .join('')

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter)

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const stepPattern =
  /\.((?:[^.[\\\s]|\\.)+)|\[\s*(-?\d+)\s*\]|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[(\*)\]|\[\?\(\s*@([^=!<>]*?)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^"'\s)]+))\s*\)\]|(\.)$/y

function stepsOf(path: string, template: string): Step[] {
  const steps: Step[] = []
  const text = path.replace(/^[$@]/, '')
  stepPattern.lastIndex = 0
  while (stepPattern.lastIndex < text.length) {
    const found = stepPattern.exec(text)
    if (found === null) {
      const can = '{.a.b}, [0], [*], [\'x\'], [?(@.a=="b")], {range .a[*]}…{end}'
      throw new Mistake(`jsonpath ${template} is not supported here; what is: ${can}`)
    }
    const [, field, index, quoted, star, where, operator, double, single, bare] = found
    if (field === '*' || star !== undefined) steps.push({ do: 'every' })
    else if (field !== undefined) steps.push({ do: 'field', name: field.replaceAll(/\\(.)/g, '$1') })
    else if (index !== undefined) steps.push({ do: 'index', at: Number(index) })
    else if (quoted !== undefined) steps.push({ do: 'field', name: quoted.replaceAll(/\\(.)/g, '$1') })
    else if (where !== undefined) {
      const inner = where === '' ? [] : innerSteps(where, template)
      steps.push({ do: 'where', steps: inner, is: double ?? single ?? bare ?? '', not: operator === '!=' })
    }
  }
  return steps
}

/** Of a condition: the pattern is one for all, and remembers where it stands. */
function innerSteps(path: string, template: string): Step[] {
  const at = stepPattern.lastIndex
  const steps = stepsOf(path, template)
  stepPattern.lastIndex = at
  return steps
}

function follow(steps: readonly Step[], from: readonly unknown[]): readonly unknown[] {
  let values = from
  for (const step of steps) {
    values = values.flatMap((value): unknown[] => {
      if (typeof value !== 'object' || value === null) return []
      if (step.do === 'every') return Object.values(value)
      if (step.do === 'where') {
        const is = (one: unknown): boolean => follow(step.steps, [one]).some((found) => shown(found) === step.is)
        return Array.isArray(value) ? value.filter((one) => is(one) !== step.not) : []
      }
      const found =
        step.do === 'index' ? (Array.isArray(value) ? value.at(step.at) : undefined) : fieldOf(value, step.name)
      return found === undefined ? [] : [found]
    })
  }
  return values
}

const fieldOf = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined
