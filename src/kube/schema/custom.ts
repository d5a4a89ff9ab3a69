/** The schema of a custom kind, from the `openAPIV3Schema` of its definition. */
import type { Obj } from '../../kube-client/index.ts'
import type { FieldError, JsonObject, MergeRule, Path, Schema } from '../kind.ts'
import { type Cel, Rules } from './cel.ts'
import { type Node, nodeAt } from './node.ts'
import { toOpenApi } from './open-api.ts'
import { prune, setDefaults } from './shape.ts'
import { compileStructural, withMetadata } from './structural.ts'
import { validate } from './validate.ts'

export type CompiledSchema = { readonly schema: Schema; readonly errors: readonly FieldError[] }

/**
 * `errors` says why the schema is refused; then `schema` is of no use. `cel` may be null for schemas without rules; see
 * `hasRules`. null instead of a schema: anything goes (`x-kubernetes-preserve-unknown-fields`).
 */
export function compileSchema(
  openApi: JsonObject | null,
  cel: Cel | null,
  path = 'spec.validation.openAPIV3Schema',
): CompiledSchema {
  const { root, errors } =
    openApi === null
      ? { root: withMetadata({ type: 'object', preserve: true }), errors: [] }
      : compileStructural(openApi, path)
  const rules = new Rules(root, cel, path)
  return { schema: new CustomSchema(root, rules), errors: [...errors, ...rules.errors] }
}

/** Rules look at objects of the right shape only. */
const rulesNotChecked: FieldError = {
  type: 'Invalid',
  field: '<nil>',
  value: null,
  detail:
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
}

class CustomSchema implements Schema {
  readonly root: Node
  readonly #rules: Rules

  constructor(root: Node, rules: Rules) {
    this.root = root
    this.#rules = rules
  }

  check(object: Obj, prev?: Obj): ReturnType<Schema['check']> {
    const unknown: string[] = []
    const value = prune(object, this.root, '', unknown) as Obj
    setDefaults(value, this.root)
    const errors = validate(value, this.root, '')
    if (!this.#rules.isEmpty) {
      if (errors.some(({ type }) => type !== 'Invalid' && type !== 'Duplicate')) errors.push(rulesNotChecked)
      else errors.push(...this.#rules.check(value, prev, this.root))
    }
    return { value, errors, unknown }
  }

  merge(path: Path): MergeRule {
    return nodeAt(this.root, path)?.merge ?? {}
  }

  openApi(): ReturnType<Schema['openApi']> {
    return { schema: toOpenApi(this.root) }
  }
}
