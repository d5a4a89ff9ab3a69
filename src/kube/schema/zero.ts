/** What an object of a built-in kind is before anybody said anything: the structs that are always there. */
import type { Node } from './node.ts'

/** Of custom kinds nothing. */
export function zeroObject(root: Node): unknown {
  return root.go === undefined ? {} : zeroStruct(root)
}

function zeroStruct(node: Node): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, field] of node.fields ?? []) {
    const zero = zeroField(field)
    if (zero !== undefined) out[name] = zero
  }
  return out
}

function zeroField(node: Node): unknown {
  const go = node.go
  if (go === undefined || go.omitZero === true) return undefined
  if (go.pointer === true) return go.omitEmpty === true ? undefined : null
  if (go.code === 'message') return zeroStruct(node)
  if (go.ref !== undefined) return {}
  if (go.code === 'T' || go.code === 'U') return null
  if (go.omitEmpty === true) return undefined
  return zeroOf(node)
}

/** The zero value of a type, as JSON. */
export function zeroOf(node: Node): unknown {
  switch (node.go?.code) {
    case 's':
    case 'y':
      return ''
    case 'b':
      return false
    case 'i':
    case 'l':
    case 'd':
      return 0
    case 'Q':
      return '0'
    case 'I':
      return undefined
    case 'message':
      return zeroStruct(node)
    default:
      return node.go?.ref === undefined ? null : {}
  }
}
