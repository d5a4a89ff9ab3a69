import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import type { JsonObject } from '../kind.ts'
import { compileSchema, errorText, hasRules, invalidStatus, loadCel } from './index.ts'

const openApi = (spec: JsonObject): JsonObject => ({ type: 'object', properties: { spec } })
const thing = (spec: unknown): Obj => ({ apiVersion: 'x/v1', kind: 'Thing', metadata: { name: 'a' }, spec })

function check(spec: JsonObject, value: unknown) {
  const { schema, errors } = compileSchema(openApi(spec), null)
  assert.deepEqual(errors, [])
  const found = schema.check(thing(value))
  return { spec: found.value['spec'], errors: found.errors.map(errorText), unknown: found.unknown }
}

test('removes what the schema does not know and says where it stood', () => {
  const spec: JsonObject = {
    type: 'object',
    properties: {
      known: { type: 'object', properties: { a: { type: 'string' } } },
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      list: { type: 'array', items: { type: 'object', properties: { b: { type: 'integer' } } } },
    },
  }
  const found = check(spec, { known: { a: 'x', c: 1 }, open: { any: [1] }, list: [{ b: 1 }, { d: 2 }], none: {} })
  assert.deepEqual(found.spec, { known: { a: 'x' }, open: { any: [1] }, list: [{ b: 1 }, {}] })
  assert.deepEqual(found.unknown, ['spec.known.c', 'spec.list[1].d', 'spec.none'])
})

test('sets defaults, also in place of nulls, and below objects that are there', () => {
  const spec: JsonObject = {
    type: 'object',
    properties: {
      a: { type: 'integer', default: 3 },
      b: { type: 'object', properties: { c: { type: 'string', default: 'd' } } },
    },
  }
  assert.deepEqual(check(spec, { a: null, b: {} }).spec, { a: 3, b: { c: 'd' } })
  assert.deepEqual(check(spec, {}).spec, { a: 3 })
})

test("says what is wrong in the API server's words", () => {
  const spec: JsonObject = {
    type: 'object',
    required: ['name'],
    properties: {
      replicas: { type: 'integer', minimum: 1 },
      mode: { type: 'string', enum: ['a', 'b'] },
      name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
      size: { 'x-kubernetes-int-or-string': true },
      pools: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
    },
  }
  assert.deepEqual(check(spec, { replicas: 'x', mode: 'c', size: true, pools: [] }).errors, [
    'spec.name: Required value',
    'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    'spec.mode: Unsupported value: "c": supported values: "a", "b"',
    'spec.size: Invalid value: "boolean": spec.size in body must be of type integer,string: "boolean"',
    'spec.pools: Invalid value: 0: spec.pools in body should have at least 1 items',
  ])
  assert.deepEqual(check(spec, { replicas: 0, name: 'Nameless', pools: ['a', 'b', 'c'] }).errors, [
    'spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1',
    'spec.name: Too long: may not be more than 5 bytes',
    `spec.name: Invalid value: "Nameless": spec.name in body should match '^[a-z]+$'`,
    'spec.pools: Too many: 3: must have at most 2 items',
  ])
})

test('names no field when none of several shapes fits', () => {
  const spec: JsonObject = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    oneOf: [{ required: ['a'] }, { required: ['b'] }],
  }
  assert.deepEqual(check(spec, { a: '1' }).errors, [])
  assert.deepEqual(check(spec, {}).errors, [
    '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
    'spec.a: Required value',
  ])
})

test('refuses two elements of a list map with the same keys', () => {
  const spec: JsonObject = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', properties: { name: { type: 'string' } } },
  }
  assert.deepEqual(check(spec, [{ name: 'a' }, { name: 'a' }]).errors, ['spec[1]: Duplicate value: {"name":"a"}'])
})

test('says which schemas are not structural', () => {
  const { errors } = compileSchema(
    openApi({
      type: 'object',
      properties: {
        a: {},
        b: { type: 'array' },
        c: { type: 'string', pattern: '(' },
        d: { anyOf: [{ type: 'string' }] },
      },
    }),
    null,
    's',
  )
  assert.deepEqual(
    errors.map((one) => errorText(one).slice(0, 110)),
    [
      's.properties[spec].properties[a].type: Required value: must not be empty for specified object fields',
      's.properties[spec].properties[b].items: Required value: must be specified',
      `s.properties[spec].properties[c].pattern: Invalid value: "(": must be a valid regular expression, but isn't: e`,
      's.properties[spec].properties[d].anyOf[0].type: Forbidden: must be empty to be structural',
      's.properties[spec].properties[d].type: Required value: must not be empty for specified object fields',
    ],
  )
})

