import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verbs } from '../../../cli/millrace/verbs.ts'
import { ageOf } from '../../../kube-client/index.ts'
import { lined } from './columns.ts'
import { jsonPath } from './json-path.ts'
import { resourceVerbs } from './table.ts'
import { durationMs, type FlagSpec, Mistake } from './verb.ts'
import { readWords } from './words.ts'

const flags: readonly FlagSpec[] = [
  { name: 'namespace', short: 'n', takes: 'NAME', help: '' },
  { name: 'stdin', short: 'i', help: '' },
  { name: 'tty', short: 't', help: '' },
  { name: 'dry-run', takes: 'HOW', bare: 'server', help: '' },
]

test('flags are read as kubectl reads them, anywhere and together', () => {
  const { args, after, flags: said } = readWords(['a', '-itn', 'shop', '--dry-run', 'b', '--', 'sh', '-c'], flags)
  assert.deepEqual(
    [args, after],
    [
      ['a', 'b'],
      ['sh', '-c'],
    ],
  )
  assert.deepEqual(Object.fromEntries(said), {
    stdin: ['true'],
    tty: ['true'],
    namespace: ['shop'],
    'dry-run': ['server'],
  })
  for (const words of [['-nshop'], ['-n=shop'], ['-n', 'shop'], ['--namespace=shop'], ['--namespace', 'shop']])
    assert.deepEqual(readWords(words, flags).flags.get('namespace'), ['shop'])
  for (const words of [['--no'], ['-x'], ['-n'], ['--namespace'], ['--stdin=maybe']])
    assert.throws(() => readWords(words, flags), Mistake)
})

test('the list of verbs for help and completion has those for resources, with their flags', async () => {
  for (const [name, load] of resourceVerbs) {
    const listed = verbs.find((one) => one.name === name)
    const verb = await load()
    assert.deepEqual(
      [...(listed?.flags ?? [])].sort(),
      [...verb.flags.map((flag) => `--${flag.name}`), '--help'].sort(),
      name,
    )
    assert.equal(listed?.summary, verb.summary)
  }
})

test('a jsonpath finds fields, entries and those that fit', () => {
  const value = {
    items: [
      {
        name: 'a',
        ports: [
          { name: 'x', port: 1 },
          { name: 'y', port: 2 },
        ],
      },
      { name: 'b', 'dotted.key': 'c', ports: [{ name: 'y', port: 3 }] },
    ],
  }
  const cases: readonly (readonly [string, string])[] = [
    ['{.items[0].name}', 'a'],
    ['.items[-1].name', 'b'],
    ['{.items[*].name}', 'a b'],
    ['{.items[?(@.name=="b")].ports[0].port}', '3'],
    ["{.items[1]['dotted.key']}{.items[1].dotted\\.key}", 'cc'],
    ['{range .items[*]}{.name}={.ports[?(@.name=="y")].port}{"\\n"}{end}', 'a=2\nb=3\n'],
    ['{.items[1].ports[0]}', '{"name":"y","port":3}'],
    ['port {.nowhere.to} be', 'port  be'],
  ]
  for (const [template, text] of cases) assert.equal(jsonPath(template)(value), text, template)
  for (const template of ['{..name}', '{.items[0:1]}', '{range .items[*]}{.name}', '{.items', '{end}'])
    assert.throws(() => jsonPath(template), Mistake, template)
})

test('ages and columns are those of kubectl', () => {
  const seconds: readonly (readonly [number, string])[] = [
    ...([
      [5, '5s'],
      [119, '119s'],
      [120, '2m'],
      [200, '3m20s'],
      [599, '9m59s'],
      [600, '10m'],
      [10_799, '179m'],
    ] as const),
    ...([
      [10_800, '3h'],
      [18_720, '5h12m'],
      [28_800, '8h'],
      [172_800, '2d'],
      [183_600, '2d3h'],
      [691_200, '8d'],
    ] as const),
  ]
  for (const [age, text] of seconds) assert.equal(ageOf(0, age * 1000), text)
  assert.equal(
    lined([
      ['NAME', 'AGE'],
      ['longer', '5s'],
    ]),
    'NAME     AGE\nlonger   5s\n',
  )
})

test('durations are those of Go', () => {
  assert.deepEqual(
    ['30s', '1h30m', '0', '500ms', '-1s'].map((text) => durationMs(text, 'timeout')),
    [30_000, 5_400_000, 0, 500, Number.POSITIVE_INFINITY],
  )
  for (const text of ['30', 's', '', '5 s']) assert.throws(() => durationMs(text, 'timeout'), Mistake)
})
