/** The simple JSON paths of printer columns and of the scale subresource: `.a.b`, `['c']`, `[0]`, `[*]`, `[?(@.d=="e")]`. */
import { isRecord } from '../schema/node.ts'

type Step =
  | { readonly key: string }
  | { readonly index: number }
  | { readonly all: true }
  | { readonly where: readonly string[]; readonly equals: string | number | boolean }

/** Longer paths are hostile. */
const lengthMax = 1024

/** null: it is not one that is understood. */
export function parseJsonPath(text: string): ((value: unknown) => readonly unknown[]) | null {
  const steps = stepsOf(text)
  return steps === null
    ? null
    : (value) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap((one) => take(one, step)), [value])
}

function stepsOf(path: string): Step[] | null {
  let text = path.startsWith('{') && path.endsWith('}') ? path.slice(1, -1) : path
  if (text.length > lengthMax) return null
  if (text.startsWith('$')) text = text.slice(1)
  const steps: Step[] = []
  while (text !== '') {
    const found = nextStep(text)
    if (found === null) return null
    if (found.step !== null) steps.push(found.step)
    text = text.slice(found.length)
  }
  return steps
}

function nextStep(text: string): { readonly step: Step | null; readonly length: number } | null {
  const name = /^\.((?:\\.|[^.[\]\\])+)/.exec(text)
  if (name !== null) {
    const key = name[1]!.replace(/\\(.)/g, '$1')
    return { step: key === '*' ? { all: true } : { key }, length: name[0].length }
  }
  // `.[0]` and a lone dot.
  if (text.startsWith('.')) return { step: null, length: 1 }
  const quoted = /^\[(?:'([^']*)'|"([^"]*)")\]/.exec(text)
  if (quoted !== null) return { step: { key: quoted[1] ?? quoted[2]! }, length: quoted[0].length }
  const index = /^\[(-?\d+)\]/.exec(text)
  if (index !== null) return { step: { index: Number(index[1]) }, length: index[0].length }
  if (text.startsWith('[*]')) return { step: { all: true }, length: 3 }
  const filter = /^\[\?\(@\.([\w.-]+)\s*==\s*(?:'([^']*)'|"([^"]*)"|(-?\d+|true|false))\)\]/.exec(text)
  if (filter === null) return null
  const literal = filter[4]
  const equals = literal === undefined ? (filter[2] ?? filter[3]!) : (JSON.parse(literal) as number | boolean)
  return { step: { where: filter[1]!.split('.'), equals }, length: filter[0].length }
}

function take(value: unknown, step: Step): readonly unknown[] {
  if ('key' in step) return isRecord(value) && Object.hasOwn(value, step.key) ? [value[step.key]] : []
  if ('index' in step) {
    const found = Array.isArray(value) ? value.at(step.index) : undefined
    return found === undefined ? [] : [found]
  }
  if ('all' in step) return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []
  if (!Array.isArray(value)) return []
  return value.filter((one) => {
    const at = step.where.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), one)
    return at === step.equals
  })
}