test('runs the rules that Strimzi writes', async () => {
  const spec: JsonObject = {
    type: 'object',
    properties: {
      type: { type: 'string' },
      topologyKey: { type: 'string' },
      validityDays: { type: 'integer' },
      renewalDays: { type: 'integer' },
    },
    'x-kubernetes-validations': [
      {
        rule: '(has(self.type) && self.type != "topology-label") || self.topologyKey != ""',
        message: 'topologyKey property is required',
      },
      {
        rule: "self.type != 'tls' || !has(self.renewalDays) || !has(self.validityDays) || self.renewalDays < self.validityDays",
        message: "'renewalDays' must be less than 'validityDays'.",
      },
    ],
  }
  assert.ok(hasRules(spec))
  const { schema, errors } = compileSchema(openApi(spec), await loadCel())
  assert.deepEqual(errors, [])
  const texts = (value: unknown) => schema.check(thing(value)).errors.map(errorText)
  assert.deepEqual(texts({ type: 'topology-label', topologyKey: 'zone' }), [])
  assert.deepEqual(texts({ type: 'topology-label', topologyKey: '' }), [
    'spec: Invalid value: topologyKey property is required',
  ])
  assert.deepEqual(texts({ type: 'tls', renewalDays: 5, validityDays: 5 }), [
    "spec: Invalid value: 'renewalDays' must be less than 'validityDays'.",
  ])
})

test('a rule that does not parse makes the definition invalid', async () => {
  const spec: JsonObject = { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.a ==' }] }
  const { errors } = compileSchema(openApi(spec), await loadCel())
  assert.equal(errors.length, 1)
  assert.match(
    errorText(errors[0]!),
    /x-kubernetes-validations\[0\]\.rule: Invalid value: "self.a ==": compilation failed/,
  )
})

test('compares with what stood there before', async () => {
  const spec: JsonObject = {
    type: 'object',
    properties: { a: { type: 'integer' } },
    'x-kubernetes-validations': [{ rule: 'self.a >= oldSelf.a', message: 'a may only grow', fieldPath: '.a' }],
  }
  const { schema } = compileSchema(openApi(spec), await loadCel())
  assert.deepEqual(schema.check(thing({ a: 1 })).errors, [])
  assert.deepEqual(schema.check(thing({ a: 1 }), thing({ a: 2 })).errors.map(errorText), [
    'spec.a: Invalid value: a may only grow',
  ])
})

test('an invalid object is answered with all causes', () => {
  const status = invalidStatus('kafka.strimzi.io', 'Kafka', 'my-cluster', [
    { type: 'Required', field: 'spec.kafka', detail: '' },
    { type: 'Invalid', field: 'spec.x', value: 3, detail: 'too much' },
  ])
  assert.equal(
    status['message'],
    'Kafka.kafka.strimzi.io "my-cluster" is invalid: [spec.kafka: Required value, spec.x: Invalid value: 3: too much]',
  )
  assert.equal(status['code'], 422)
})

test('rules that visit too many elements end, and the object is refused', async () => {
  const cel = await loadCel()
  const inner = 'self.all(c, a + b + c >= 0)'
  const rules = [
    `self.all(a, self.all(b, ${inner}))`,
    `self.exists(a, self.exists(b, self.exists(c, a + b + c < 0)))`,
    'self.map(a, self.map(b, self.filter(c, a + b + c > 0))).size() > 0',
    'self.filter(a, self.exists_one(b, self.exists_one(c, a + b + c == 1))).size() > 0',
    `cel.bind(all, self, all.all(a, cel.bind(x, a, all.all(b, all.all(c, x + b + c >= 0)))))`,
    `true && (self.size() > 5 ? !self.all(a, !!self.all(b, ${inner})) : true)`,
    `[self.all(a, self.all(b, ${inner}))][0]`,
    `{'x': self.all(a, self.all(b, ${inner}))}.x`,
    // The first elements decide nothing before the budget is spent.
    `self.exists(a, self.all(b, ${inner}) && false)`,
  ]
  for (const rule of rules) {
    const items: JsonObject = { type: 'array', items: { type: 'integer' }, 'x-kubernetes-validations': [{ rule }] }
    const { schema, errors } = compileSchema(openApi(items), cel)
    assert.deepEqual(errors, [], rule)
    const long = schema.check(thing(Array.from({ length: 2000 }, (_, index) => index)))
    assert.deepEqual(
      long.errors.map(errorText),
      [
        'spec: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run',
      ],
      rule,
    )
  }
  const unique = 'self.all(a, self.exists_one(b, a == b))'
  const few: JsonObject = { type: 'array', items: { type: 'integer' }, 'x-kubernetes-validations': [{ rule: unique }] }
  const { schema } = compileSchema(openApi(few), cel)
  assert.deepEqual(schema.check(thing(Array.from({ length: 900 }, (_, index) => index))).errors, [])
  assert.equal(schema.check(thing([1, 1])).errors.length, 1)
})
